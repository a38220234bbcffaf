"""Receiver reports say what came, as RFC 3550 sections 6.4.2, A.3 and A.8 count it."""

from dataclasses import dataclass
import struct

from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.relay.rtp.packet import RtpPacket
from custom_components.latchstring.relay.rtp.reports import ReceptionStatistics
from tests.cameras.rtp import RtpStream

from .payloads import SOURCE

CLOCK_RATE = 90_000


@dataclass(frozen=True, slots=True)
class Block:
    """One report block, read back."""

    source: int
    fraction: int
    lost: int
    highest: int
    jitter: int
    last: int
    delay: int


def block_of(report: bytes) -> Block | None:
    """Read a compound of a receiver report and a name."""
    first, kind, words = struct.unpack_from("!BBH", report)
    assert kind == 201
    name = report[4 + 4 * words :]
    assert name[:2] == b"\x81\xca"
    assert len(name) == 4 + 4 * int.from_bytes(name[2:4])
    assert name[4:8] == report[4:8]
    if first == 0x80:
        return None
    assert (first, words) == (0x81, 7)
    source, losses, highest, jitter, last, delay = struct.unpack_from(
        "!IIIIII", report, 8
    )
    lost = int.from_bytes(losses.to_bytes(4)[1:], signed=True)
    return Block(source, losses >> 24, lost, highest, jitter, last, delay)


def packet(sequence: int, timestamp: int = 0, source: int = SOURCE) -> RtpPacket:
    return RtpPacket(
        96, False, sequence % 2**16, timestamp % 2**32, source, b"\x41\x9a"
    )


def counted(*sequences: int) -> ReceptionStatistics:
    statistics = ReceptionStatistics()
    for sequence in sequences:
        statistics.received(packet(sequence), 0.0, CLOCK_RATE)
    return statistics


def reported(statistics: ReceptionStatistics, at: float = 0.0) -> Block:
    block = block_of(statistics.receiver_report(at))
    assert block is not None
    return block


def test_before_anything_came_a_report_has_no_block() -> None:
    assert block_of(ReceptionStatistics().receiver_report(1.0)) is None


@pytest.mark.parametrize(
    ("sequences", "lost", "fraction", "highest"),
    [
        ([7], 0, 0, 7),
        ([7, 8, 9, 10], 0, 0, 10),
        ([7, 8, 10], 1, 64, 10),
        ([7, 8, 10, 9], 0, 0, 10),
        ([7, 8, 8, 8], -2, 0, 8),
        ([65534, 65535, 0, 1], 0, 0, 65537),
        ([65534, 1], 2, 128, 65537),
        ([0, 1000], 999, 255, 1000),
        ([9000, 8000, 9001], -1, 0, 9001),
        ([9000, 40, 41, 42], 0, 0, 42),
        ([9000, 40, 41, 43], 1, 85, 43),
    ],
)
def test_what_is_lost_is_what_was_expected_and_did_not_come(
    sequences: list[int], lost: int, fraction: int, highest: int
) -> None:
    block = reported(counted(*sequences))

    assert (block.lost, block.fraction, block.highest) == (lost, fraction, highest)
    assert block.source == SOURCE


def test_the_fraction_is_of_the_packets_since_the_last_report() -> None:
    statistics = counted(0, 2)
    assert reported(statistics).fraction == 85

    for sequence in (3, 4, 5, 6):
        statistics.received(packet(sequence), 0.0, CLOCK_RATE)
    block = reported(statistics)

    assert (block.fraction, block.lost) == (0, 1)
    assert reported(statistics).fraction == 0


def test_another_source_is_counted_anew() -> None:
    statistics = counted(0, 9)
    statistics.received(packet(50, source=1), 0.0, CLOCK_RATE)
    block = reported(statistics)

    assert (block.source, block.lost, block.highest, block.last) == (1, 0, 50, 0)


@given(first=st.integers(0, 2**32 - 1), late=st.lists(st.floats(0, 0.1), max_size=30))
def test_jitter_is_the_smoothed_change_of_the_time_under_way(
    first: int, late: list[float]
) -> None:
    statistics, expected, before = ReceptionStatistics(), 0.0, None
    for number, each in enumerate(late):
        at = 1000.0 + number / 25 + each
        stamp = first + number * 3600
        statistics.received(packet(number, stamp), at, CLOCK_RATE)
        under_way = int(at * CLOCK_RATE) - stamp
        if before is not None:
            expected += (abs(under_way - before) - expected) / 16
        before = under_way

    if late:
        assert reported(statistics).jitter == int(expected)


def test_a_report_says_which_sender_report_came_last_and_how_long_ago() -> None:
    statistics = counted(0)
    camera = RtpStream(source=SOURCE, sequence=0, timestamp_offset=0)
    statistics.sender_report(camera.sender_report(0, at=1_000_000_000.5), 20.0)
    block = reported(statistics, 22.25)

    assert block.last == (1_000_000_000 + 2_208_988_800) % 2**16 << 16 | 2**15
    assert block.delay == 2.25 * 65536


def test_a_goodbye_is_noticed_behind_other_packets() -> None:
    statistics = counted(0)
    camera = RtpStream(source=SOURCE, sequence=0, timestamp_offset=0)
    report = camera.sender_report(0, at=0.0)
    statistics.sender_report(report, 0.0)
    assert not statistics.has_bye

    bye = b"\x81\xcb\x00\x01" + SOURCE.to_bytes(4)
    statistics.sender_report(report + bye, 0.0)
    assert statistics.has_bye


def test_a_goodbye_of_another_source_is_none_of_this_one() -> None:
    statistics = counted(0)
    statistics.sender_report(b"\x81\xcb\x00\x01" + (SOURCE + 1).to_bytes(4), 0.0)
    assert not statistics.has_bye
    both = (SOURCE + 1).to_bytes(4) + SOURCE.to_bytes(4)
    statistics.sender_report(b"\x82\xcb\x00\x02" + both, 0.0)
    assert statistics.has_bye


def test_a_compound_of_countless_packets_is_read_to_a_bound() -> None:
    statistics = ReceptionStatistics()
    empty = struct.pack("!BBH", 0x80, 201, 0)
    statistics.sender_report(empty * 16_000 + struct.pack("!BBH", 0x80, 203, 0), 0.0)

    assert not statistics.has_bye


def test_a_camera_that_goes_on_as_another_source_has_not_said_goodbye() -> None:
    statistics = counted(0, 1)
    statistics.sender_report(b"\x81\xcb\x00\x01" + SOURCE.to_bytes(4), 0.0)
    statistics.received(packet(2), 0.0, CLOCK_RATE)
    assert statistics.has_bye

    statistics.received(packet(3, source=1), 0.0, CLOCK_RATE)
    assert not statistics.has_bye


def test_the_name_is_random_and_stays_the_same() -> None:
    one, other = ReceptionStatistics(), ReceptionStatistics()

    assert one.receiver_report(0.0) == one.receiver_report(9.0)
    assert one.receiver_report(0.0)[8:] != other.receiver_report(0.0)[8:]


@given(
    rtcp=st.lists(
        st.one_of(
            st.binary(max_size=60),
            st.builds(
                lambda kind, words, body: b"\x81" + bytes((kind,)) + words + body,
                st.integers(198, 208),
                st.integers(0, 12).map(lambda words: words.to_bytes(2)),
                st.binary(max_size=60),
            ),
        )
    ),
    packets=st.lists(
        st.builds(packet, st.integers(0, 2**16 - 1), st.integers(0, 2**32 - 1))
    ),
    times=st.lists(st.floats(0, 1e7), min_size=1),
)
def test_whatever_comes_there_is_a_report(
    rtcp: list[bytes], packets: list[RtpPacket], times: list[float]
) -> None:
    statistics = ReceptionStatistics()
    for number, data in enumerate(rtcp):
        statistics.sender_report(data, times[number % len(times)])
    for number, each in enumerate(packets):
        statistics.received(each, times[number % len(times)], CLOCK_RATE)

    block = block_of(statistics.receiver_report(times[0]))
    assert (block is not None) is bool(packets)
