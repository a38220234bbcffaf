"""NAL units, as far as an odd camera has to tell them apart (H.264 7.3.1, H.265 7.3.1.2)."""

from collections.abc import Mapping
from typing import Final

DELIMITERS: Final[Mapping[str, bytes]] = {
    "h264": b"\x09\xf0",
    "h265": b"\x46\x01\x50",
}
INFORMATION: Final[Mapping[str, bytes]] = {
    "h264": b"\x06\x05\x11" + bytes(17) + b"\x80",
    "h265": b"\x4e\x01\x05\x11" + bytes(17) + b"\x80",
}
"""SEI that means nothing to anybody."""

_SETS: Final = {"h264": frozenset({7, 8}), "h265": frozenset({32, 33, 34})}
_SPS: Final = {"h264": 7, "h265": 33}
_INFORMATION: Final = {"h264": 6, "h265": 39}
_KEY_SLICES: Final = {"h264": frozenset({5}), "h265": frozenset(range(16, 24))}
_LAST_SLICE: Final = {"h264": 5, "h265": 31}


def kind(unit: bytes, codec: str) -> int:
    """The type of a unit."""
    return unit[0] & 0x1F if codec == "h264" else unit[0] >> 1 & 0x3F


def is_parameter_set(unit: bytes, codec: str) -> bool:
    """Whether a decoder must know it before the first picture."""
    return kind(unit, codec) in _SETS[codec]


def is_sps(unit: bytes, codec: str) -> bool:
    """Whether it is the set that says how large pictures are."""
    return kind(unit, codec) == _SPS[codec]


def is_information(unit: bytes, codec: str) -> bool:
    """Whether it is SEI before a picture."""
    return kind(unit, codec) == _INFORMATION[codec]


def is_slice(unit: bytes, codec: str) -> bool:
    """Whether it is of a picture itself."""
    number = kind(unit, codec)
    return number <= _LAST_SLICE[codec] and (codec != "h264" or number > 0)


def begins_anew(units: tuple[bytes, ...], codec: str) -> bool:
    """Whether a decoder can begin here."""
    return any(
        kind(unit, codec) in _KEY_SLICES[codec] or is_parameter_set(unit, codec)
        for unit in units
    )
