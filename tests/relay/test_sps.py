from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.relay.codec.nal import Codec
from custom_components.latchstring.relay.codec.sps import Picture, read_picture
from custom_components.latchstring.relay.errors import MalformedVideoError

from .units import SETS_360, SETS_1080, SETS_HEVC

SPS_422 = bytes.fromhex(
    "4201020408000003009d0800000300003c0000b00a480b9c96d965662b34926578"
    "0b404000000300400000030142"
)
REAL = [
    (Codec.H264, SETS_360[0].hex(), (640, 360, 1, 8, 1)),
    (Codec.H264, SETS_1080[0].hex(), (1920, 1080, 1, 8, 1)),
    # x264, 322x182, scaling lists: 10 bits; 4:4:4; 4:2:2; interlaced, no colour
    (
        Codec.H264,
        "676e000ca6cd941519e226c044000003000400000300283c50a658",
        (322, 182, 1, 10, 1),
    ),
    (
        Codec.H264,
        "67f4000c919b282a33c7c5e022000003000200000300141e28532c",
        (322, 182, 3, 8, 1),
    ),
    (
        Codec.H264,
        "677a000cbcd941519e222f0110000003001000000300a0f1429960",
        (322, 182, 2, 8, 1),
    ),
    (
        Codec.H264,
        "67640015f365054cf1f3602d90000003001000000300a1f1429960",
        (322, 182, 0, 8, 1),
    ),
    (Codec.H265, SETS_HEVC[1].hex(), (1920, 1080, 1, 8, 1)),
    # x265, 322x182, 4:2:2 in 10 bits with two temporal layers
    (
        Codec.H265,
        SPS_422.hex(),
        (322, 182, 2, 10, 2),
    ),
    # and 4:4:4
    (
        Codec.H265,
        "4201010408000003009e0800000300003c90014901739ef2cacd24995cd0100000030010000003019080",
        (322, 182, 3, 8, 1),
    ),
]


@pytest.mark.parametrize(("codec", "sps", "said"), REAL)
def test_the_picture_is_read_as_the_encoder_was_told(
    codec: Codec, sps: str, said: tuple[int, int, int, int, int]
) -> None:
    picture = read_picture(codec, bytes.fromhex(sps))

    assert said == (
        picture.width,
        picture.height,
        picture.chroma,
        picture.luma_bits,
        picture.layers,
    )


@pytest.mark.parametrize(("codec", "sps", "_said"), REAL)
def test_a_set_that_ends_early_is_refused(
    codec: Codec, sps: str, _said: object
) -> None:
    with pytest.raises(MalformedVideoError):
        read_picture(codec, bytes.fromhex(sps)[:6])


@given(codec=st.sampled_from(Codec), sps=st.binary(max_size=64))
def test_whatever_comes_is_a_possible_picture_or_refused(
    codec: Codec, sps: bytes
) -> None:
    try:
        picture = read_picture(codec, sps)
    except MalformedVideoError:
        return
    assert 0 < picture.width <= 16384
    assert 0 < picture.height <= 16384
    assert isinstance(picture, Picture)
