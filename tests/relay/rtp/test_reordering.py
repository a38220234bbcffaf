"""Packets that came over UDP are put back in order, without waiting long for what is missing."""

from hypothesis import given, strategies as st

from custom_components.latchstring.relay.rtp.packet import RtpPacket
from custom_components.latchstring.relay.rtp.reordering import ReorderingBuffer

from .payloads import SOURCE

WAIT = 0.1


def packet(sequence: int, source: int = SOURCE) -> RtpPacket:
    return RtpPacket(96, False, sequence % 2**16, 0, source, b"")


def numbers(packets: list[RtpPacket]) -> list[int]:
    return [each.sequence for each in packets]


def fed(buffer: ReorderingBuffer, *sequences: int, at: float = 0.0) -> list[int]:
    return [
        number
        for sequence in sequences
        for number in numbers(buffer.add(packet(sequence), at))
    ]


@given(data=st.data(), first=st.integers(0, 2**16 - 1), displaced=st.integers(0, 30))
def test_packets_a_little_out_of_order_or_twice_come_out_once_and_in_order(
    data: st.DataObject, first: int, displaced: int
) -> None:
    count = data.draw(st.integers(1, 120))
    places = st.integers(0, displaced)
    order = sorted(range(1, count), key=lambda number: number + data.draw(places))
    twice = [number for number in order for _ in range(data.draw(st.integers(1, 2)))]

    buffer = ReorderingBuffer()
    came = fed(buffer, first, *(first + number for number in twice))

    assert came == [(first + number) % 2**16 for number in range(count)]
    assert buffer.due_at is None


def test_what_is_missing_is_waited_for_until_it_is_due() -> None:
    buffer = ReorderingBuffer(wait=WAIT)
    assert fed(buffer, 1) == [1]
    assert fed(buffer, 3, at=5.0) == []
    due_at = buffer.due_at

    assert due_at == 5.0 + WAIT
    assert buffer.due(5.0 + WAIT / 2) == []
    assert numbers(buffer.due(due_at)) == [3]
    assert fed(buffer, 2, 4, at=6.0) == [4]


def test_each_gap_is_waited_for_from_when_it_was_seen() -> None:
    buffer = ReorderingBuffer(wait=WAIT)
    fed(buffer, 1)
    fed(buffer, 3, at=0.0)
    fed(buffer, 5, at=0.05)

    assert numbers(buffer.due(0.1)) == [3]
    assert buffer.due_at == 0.05 + WAIT
    assert numbers(buffer.due(1.0)) == [5]


def test_a_gap_is_given_up_when_too_much_waits_behind_it() -> None:
    buffer = ReorderingBuffer(most=3)

    assert fed(buffer, 1, 3, 4, 5) == [1]
    assert fed(buffer, 6) == [3, 4, 5, 6]


def test_what_comes_late_or_twice_is_dropped() -> None:
    buffer = ReorderingBuffer()

    assert fed(buffer, 1, 2, 1, 2, 0, 3) == [1, 2, 3]


def test_a_camera_that_counts_anew_is_followed() -> None:
    buffer = ReorderingBuffer()

    assert fed(buffer, 9000, 9002, 40, 41, 42) == [9000, 9002, 41, 42]


def test_another_source_begins_anew_behind_what_waits() -> None:
    buffer = ReorderingBuffer()
    fed(buffer, 1, 4, 3)

    assert numbers(buffer.add(packet(700, source=1), 0.0)) == [3, 4, 700]
    assert numbers(buffer.add(packet(701, source=1), 0.0)) == [701]
    assert buffer.due_at is None


@given(
    sequences=st.lists(
        st.one_of(st.integers(0, 2**16 - 1), st.integers(0, 20)), max_size=200
    ),
    most=st.integers(0, 8),
    steps=st.lists(st.floats(0, 0.2), min_size=1),
)
def test_whatever_comes_nothing_comes_out_twice_and_little_waits(
    sequences: list[int], most: int, steps: list[float]
) -> None:
    buffer, at, out = ReorderingBuffer(most=most, wait=WAIT), 0.0, 0
    for number, sequence in enumerate(sequences):
        at += steps[number % len(steps)]
        out += len(buffer.add(packet(sequence), at)) + len(buffer.due(at))
    left = len(buffer.due(at + WAIT))

    assert left <= most
    assert out + left <= len(sequences)
    assert buffer.due_at is None
