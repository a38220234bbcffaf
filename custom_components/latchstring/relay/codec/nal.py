"""NAL units: split, classified, and filtered to those that a decoder needs.

Everything else that a camera mixes into its video (user data, captions, timecode, maker's
notes) has a unit type of its own, so an allow list keeps it at home whatever the camera
invents.
"""

from collections.abc import Iterable, Iterator, Mapping
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
"""The sequence parameter set (SPS), which has the picture's size."""

_FIRST_SLICE_BYTE = {Codec.H264: 1, Codec.H265: 2}
"""The byte whose highest bit is set in the first slice of a picture."""

_MESSAGES = {Codec.H264: (6, 1), Codec.H265: (39, 2)}
"""The type of messages (SEI), and the byte that says of what kind the first of them is."""
_RECOVERY_POINT = b"\x06"

_START_CODE = re.compile(b"\x00\x00\x01")
_LENGTH_BYTES = 4


def kind(codec: Codec, unit: bytes) -> int:
    """Return a unit's type."""
    return unit[0] & 0x1F if codec is Codec.H264 else unit[0] >> 1 & 0x3F


def _heads(kinds: Mapping[Codec, Iterable[int]]) -> dict[Codec, frozenset[int]]:
    """Return the first bytes that units of these types may have: what every picture is asked is looked up by it."""
    return {
        codec: frozenset(
            first for first in range(256) if kind(codec, bytes((first,))) in wanted
        )
        for codec, wanted in kinds.items()
    }


_SLICE_HEADS = _heads(SLICES)
_KEY_HEADS = _heads(KEY_SLICES)
_SET_HEADS = _heads(SETS)
_PERMITTED_HEADS = {codec: _SLICE_HEADS[codec] | _SET_HEADS[codec] for codec in Codec}


def split_start_codes(data: bytes) -> Iterator[bytes]:
    """Split units at their start codes (Annex B), as RTSP cameras send them."""
    begin = None
    for code in _START_CODE.finditer(data):
        if begin is not None and (unit := data[begin : code.start()].rstrip(b"\x00")):
            yield unit
        begin = code.end()
    if begin is not None and (unit := data[begin:].rstrip(b"\x00")):
        yield unit


def split_lengths(data: bytes, size: int = _LENGTH_BYTES) -> Iterator[bytes]:
    """Split units by the length in front of each, as files and RTMP have them.

    A unit with a start code inside is dropped: it could smuggle another one past
    the allow list.
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
    """Return the units that a decoder needs and no other."""
    heads = _PERMITTED_HEADS[codec]
    return [unit for unit in units if unit[0] in heads]


def parameter_sets(codec: Codec, units: Iterable[bytes]) -> ParameterSets:
    """Return the parameter sets, each once, in the order a decoder wants them."""
    heads = _SET_HEADS[codec]
    found = dict.fromkeys([unit for unit in units if unit[0] in heads])
    return tuple(sorted(found, key=lambda unit: kind(codec, unit)))


def renewed(codec: Codec, known: ParameterSets, found: ParameterSets) -> ParameterSets:
    """Return the parameter sets with those found in place of the known ones of their type."""
    types = {kind(codec, unit) for unit in found}
    others = tuple(unit for unit in known if kind(codec, unit) not in types)
    return parameter_sets(codec, others + found)


def is_keyframe(codec: Codec, units: Iterable[bytes]) -> bool:
    """Return whether decoding can begin at this access unit.

    False where the picture's first slice is missing: a connection may begin between two slices.
    """
    at, heads = _FIRST_SLICE_BYTE[codec], _SLICE_HEADS[codec]
    for unit in units:
        if unit[0] in heads:
            begins = int.from_bytes(unit[at : at + 1]) & 0x80
            return bool(begins) and unit[0] in _KEY_HEADS[codec]
    return False


def has_recovery_point(codec: Codec, units: Iterable[bytes]) -> bool:
    """Return whether a message says that decoding may begin here without a keyframe (H.264 D.1.8, H.265 D.2.8)."""
    number, at = _MESSAGES[codec]
    return any(
        kind(codec, unit) == number and unit[at : at + 1] == _RECOVERY_POINT
        for unit in units
    )


def has_picture(codec: Codec, units: Iterable[bytes]) -> bool:
    """Return whether an access unit has a slice of a picture."""
    heads = _SLICE_HEADS[codec]
    return any(unit[0] in heads for unit in units)


def with_lengths(units: Iterable[bytes]) -> list[bytes]:
    """Return units with a length in front of each, as an mdat has them."""
    return [
        part for unit in units for part in (len(unit).to_bytes(_LENGTH_BYTES), unit)
    ]
