"""Extradata: the parameter sets that a camera announces before the first picture.

Of an SDP it is NAL units with start codes (Annex B); files and RTMP have a decoder configuration (avcC, hvcC).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ...codec.nal import (
    Codec,
    ParameterSets,
    parameter_sets,
    split_lengths,
    split_start_codes,
)

_VERSION = 1
_HEAD = {Codec.H264: 5, Codec.H265: 22}
"""Bytes before the units in a decoder configuration (avcC, hvcC)."""
_LENGTH_SIZE_AT = {Codec.H264: 4, Codec.H265: 21}


@dataclass(frozen=True, slots=True, kw_only=True)
class Extradata:
    """The parameter sets known beforehand, and how packets are split into NAL units."""

    sets: ParameterSets
    split: Callable[[bytes], Iterable[bytes]]


def read(codec: Codec, data: bytes) -> Extradata:
    """Read extradata; everything but parameter sets is dropped."""
    if data[:1] != bytes([_VERSION]):
        return Extradata(
            sets=parameter_sets(codec, split_start_codes(data)), split=split_start_codes
        )
    size = (int.from_bytes(data[_LENGTH_SIZE_AT[codec] :][:1]) & 3) + 1
    units = _UNITS[codec](data[_HEAD[codec] :])
    return Extradata(
        sets=parameter_sets(codec, units),
        split=lambda packet: split_lengths(packet, size),
    )


def _avc_units(data: bytes) -> list[bytes]:
    picture, rest = _take(data[1:], int.from_bytes(data[:1]) & 0x1F)
    others, _ = _take(rest[1:], int.from_bytes(rest[:1]))
    return picture + others


def _hevc_units(data: bytes) -> list[bytes]:
    units: list[bytes] = []
    rest = data[1:]
    for _ in range(int.from_bytes(data[:1])):
        found, rest = _take(rest[3:], int.from_bytes(rest[1:3]))
        units += found
    return units


def _take(data: bytes, count: int) -> tuple[list[bytes], bytes]:
    """Return up to `count` units, each behind two bytes of length, and the rest."""
    units: list[bytes] = []
    for _ in range(count):
        if not data:
            break
        end = 2 + int.from_bytes(data[:2])
        units += split_lengths(data[:end], 2)
        data = data[end:]
    return units, data


_UNITS = {Codec.H264: _avc_units, Codec.H265: _hevc_units}
