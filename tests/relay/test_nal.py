from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.relay.codec import nal
from custom_components.latchstring.relay.codec.nal import Codec
from custom_components.latchstring.relay.errors import MalformedVideoError

from .units import (
    DELIMITER,
    KEY_SLICE,
    REST_OF_KEY,
    SEI,
    SETS_360,
    SETS_1080,
    SLICE,
    annex_b,
    units_of,
    with_length,
)

CODECS = st.sampled_from(Codec)
PASSING = {
    Codec.H264: {1, 2, 3, 4, 5, 7, 8},
    Codec.H265: {*range(10), *range(16, 22), 32, 33, 34},
}


def unit_of_type(codec: Codec, number: int) -> bytes:
    head = (number,) if codec is Codec.H264 else (number << 1, 1)
    return bytes((*head, 0x80))


@pytest.mark.parametrize("codec", Codec)
def test_of_all_types_only_those_a_decoder_needs_pass(codec: Codec) -> None:
    types = range(32 if codec is Codec.H264 else 64)
    units = [unit_of_type(codec, number) for number in types]

    kept = nal.permitted(codec, units)

    assert {nal.kind(codec, unit) for unit in kept} == PASSING[codec]
    assert all(unit in units for unit in kept)


@given(data=st.data(), codec=CODECS)
def test_units_between_start_codes_come_back_as_they_went_in(
    data: st.DataObject, codec: Codec
) -> None:
    units = data.draw(st.lists(units_of(codec)))
    codes = st.sampled_from((b"\x00\x00\x01", b"\x00\x00\x00\x01"))
    stream = b"".join(data.draw(codes) + unit for unit in units)

    assert list(nal.split_start_codes(stream)) == units


@given(data=st.data(), codec=CODECS, size=st.integers(1, 4))
def test_units_with_lengths_come_back_as_they_went_in(
    data: st.DataObject, codec: Codec, size: int
) -> None:
    units = data.draw(st.lists(units_of(codec)))

    assert list(nal.split_lengths(with_length(*units, size=size), size)) == units


@given(stream=st.binary())
def test_whatever_comes_no_unit_holds_another_one(stream: bytes) -> None:
    units = list(nal.split_start_codes(stream))

    assert all(b"\x00\x00\x01" not in unit for unit in units)
    assert all(units)


@given(stream=st.binary(), size=st.integers(1, 4))
def test_lengths_that_lie_are_refused_or_harmless(stream: bytes, size: int) -> None:
    try:
        units = list(nal.split_lengths(stream, size))
    except MalformedVideoError:
        return
    assert all(unit and b"\x00\x00\x01" not in unit for unit in units)


def test_a_unit_that_smuggles_another_past_the_list_stays_home() -> None:
    smuggler = SLICE + b"\x00\x00\x01" + SEI

    assert list(nal.split_lengths(with_length(smuggler, SLICE))) == [SLICE]


def test_a_unit_that_ends_outside_its_packet_is_refused() -> None:
    with pytest.raises(MalformedVideoError):
        list(nal.split_lengths(with_length(SLICE)[:-1]))


@given(data=st.data(), codec=CODECS)
def test_what_a_player_gets_is_the_permitted_units_and_no_byte_more(
    data: st.DataObject, codec: Codec
) -> None:
    units = data.draw(st.lists(units_of(codec)))

    kept = nal.permitted(codec, nal.split_start_codes(annex_b(*units)))

    assert list(nal.split_lengths(b"".join(nal.with_lengths(kept)))) == kept
    assert {nal.kind(codec, unit) for unit in kept} <= PASSING[codec]


@pytest.mark.parametrize(
    ("units", "is_keyframe"),
    [
        ((DELIMITER, *SETS_360, KEY_SLICE, REST_OF_KEY), True),
        ((SLICE,), False),
        ((REST_OF_KEY,), False),
        ((SLICE, KEY_SLICE), False),
        ((*SETS_360,), False),
        ((), False),
    ],
)
def test_decoding_begins_only_at_a_whole_key_picture(
    units: tuple[bytes, ...], *, is_keyframe: bool
) -> None:
    assert nal.is_keyframe(Codec.H264, units) is is_keyframe


def test_parameter_sets_are_kept_once_and_in_order() -> None:
    picture, coding = SETS_360

    assert nal.parameter_sets(Codec.H264, (coding, SLICE, picture, coding)) == SETS_360


def test_new_parameter_sets_replace_those_of_their_type_only() -> None:
    coding = SETS_360[1] + b"\x01"

    assert nal.renewed(Codec.H264, SETS_360, SETS_1080) == SETS_1080
    assert nal.renewed(Codec.H264, SETS_360, (coding,)) == (SETS_360[0], coding)
    assert nal.renewed(Codec.H264, SETS_360, ()) == SETS_360
