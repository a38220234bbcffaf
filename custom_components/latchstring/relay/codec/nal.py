"""The units a video is made of, let through only where a decoder needs them.

Everything else a camera mixes into its video (user data, captions, timecode, maker's
notes) has a unit type of its own, so a list of what may pass keeps it at home whatever
the camera invents.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
import re

from ..errors import MalformedVideoError

type ParameterSets = tuple[bytes, ...]


class Codec(StrEnum):
    """A codec the relay can carry, by FFmpeg's name for it."""

    H264 = "h264"
    H265 = "hevc"


SLICES = {
    Codec.H264: frozenset(range(1, 6)),
    Codec.H265: frozenset(range(10)) | frozenset(range(16, 22)),
}
KEY_SLICES = {Codec.H264: frozenset({5}), Codec.H265: frozenset(range(16, 22))}
SETS = {Codec.H264: (7, 8), Codec.H265: (32, 33, 34)}
"""Parameter sets, in the order a decoder wants them."""
PICTURE_SET = {Codec.H264: 7, Codec.H265: 33}
"""The one that says how large the picture is."""

_FIRST_SLICE_BYTE = {Codec.H264: 1, Codec.H265: 2}
"""Its highest bit is set in the first slice of a picture."""

_START_CODE = re.compile(b"\x00\x00\x01")
_LENGTH_BYTES = 4


def kind(codec: Codec, unit: bytes) -> int:
    """Read a unit's type."""
    return unit[0] & 0x1F if codec is Codec.H264 else unit[0] >> 1 & 0x3F


def split_start_codes(data: bytes) -> Iterator[bytes]:
    """Take apart what RTSP cameras send: units between start codes (Annex B)."""
    begin = None
    for code in _START_CODE.finditer(data):
        if begin is not None and (unit := data[begin : code.start()].rstrip(b"\x00")):
            yield unit
        begin = code.end()
    if begin is not None and (unit := data[begin:].rstrip(b"\x00")):
        yield unit


def split_lengths(data: bytes, size: int = _LENGTH_BYTES) -> Iterator[bytes]:
    """Take apart units that have their length in front, as files and RTMP do.

    A unit with a start code inside is left out: it could smuggle another one past
    the list.
    """
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + size])
        at += size
        if at + length > len(data):
            raise MalformedVideoError("a unit ends outside its packet")
        unit = data[at : at + length]
        at += length
        if unit and not _START_CODE.search(unit):
            yield unit


def permitted(codec: Codec, units: Iterable[bytes]) -> list[bytes]:
    """Keep the units a decoder needs and no other."""
    wanted = SLICES[codec].union(SETS[codec])
    return [unit for unit in units if kind(codec, unit) in wanted]


def parameter_sets(codec: Codec, units: Iterable[bytes]) -> ParameterSets:
    """Pick the parameter sets out, each once, in the order a decoder wants them."""
    found = dict.fromkeys(unit for unit in units if kind(codec, unit) in SETS[codec])
    return tuple(sorted(found, key=lambda unit: kind(codec, unit)))


def renewed(codec: Codec, known: ParameterSets, found: ParameterSets) -> ParameterSets:
    """Let new parameter sets take the place of the known ones of their type."""
    types = {kind(codec, unit) for unit in found}
    kept = tuple(unit for unit in known if kind(codec, unit) not in types)
    return parameter_sets(codec, kept + found)


def is_keyframe(codec: Codec, units: Iterable[bytes]) -> bool:
    """Tell whether decoding can begin here.

    Not where the picture's first slice is missing: a camera may let us in between two.
    """
    at = _FIRST_SLICE_BYTE[codec]
    for unit in units:
        if kind(codec, unit) in SLICES[codec]:
            begins = int.from_bytes(unit[at : at + 1]) & 0x80
            return bool(begins) and kind(codec, unit) in KEY_SLICES[codec]
    return False


def has_picture(codec: Codec, units: Iterable[bytes]) -> bool:
    """Tell whether there is anything to see in an access unit."""
    return any(kind(codec, unit) in SLICES[codec] for unit in units)


def with_lengths(units: Iterable[bytes]) -> bytes:
    """Put units together as the fragment format wants them."""
    return b"".join(
        part for unit in units for part in (len(unit).to_bytes(_LENGTH_BYTES), unit)
    )
