from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.relay.codec.nal import SETS, Codec, kind
from custom_components.latchstring.relay.errors import MalformedVideoError
from custom_components.latchstring.relay.sources.ffmpeg import extradata

from .units import SEI, SETS_360, SETS_HEVC, SLICE, annex_b, avcc, with_length


def hvcc(*arrays: tuple[int, tuple[bytes, ...]]) -> bytes:
    head = bytes((1, *bytes(20), 3, len(arrays)))
    return head + b"".join(
        bytes((number,)) + len(units).to_bytes(2) + with_length(*units, size=2)
        for number, units in arrays
    )


def test_of_an_sdp_only_the_parameter_sets_are_kept() -> None:
    read = extradata.read(Codec.H264, annex_b(SEI, *SETS_360, SEI))

    assert read.sets == SETS_360
    assert list(read.split(annex_b(SLICE))) == [SLICE]


@pytest.mark.parametrize("size", [1, 2, 4])
def test_an_avcc_says_how_long_a_length_is(size: int) -> None:
    read = extradata.read(Codec.H264, avcc(SETS_360, size=size))

    assert read.sets == SETS_360
    assert list(read.split(with_length(SLICE, size=size))) == [SLICE]


def test_of_an_avcc_only_the_parameter_sets_are_kept() -> None:
    assert extradata.read(Codec.H264, avcc((*SETS_360, SEI))).sets == SETS_360


def test_of_an_hvcc_only_the_parameter_sets_are_kept() -> None:
    message = b"\x4e\x01\x05canary\x80"
    arrays = [(kind(Codec.H265, unit), (unit,)) for unit in SETS_HEVC]

    read = extradata.read(Codec.H265, hvcc((39, (message,)), *arrays))

    assert read.sets == SETS_HEVC
    assert list(read.split(with_length(message))) == [message]


def test_nothing_is_known_before_a_camera_says_something() -> None:
    assert extradata.read(Codec.H264, b"").sets == ()


@given(codec=st.sampled_from(Codec), data=st.binary(max_size=80), version=st.booleans())
def test_whatever_comes_nothing_but_parameter_sets_is_kept(
    codec: Codec, data: bytes, *, version: bool
) -> None:
    try:
        read = extradata.read(codec, b"\x01" + data if version else data)
    except MalformedVideoError:
        return
    assert {kind(codec, unit) for unit in read.sets} <= set(SETS[codec])
