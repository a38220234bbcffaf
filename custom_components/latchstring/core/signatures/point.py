"""Ed25519 public keys that bind their owner to a signature.

A point of small order has no secret: anybody can make signatures that verify with it, so whoever uses it as their key
can deny them afterwards. RFC 8032 has one encoding of each point; another would be a second name of the same key.
"""

from typing import Final

KEY_BYTES: Final = 32

_P: Final = 2**255 - 19
_SIGN: Final = 1 << 255
"""The highest bit selects one of the two x of a y; both are of the same order."""

_OF_ORDER_8: Final = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7

_SMALL_ORDER: Final = frozenset({0, 1, _P - 1, _OF_ORDER_8, _P - _OF_ORDER_8})
"""The y of the eight points whose order divides the cofactor."""


def binds(key: bytes) -> bool:
    """Return whether these 32 bytes are the canonical encoding of a key that is not of small order."""
    y = int.from_bytes(key, "little") & ~_SIGN
    return len(key) == KEY_BYTES and y < _P and y not in _SMALL_ORDER
