"""Sequence parameter sets (SPS): the size of the picture, and the decoder it needs."""

from dataclasses import dataclass

from ..errors import MalformedVideoError
from .nal import Codec

_EMULATION = b"\x00\x00\x03"
_CHROMA_PROFILES = frozenset(
    {44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244}
)
_LARGEST = 16384
_DEEPEST = 15
_MOST_ZEROS = 32
_MONOCHROME, _YUV420, _YUV422, _YUV444 = range(4)
_CROP_UNITS = {_MONOCHROME: (1, 1), _YUV420: (2, 2), _YUV422: (2, 1), _YUV444: (1, 1)}
"""Luma samples per unit of the cropping rectangle, by chroma format."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The size and format of the picture, as a decoder will show it."""

    width: int
    height: int
    profile: bytes
    """H.264: profile, constraints, level. H.265: general profile_tier_level."""
    chroma: int = _YUV420
    luma_bits: int = 8
    chroma_bits: int = 8
    layers: int = 1
    nested: int = 1


class _Bits:
    """A bit reader; MalformedVideoError where it would read past the end."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data)
        self._left = len(data) * 8

    def take(self, count: int) -> int:
        """Read `count` bits."""
        if count > self._left:
            raise MalformedVideoError("a parameter set that ends early")
        self._left -= count
        return self._value >> self._left & (1 << count) - 1

    def exp(self) -> int:
        """Read an unsigned Exp-Golomb number."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > _MOST_ZEROS:
                raise MalformedVideoError("a number out of range")
        return (1 << zeros) - 1 + self.take(zeros)

    def signed(self) -> int:
        """Read a signed Exp-Golomb number."""
        number = self.exp()
        return (number + 1) // 2 if number & 1 else -(number // 2)


def read_picture(codec: Codec, sps: bytes) -> Picture:
    """Read a sequence parameter set; MalformedVideoError where it is none."""
    picture = _READERS[codec](sps.replace(_EMULATION, b"\x00\x00"))
    sizes_fit = 0 < picture.width <= _LARGEST and 0 < picture.height <= _LARGEST
    if not (
        sizes_fit
        and picture.chroma in _CROP_UNITS
        and max(picture.luma_bits, picture.chroma_bits) <= _DEEPEST
    ):
        raise MalformedVideoError("an impossible picture")
    return picture


def _read_h264(sps: bytes) -> Picture:
    bits = _Bits(sps[4:])
    bits.exp()  # the set's own number
    chroma, luma_bits, chroma_bits = _YUV420, 8, 8
    if sps[1:2] and sps[1] in _CHROMA_PROFILES:
        chroma, luma_bits, chroma_bits = _read_h264_chroma(bits)
    bits.exp()  # log2_max_frame_num
    _skip_picture_order(bits)
    bits.exp()  # reference frames
    bits.take(1)
    width, height = (bits.exp() + 1) * 16, (bits.exp() + 1) * 16
    frames_only = bits.take(1)
    if not frames_only:
        bits.take(1)
        height *= 2
    bits.take(1)  # direct_8x8_inference
    left, right, top, bottom = _read_window(bits)
    across, down = _CROP_UNITS.get(chroma, (1, 1))
    return Picture(
        width=width - (left + right) * across,
        height=height - (top + bottom) * down * (2 - frames_only),
        profile=sps[1:4],
        chroma=chroma,
        luma_bits=luma_bits,
        chroma_bits=chroma_bits,
    )


def _read_h264_chroma(bits: _Bits) -> tuple[int, int, int]:
    chroma = bits.exp()
    if chroma == _YUV444:
        bits.take(1)
    luma_bits, chroma_bits = bits.exp() + 8, bits.exp() + 8
    bits.take(1)
    if bits.take(1):
        for matrix in range(12 if chroma == _YUV444 else 8):
            if bits.take(1):
                _skip_scaling_list(bits, 16 if matrix < 6 else 64)  # noqa: PLR2004  # six 4x4 lists, then 8x8
    return chroma, luma_bits, chroma_bits


def _skip_scaling_list(bits: _Bits, size: int) -> None:
    last, following = 8, 8
    for _ in range(size):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def _skip_picture_order(bits: _Bits) -> None:
    match bits.exp():
        case 0:
            bits.exp()
        case 1:
            bits.take(1)
            bits.exp()
            bits.exp()
            for _ in range(bits.exp()):
                bits.exp()


def _read_window(bits: _Bits) -> tuple[int, int, int, int]:
    return (
        (bits.exp(), bits.exp(), bits.exp(), bits.exp())
        if bits.take(1)
        else (0, 0, 0, 0)
    )


def _read_h265(sps: bytes) -> Picture:
    bits = _Bits(sps[2:])
    bits.take(4)  # the video parameter set's number
    sub_layers, nested = bits.take(3), bits.take(1)
    profile = bits.take(96).to_bytes(12)
    _skip_sub_layers(bits, sub_layers)
    bits.exp()  # the set's own number
    chroma = bits.exp()
    if chroma == _YUV444:
        bits.take(1)
    width, height = bits.exp(), bits.exp()
    left, right, top, bottom = _read_window(bits)
    across, down = _CROP_UNITS.get(chroma, (1, 1))
    return Picture(
        width=width - (left + right) * across,
        height=height - (top + bottom) * down,
        profile=profile,
        chroma=chroma,
        luma_bits=bits.exp() + 8,
        chroma_bits=bits.exp() + 8,
        layers=sub_layers + 1,
        nested=nested,
    )


def _skip_sub_layers(bits: _Bits, count: int) -> None:
    present = [(bits.take(1), bits.take(1)) for _ in range(count)]
    if count:
        bits.take(2 * (8 - count))
    for profile, level in present:
        bits.take(88 * profile)
        bits.take(8 * level)


_READERS = {Codec.H264: _read_h264, Codec.H265: _read_h265}
