"""Pictures come out whole whatever a camera's markers and timestamps say (cameras.md F has the list)."""

from collections.abc import Iterable
from typing import Final

from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.relay.codec.nal import Codec, has_picture
from custom_components.latchstring.relay.rtp.access_unit import (
    MOST_BYTES_AHEAD,
    MOST_UNITS,
    MOST_UNITS_AHEAD,
    AccessUnitAssembler,
    CodedUnits,
)
from custom_components.latchstring.relay.rtp.depacketizer import Depacketizer
from custom_components.latchstring.relay.rtp.packet import RtpPacket

from .lying_cameras import (
    AT_ONCE,
    AT_THE_NEXT,
    Camera,
    by_the_book,
    every_slice_marked,
    never_marked,
    split,
)
from .payloads import FRAME, UNITS, Sender, Units, payloads_of, pictures

BOTH: Final = pytest.mark.parametrize("codec", Codec)
CODECS: Final = st.sampled_from(Codec)
GOP: Final = 4


def sent_by(
    camera: Camera, units: Units, shown: Iterable[list[bytes]]
) -> list[list[RtpPacket]]:
    """Give the packets of each picture."""
    sender, of_each = Sender(), []
    for number, picture in enumerate(shown):
        begin = len(sender.sent)
        camera(units, sender, number, picture)
        of_each.append(sender.sent[begin:])
    return of_each


def flat(of_each: Iterable[list[RtpPacket]]) -> list[RtpPacket]:
    return [packet for packets in of_each for packet in packets]


def assembled(codec: Codec, packets: Iterable[RtpPacket]) -> list[CodedUnits]:
    got: list[CodedUnits] = []
    assembler = AccessUnitAssembler(codec, got.append)
    for number, packet in enumerate(packets):
        assembler.add(packet, float(number))
    return got


def slices(units: Units, got: Iterable[CodedUnits]) -> list[list[bytes]]:
    """Give what of the pictures is slices of the camera's."""
    others = {*units.sets, units.delimiter, units.message, units.trailing}
    return [[unit for unit in each.units if unit not in others] for each in got]


@BOTH
@pytest.mark.parametrize("slices_each", [1, 3])
@pytest.mark.parametrize("is_settled", [False, True], ids=["", "settled"])
@pytest.mark.parametrize("camera", [*AT_ONCE, *AT_THE_NEXT])
def test_of_every_camera_all_pictures_come_out_whole(
    camera: Camera, codec: Codec, slices_each: int, *, is_settled: bool
) -> None:
    units, got = UNITS[codec], list[CodedUnits]()
    shown = pictures(units, slices=slices_each)
    assembler = AccessUnitAssembler(codec, got.append)
    for packets in sent_by(camera, units, shown):
        for packet in packets:
            assembler.add(packet, 0.0)
        if is_settled:
            assembler.settle()

    expected = [split(units, picture)[1] for picture in shown]
    assert slices(units, got) in (expected, expected[:-1])
    assert assembler.dropped == 0
    for picture, each in zip(shown, got, strict=False):
        assert [unit for unit in each.units if unit in picture] == picture


@BOTH
@pytest.mark.parametrize("camera", AT_ONCE)
def test_once_markers_are_proven_a_picture_comes_with_its_last_packet(
    camera: Camera, codec: Codec
) -> None:
    units, got = UNITS[codec], list[CodedUnits]()
    assembler = AccessUnitAssembler(codec, got.append)
    for number, packets in enumerate(sent_by(camera, units, pictures(units)), start=1):
        assert number == 1 or len(got) in (number - 1, number - 2)
        for packet in packets:
            assembler.add(packet, 0.0)
        assert number == 1 or len(got) == number
        assert number == 1 or not assembler.is_unsettled


@BOTH
def test_the_first_marked_picture_is_held_until_the_next_begins(codec: Codec) -> None:
    units, got = UNITS[codec], list[CodedUnits]()
    first, second, *_ = sent_by(by_the_book, units, pictures(units))
    assembler = AccessUnitAssembler(codec, got.append)
    for packet in first:
        assert not assembler.is_unsettled
        assembler.add(packet, 0.0)
    assert (assembler.is_unsettled, got) == (True, [])

    assembler.add(second[0], 0.0)
    assert not assembler.is_unsettled
    assert len(got) == 1


@BOTH
def test_the_first_marked_picture_is_held_until_it_is_settled(codec: Codec) -> None:
    units, got = UNITS[codec], list[CodedUnits]()
    first, *_ = sent_by(by_the_book, units, pictures(units))
    assembler = AccessUnitAssembler(codec, got.append)
    for packet in first:
        assembler.add(packet, 0.0)
    assembler.settle()
    assembler.settle()

    assert not assembler.is_unsettled
    assert [each.units for each in got] == pictures(units, 1)


@BOTH
def test_a_camera_without_markers_is_never_unsettled(codec: Codec) -> None:
    units = UNITS[codec]
    assembler = AccessUnitAssembler(codec, lambda _: None)
    for packet in flat(sent_by(never_marked, units, pictures(units))):
        assembler.add(packet, 0.0)
        assert not assembler.is_unsettled


def test_the_prefixes_of_scalable_video_do_not_part_a_picture() -> None:
    units, sender, prefix = UNITS[Codec.H264], Sender(), b"\x6e\x81\x80"
    shown = pictures(units)
    for number, picture in enumerate(shown):
        sets, slices_of_it = split(units, picture)
        prefixed = [unit for each in slices_of_it for unit in (prefix, each)]
        sender.send_all([*sets, *prefixed], number * FRAME)

    got = assembled(Codec.H264, sender.sent)
    assert [[unit for unit in each.units if unit != prefix] for each in got] == shown


@BOTH
def test_after_a_late_lie_of_a_marker_nothing_is_given_up_to_the_next_keyframe(
    codec: Codec,
) -> None:
    units, shown = UNITS[codec], pictures(UNITS[codec], 10)
    sender = Sender()
    for number, picture in enumerate(shown):
        camera = every_slice_marked if number > 1 else by_the_book
        camera(units, sender, number, picture)
    got = assembled(codec, sender.sent)

    cut_short = shown[2][:1]
    assert [each.units for each in got] == [*shown[:2], cut_short, *shown[4:-1]]


@BOTH
def test_a_picture_settled_too_soon_counts_as_a_lie(codec: Codec) -> None:
    units, got = UNITS[codec], list[CodedUnits]()
    shown = pictures(units, 10)
    assembler = AccessUnitAssembler(codec, got.append)
    for number, packet in enumerate(flat(sent_by(every_slice_marked, units, shown))):
        assembler.add(packet, 0.0)
        if number < 12:
            assembler.settle()

    assert [each.units for each in got][1:] == shown[GOP:-1]


@BOTH
@pytest.mark.parametrize("camera", [*AT_ONCE, *AT_THE_NEXT])
def test_a_connection_that_begins_anywhere_gives_only_whole_pictures(
    camera: Camera, codec: Codec
) -> None:
    units, shown = UNITS[codec], pictures(UNITS[codec], 6)
    whole = [split(units, picture)[1] for picture in shown]
    packets = flat(sent_by(camera, units, shown))
    for begin in range(len(packets)):
        came = slices(units, assembled(codec, packets[begin:]))
        assert came == [picture for picture in whole if picture in came]
        assert came in (
            whole[len(whole) - len(came) :],
            whole[len(whole) - len(came) - 1 : -1],
        )


@BOTH
@pytest.mark.parametrize("camera", AT_ONCE)
def test_a_lost_packet_costs_its_picture_or_all_up_to_the_next_keyframe(
    camera: Camera, codec: Codec
) -> None:
    units, shown = UNITS[codec], pictures(UNITS[codec], 14)
    whole = [split(units, picture)[1] for picture in shown]
    of_each = sent_by(camera, units, shown)
    for number in range(2, 10):
        for lost in of_each[number]:
            packets = [packet for packet in flat(of_each) if packet is not lost]
            came = slices(units, assembled(codec, packets))
            end = number + GOP - number % GOP if number % GOP == 0 else number + 1
            assert came in (
                [*whole[:number], *whole[number + 1 :]],
                [*whole[:number], *whole[end:]],
                whole,  # of what is in front of a picture
            )
            assert came != whole or is_beside(codec, lost, whole[number])


def is_beside(codec: Codec, packet: RtpPacket, slices_sent: list[bytes]) -> bool:
    """Return whether a packet has nothing of a picture's slices."""
    held = Depacketizer(codec).add(packet.payload)
    return bool(held) and not set(held).intersection(slices_sent)


@BOTH
def test_of_a_lost_keyframe_of_which_something_came_nothing_is_given_to_the_next(
    codec: Codec,
) -> None:
    units, shown = UNITS[codec], pictures(UNITS[codec], 10)
    of_each = sent_by(by_the_book, units, shown)
    of_each[GOP] = of_each[GOP][:-1]

    got = assembled(codec, flat(of_each))
    assert [each.units for each in got] == [*shown[:GOP], *shown[2 * GOP :]]


@BOTH
@pytest.mark.parametrize("camera", AT_ONCE)
def test_packets_that_come_twice_or_late_change_nothing(
    camera: Camera, codec: Codec
) -> None:
    units = UNITS[codec]
    packets = flat(sent_by(camera, units, pictures(units)))
    repeated = [
        each
        for number, packet in enumerate(packets)
        for each in (packet, packet, *packets[max(0, number - 9) : number])
    ]

    once, again = assembled(codec, packets), assembled(codec, repeated)
    assert [each.units for each in once] == [each.units for each in again]


@BOTH
def test_a_camera_that_counts_anew_is_followed(codec: Codec) -> None:
    units, shown = UNITS[codec], pictures(UNITS[codec], 12)
    sender = Sender(sequence=30_000)
    for number, picture in enumerate(shown):
        if number == GOP + 2:
            sender.sequence = 17
        by_the_book(units, sender, number, picture)

    got = [each.units for each in assembled(codec, sender.sent)]
    assert got == [*shown[: GOP + 2], *shown[GOP + 3 :]]


@BOTH
def test_another_source_begins_anew_at_its_next_keyframe(codec: Codec) -> None:
    units, shown = UNITS[codec], pictures(UNITS[codec], 12)
    first, second = Sender(sequence=5), Sender(sequence=9_000, source=1)
    for number, picture in enumerate(shown):
        sender = first if number < GOP + 2 else second
        by_the_book(units, sender, number, picture)

    got = assembled(codec, [*first.sent, *second.sent])
    assert [each.units for each in got] == [*shown[: GOP + 2], *shown[2 * GOP :]]


@BOTH
def test_timestamps_are_unwrapped_and_those_of_the_first_slice(codec: Codec) -> None:
    units, sender = UNITS[codec], Sender()
    for number, picture in enumerate(pictures(units)):
        timestamp = (number - 2) * FRAME % 2**32
        sets, others = split(units, picture)
        sender.send_all(sets, (timestamp - 1) % 2**32)
        sender.send_all(others, timestamp)

    stamps = [each.timestamp for each in assembled(codec, sender.sent)]
    assert [each - stamps[0] for each in stamps] == [
        number * FRAME for number in range(len(stamps))
    ]


@BOTH
@pytest.mark.parametrize("camera", [*AT_ONCE, *AT_THE_NEXT])
def test_nothing_of_a_picture_came_before_its_after(
    camera: Camera, codec: Codec
) -> None:
    units, shown = UNITS[codec], pictures(UNITS[codec])
    of_each = sent_by(camera, units, shown)
    got = assembled(codec, flat(of_each))
    begin, end_before = 0, -1
    for picture, packets, each in zip(shown, of_each, got, strict=False):
        numbers = [
            begin + number
            for number, packet in enumerate(packets)
            if not is_beside(codec, packet, picture)
        ]
        assert end_before < each.after <= numbers[0]
        begin, end_before = begin + len(packets), numbers[-1]


@BOTH
def test_what_never_becomes_a_picture_is_bounded(codec: Codec) -> None:
    units, got = UNITS[codec], list[CodedUnits]()
    sender, message = Sender(), units.message + bytes(1200) + b"\x80"
    for number in range(3000):
        sender.send(message, number, marker=True)
    sender.send_all(pictures(units, 1)[0], 5000)
    assembler = AccessUnitAssembler(codec, got.append)
    for packet in sender.sent:
        assembler.add(packet, 0.0)
    assembler.settle()

    (picture,) = got
    assert len(picture.units) <= MOST_UNITS_AHEAD + 6
    assert sum(map(len, picture.units)) <= MOST_BYTES_AHEAD + 9000


@BOTH
def test_a_picture_without_end_is_dropped(codec: Codec) -> None:
    units, sender, shown = UNITS[codec], Sender(), pictures(UNITS[codec], 9)
    by_the_book(units, sender, 0, shown[0])
    for picture in shown[1:3]:
        endless = [*picture[:1], *([units.rest] * (2 * MOST_UNITS))]
        sender.send_all(endless, FRAME, marker=False)
    for number, picture in enumerate(shown[3:], start=3):
        by_the_book(units, sender, number, picture)

    got = [each.units for each in assembled(codec, sender.sent)]
    assert all(len(each) <= MOST_UNITS for each in got)
    assert got == [shown[0], *shown[3:]]


@given(data=st.data(), codec=CODECS)
def test_units_come_back_whatever_payloads_they_came_in(
    data: st.DataObject, codec: Codec
) -> None:
    units = UNITS[codec]
    count, each = data.draw(st.integers(2, 8)), data.draw(st.integers(1, 4))
    shown = pictures(units, count, slices=each, size=data.draw(st.integers(2, 60)))
    sender, has_markers = Sender(), data.draw(st.booleans())
    for number, picture in enumerate(shown):
        front = [units.delimiter] * data.draw(st.integers(0, 1))
        payloads = data.draw(payloads_of(codec, [*front, *picture]))
        sender.send_all(payloads, number * FRAME, marker=has_markers)

    got = [
        [unit for unit in each.units if unit != units.delimiter]
        for each in assembled(codec, sender.sent)
    ]
    assert got == (shown if has_markers else shown[:-1])


HOSTILE: Final = st.builds(
    RtpPacket,
    st.just(96),
    st.booleans(),
    st.one_of(st.integers(0, 40), st.sampled_from((0, 40_000, 65_535))),
    st.one_of(st.integers(0, 3), st.just(2**32 - 1)),
    st.sampled_from((1, 1, 1, 1, 2)),
    st.one_of(
        st.binary(max_size=30),
        st.builds(
            lambda first, rest: bytes((first,)) + rest,
            st.sampled_from(
                (0x65, 0x41, 0x67, 0x06, 0x78, 0x7C, 0x26, 0x02, 0x40, 0x60, 0x62)
            ),
            st.binary(max_size=30),
        ),
    ),
)


@given(codec=CODECS, packets=st.lists(HOSTILE, max_size=60), settles=st.integers(1, 9))
def test_whatever_comes_only_pictures_come_out_and_nothing_grows(
    codec: Codec, packets: list[RtpPacket], settles: int
) -> None:
    got: list[CodedUnits] = []
    assembler = AccessUnitAssembler(codec, got.append)
    for number, packet in enumerate(packets):
        assembler.add(packet, float(number))
        if number % settles == 0:
            assembler.settle()
            assert not assembler.is_unsettled

    assert all(has_picture(codec, each.units) for each in got)
    assert sum(len(unit) for each in got for unit in each.units) <= sum(
        len(packet.payload) for packet in packets
    )
    assert all(0.0 <= each.after < len(packets) for each in got)


@pytest.mark.parametrize("lost", [{4}, {5}, {4, 5}])
def test_a_keyframe_whose_parameter_sets_were_lost_is_none_to_begin_with(
    lost: set[int],
) -> None:
    """A camera that has changed its size would be decoded by what it was before."""
    key = [b"\x67sps", b"\x68pps", b"\x65\x88idr"]
    shown = [key, [b"\x41\x9a"], key, [b"\x41\x9b"], key, [b"\x41\x9c"]]
    flat_units = [
        (at, unit, unit is picture[-1])
        for at, picture in enumerate(shown)
        for unit in picture
    ]
    got: list[CodedUnits] = []
    assembler = AccessUnitAssembler(Codec.H264, got.append, waits_for_keyframe=True)
    for sequence, (at, unit, is_last) in enumerate(flat_units):
        if sequence not in lost:
            assembler.add(RtpPacket(96, is_last, sequence, at * 3000, 1, unit), 0.0)
    assert [each.timestamp // 3000 for each in got] == [0, 1, 4, 5]
