"""NAL units come out of RTP payloads as they went in, and none that lacks a part."""

from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.relay.codec.nal import Codec
from custom_components.latchstring.relay.rtp.depacketizer import (
    LARGEST_UNIT,
    Depacketizer,
)
from tests.cameras.rtp import payloads_of as payloads_of_a_camera

from ..units import annex_b, units_of
from .payloads import END, START, UNITS, aggregate, fragment, fragments, payloads_of

CODECS = st.sampled_from(Codec)
BOTH = pytest.mark.parametrize("codec", Codec)


def depacketized(codec: Codec, payloads: list[bytes]) -> list[bytes]:
    depacketizer = Depacketizer(codec)
    return [unit for payload in payloads for unit in depacketizer.add(payload)]


def sendable(codec: Codec) -> st.SearchStrategy[bytes]:
    """Give units of types that are no payload structure."""
    most = 23 if codec is Codec.H264 else 47
    kinds = {
        Codec.H264: lambda unit: 1 <= unit[0] & 0x1F <= most,
        Codec.H265: lambda unit: unit[0] >> 1 & 0x3F <= most and len(unit) > 2,
    }
    return units_of(codec).filter(lambda unit: len(unit) > 1).filter(kinds[codec])


@given(data=st.data(), codec=CODECS)
def test_units_come_back_whatever_payloads_they_came_in(
    data: st.DataObject, codec: Codec
) -> None:
    units = data.draw(st.lists(sendable(codec), max_size=8))
    payloads = data.draw(payloads_of(codec, units))

    assert depacketized(codec, payloads) == units


@given(units=st.lists(sendable(Codec.H264), max_size=8), largest=st.integers(20, 200))
def test_the_tests_camera_is_understood(units: list[bytes], largest: int) -> None:
    payloads = list(payloads_of_a_camera(units, largest=largest))

    assert depacketized(Codec.H264, payloads) == units


@given(data=st.data(), codec=CODECS)
def test_units_between_start_codes_come_apart(
    data: st.DataObject, codec: Codec
) -> None:
    units = data.draw(st.lists(sendable(codec), min_size=1, max_size=6))
    whole = data.draw(st.sampled_from((annex_b(*units), annex_b(*units)[4:])))
    room = data.draw(st.integers(1, 50))
    payloads = data.draw(
        st.sampled_from(
            ([whole], fragments(codec, whole, room), [aggregate(codec, [whole])])
        )
    )

    assert depacketized(codec, payloads) == units


def test_decoding_order_numbers_are_skipped() -> None:
    units = [UNITS[Codec.H264].key, UNITS[Codec.H264].rest]
    stap_b = b"\x79\x00\x07" + aggregate(Codec.H264, units)[1:]
    first, *others = fragments(Codec.H264, units[0] + bytes(range(1, 99)))
    fu_b = bytes((first[0] + 1, first[1])) + b"\x00\x07" + first[2:]

    assert depacketized(Codec.H264, [stap_b]) == units
    assert depacketized(Codec.H264, [fu_b, *others]) == [units[0] + bytes(range(1, 99))]


@BOTH
def test_a_unit_in_one_part_is_whole(codec: Codec) -> None:
    unit = UNITS[codec].key + b"\x07"

    assert depacketized(codec, fragments(codec, unit, 99)) == [unit]


@BOTH
@pytest.mark.parametrize("missing", range(4))
def test_a_unit_without_one_of_its_parts_is_dropped(codec: Codec, missing: int) -> None:
    unit, next_unit = UNITS[codec].key + bytes(range(1, 150)), UNITS[codec].first
    parts = fragments(codec, unit)
    depacketizer = Depacketizer(codec)
    assert len(parts) == 4

    units: list[bytes] = []
    for number, part in enumerate([*parts, next_unit]):
        if number == missing:
            depacketizer.drop_incomplete()
        else:
            units += depacketizer.add(part)

    assert units == [next_unit]
    assert len(depacketizer.dropped) == 1


@BOTH
def test_a_unit_whose_end_never_came_is_dropped_at_the_next_one(codec: Codec) -> None:
    unit = UNITS[codec].key + bytes(range(1, 150))
    begun = fragments(codec, unit)[:2]

    for following in ([UNITS[codec].first], [aggregate(codec, [UNITS[codec].first])]):
        assert depacketized(codec, [*begun, *following]) == [UNITS[codec].first]
    assert depacketized(codec, [*begun, *fragments(codec, unit)]) == [unit]


@BOTH
def test_only_between_parts_a_unit_is_incomplete(codec: Codec) -> None:
    depacketizer = Depacketizer(codec)
    seen = []
    for part in fragments(codec, UNITS[codec].key + bytes(range(1, 99))):
        depacketizer.add(part)
        seen.append(depacketizer.is_incomplete)

    assert seen == [True, True, False]


@BOTH
def test_a_unit_that_never_ends_is_given_up(codec: Codec) -> None:
    unit, part = UNITS[codec].key, b"\x07" * 2**16
    depacketizer = Depacketizer(codec)
    depacketizer.add(fragment(codec, unit, part, edges=START))
    sizes = 0
    while depacketizer.is_incomplete:
        depacketizer.add(fragment(codec, unit, part, edges=0))
        sizes += len(part)

    assert sizes <= LARGEST_UNIT
    assert not depacketizer.add(fragment(codec, unit, part, edges=END))
    assert depacketizer.dropped


@BOTH
def test_a_unit_of_countless_tiny_parts_is_given_up(codec: Codec) -> None:
    unit = UNITS[codec].key
    depacketizer = Depacketizer(codec)
    depacketizer.add(fragment(codec, unit, b"\x07", edges=START))
    parts = 1
    while depacketizer.is_incomplete:
        depacketizer.add(fragment(codec, unit, b"\x07", edges=0))
        parts += 1

    assert parts < 200_000


@BOTH
def test_an_aggregate_of_countless_units_is_given_up(codec: Codec) -> None:
    depacketizer = Depacketizer(codec)
    units = [UNITS[codec].key] * 10_000

    assert len(depacketizer.add(aggregate(codec, units))) < 1000
    assert depacketizer.dropped


@BOTH
def test_a_payload_of_nothing_but_start_codes_is_given_up(codec: Codec) -> None:
    assert depacketized(codec, [annex_b(*([UNITS[codec].key] * 5000))]) == []
    assert depacketized(codec, [b"\x00\x00\x01" * 20_000]) == []
    assert depacketized(codec, [bytes(60_000)]) == []
    assert depacketized(codec, [UNITS[codec].key + bytes(60_000)]) == []
    assert depacketized(codec, [UNITS[codec].key + bytes(3)]) == [UNITS[codec].key]


@BOTH
def test_of_an_aggregate_that_is_cut_off_what_is_whole_is_given(codec: Codec) -> None:
    units = [UNITS[codec].key, UNITS[codec].rest_of_key]
    depacketizer = Depacketizer(codec)

    assert list(depacketizer.add(aggregate(codec, units)[:-1])) == units[:1]
    assert depacketizer.dropped


@pytest.mark.parametrize(
    ("codec", "first", "is_missed"),
    [
        (Codec.H264, b"\x7a", True),
        (Codec.H264, b"\x7b", True),
        (Codec.H264, b"\x7e", False),
        (Codec.H264, b"\x7f", False),
        (Codec.H265, b"\x64\x01", True),
        (Codec.H265, b"\x7e\x01", False),
    ],
)
def test_payloads_of_other_modes_are_missed_and_those_without_meaning_are_not(
    codec: Codec, first: bytes, *, is_missed: bool
) -> None:
    depacketizer = Depacketizer(codec)

    assert not depacketizer.add(first + bytes(20))
    assert bool(depacketizer.dropped) is is_missed


@given(
    codec=CODECS,
    payloads=st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.builds(
                lambda first, rest: bytes((first,)) + rest,
                st.sampled_from((0x78, 0x79, 0x7C, 0x7D, 0x60, 0x62)),
                st.binary(max_size=40),
            ),
        ),
        max_size=30,
    ),
)
def test_whatever_comes_no_unit_holds_another_one_and_nothing_grows(
    codec: Codec, payloads: list[bytes]
) -> None:
    units = depacketized(codec, payloads)

    assert all(units)
    assert all(b"\x00\x00\x01" not in unit for unit in units)
    assert sum(map(len, units)) <= sum(map(len, payloads))
