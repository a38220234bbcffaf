"""The CMAF init segment (ftyp and moov) of one video track.

Written box by box instead of by a muxer, so that it has no place for a title, a maker's
name, a time of day or a second track.
"""

from collections.abc import Callable
from dataclasses import dataclass
import struct

from ..codec.nal import PICTURE_SET, SETS, Codec, ParameterSets, kind
from ..codec.sps import Picture, read_picture
from ..errors import MalformedVideoError

TIMESCALE = 90_000
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_UNDETERMINED_LANGUAGE = 0x55C4
_EMPTY = bytes(4)
_CHROMA_PROFILES = frozenset({100, 110, 122, 144})
"""The profiles whose avcC ends with chroma format and bit depths."""
_MOST_SETS = 31
"""The most that an avcC can count."""
_LONGEST_SET = 4096
"""More bytes than any parameter set needs, and few enough to be parsed at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFormat:
    """The format of a video: what a player must know before the first fragment."""

    codec: str
    """As in RFC 6381, e.g. `avc1.640028`."""
    width: int
    height: int
    init: bytes


def video_format(codec: Codec, sets: ParameterSets) -> VideoFormat:
    """Return the format that these parameter sets describe.

    MalformedVideoError where they can't be read.
    """
    if len(sets) > _MOST_SETS or any(len(unit) > _LONGEST_SET for unit in sets):
        raise MalformedVideoError("too many or too long parameter sets")
    picture = read_picture(
        codec,
        next((unit for unit in sets if kind(codec, unit) == PICTURE_SET[codec]), b""),
    )
    entry = _ENTRIES[codec]
    sample = _sample_entry(
        entry.tag, picture, _box(entry.box, entry.configuration(picture, sets))
    )
    return VideoFormat(
        codec=entry.name(picture),
        width=picture.width,
        height=picture.height,
        init=_box(b"ftyp", b"iso6", bytes(4), b"iso6cmf2") + _moov(picture, sample),
    )


def _box(name: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I4s", 8 + len(content), name) + content


def _full_box(name: bytes, flags: int, *parts: bytes) -> bytes:
    return _box(name, struct.pack(">I", flags), *parts)


def _moov(picture: Picture, sample: bytes) -> bytes:
    return _box(
        b"moov",
        _full_box(
            b"mvhd",
            0,
            struct.pack(">IIIIIH10x", 0, 0, TIMESCALE, 0, 0x10000, 0),
            _MATRIX,
            bytes(24),
            _uint32(2),
        ),
        _box(b"trak", _tkhd(picture), _mdia(sample)),
        _box(b"mvex", _full_box(b"trex", 0, struct.pack(">IIIII", 1, 1, 0, 0, 0))),
    )


def _tkhd(picture: Picture) -> bytes:
    return _full_box(
        b"tkhd",
        3,  # track enabled and in movie
        struct.pack(">IIIII8xHHHH", 0, 0, 1, 0, 0, 0, 0, 0, 0),
        _MATRIX,
        struct.pack(">II", picture.width << 16, picture.height << 16),
    )


def _mdia(sample: bytes) -> bytes:
    return _box(
        b"mdia",
        _full_box(
            b"mdhd",
            0,
            struct.pack(">IIIIHH", 0, 0, TIMESCALE, 0, _UNDETERMINED_LANGUAGE, 0),
        ),
        _full_box(b"hdlr", 0, _EMPTY, b"vide", bytes(12), b"video\x00"),
        _box(
            b"minf",
            _full_box(b"vmhd", 1, bytes(8)),
            _box(b"dinf", _full_box(b"dref", 0, _uint32(1), _full_box(b"url ", 1))),
            _box(
                b"stbl",
                _full_box(b"stsd", 0, _uint32(1), sample),
                _full_box(b"stts", 0, _EMPTY),
                _full_box(b"stsc", 0, _EMPTY),
                _full_box(b"stsz", 0, _EMPTY, _EMPTY),
                _full_box(b"stco", 0, _EMPTY),
            ),
        ),
    )


def _uint32(value: int) -> bytes:
    return value.to_bytes(4)


def _sample_entry(tag: bytes, picture: Picture, configuration: bytes) -> bytes:
    return _box(
        tag,
        struct.pack(
            ">6xH16xHHIIIH", 1, picture.width, picture.height, 0x480000, 0x480000, 0, 1
        ),
        bytes(32),  # the compressor's name: none
        struct.pack(">Hh", 24, -1),
        configuration,
    )


def _with_sizes(units: list[bytes]) -> bytes:
    return b"".join(struct.pack(">H", len(unit)) + unit for unit in units)


def _avcc(picture: Picture, sets: ParameterSets) -> bytes:
    sps, pps = (
        [unit for unit in sets if kind(Codec.H264, unit) == number]
        for number in SETS[Codec.H264]
    )
    end = b""
    if picture.profile[0] in _CHROMA_PROFILES:
        depths = (0xF8 | picture.luma_bits - 8, 0xF8 | picture.chroma_bits - 8)
        end = bytes((0xFC | picture.chroma, *depths, 0))
    head = bytes((1, *picture.profile, 0xFF, 0xE0 | len(sps)))
    return head + _with_sizes(sps) + bytes((len(pps),)) + _with_sizes(pps) + end


def _hvcc(picture: Picture, sets: ParameterSets) -> bytes:
    arrays = {
        number: [unit for unit in sets if kind(Codec.H265, unit) == number]
        for number in SETS[Codec.H265]
    }
    head = struct.pack(
        ">B12sHBBBBHBB",
        1,
        picture.profile,
        0xF000,
        0xFC,
        0xFC | picture.chroma,
        0xF8 | picture.luma_bits - 8,
        0xF8 | picture.chroma_bits - 8,
        0,
        picture.layers << 3 | picture.nested << 2 | 3,
        len(arrays),
    )
    return head + b"".join(
        struct.pack(">BH", 0x80 | number, len(units)) + _with_sizes(units)
        for number, units in arrays.items()
    )


def _avc_name(picture: Picture) -> str:
    return f"avc1.{picture.profile.hex().upper()}"


def _hevc_name(picture: Picture) -> str:
    """Follow ISO/IEC 14496-15, annex E: the compatibility flags are in reverse bit order."""
    first, level = picture.profile[0], picture.profile[11]
    compatible = int(f"{int.from_bytes(picture.profile[1:5]):032b}"[::-1], 2)
    constraints = "".join(
        f".{byte:X}" for byte in picture.profile[5:11].rstrip(b"\x00")
    )
    space = ("", "A", "B", "C")[first >> 6]
    tier = "LH"[first >> 5 & 1]
    return f"hvc1.{space}{first & 0x1F}.{compatible:X}.{tier}{level}{constraints}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """The sample entry of one codec."""

    tag: bytes
    box: bytes
    configuration: Callable[[Picture, ParameterSets], bytes]
    name: Callable[[Picture], str]


_ENTRIES = {
    Codec.H264: _Entry(tag=b"avc1", box=b"avcC", configuration=_avcc, name=_avc_name),
    Codec.H265: _Entry(tag=b"hvc1", box=b"hvcC", configuration=_hvcc, name=_hevc_name),
}
