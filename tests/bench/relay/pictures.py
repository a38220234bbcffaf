"""How camera and receiver know one picture of another: by a hash of its slice, which no sender changes."""

from collections.abc import Iterator
import hashlib
from typing import Final

SLICES: Final = frozenset({1, 5})
_KEY_BYTES: Final = 16


def kind(unit: bytes) -> int:
    """Return the type of an H.264 NAL unit."""
    return unit[0] & 0x1F


def key(slice_: bytes) -> str:
    """Return what a picture is known by."""
    return hashlib.sha256(slice_).digest()[:_KEY_BYTES].hex()


def keys(mdat: bytes) -> Iterator[str]:
    """Yield the key of each picture in an mdat: of one, or of several one after the other."""
    at = 0
    while at < len(mdat):
        end = at + 4 + int.from_bytes(mdat[at : at + 4])
        unit = mdat[at + 4 : end]
        if unit and kind(unit) in SLICES:
            yield key(unit)
        at = end
