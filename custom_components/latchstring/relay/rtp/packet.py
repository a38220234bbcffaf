"""RTP packets (RFC 3550 section 5.1)."""

import struct
from typing import Final, NamedTuple

SEQUENCES: Final = 2**16
MOST_MISORDERED: Final = 100
"""A packet further behind than this begins a new count, if its successor follows (RFC 3550 section A.1)."""

_FIXED = struct.Struct("!BBHII")
_VERSION_MASK, _VERSION = 0xC0, 0x80
_HAS_PADDING = 0x20
_HAS_EXTENSION = 0x10
_SOURCES = 0x0F
_MARKER = 0x80
_MORE_THAN_FIXED = _HAS_PADDING | _HAS_EXTENSION | _SOURCES


class RtpPacket(NamedTuple):
    """One packet; `source` is its SSRC, `timestamp` in ticks of the payload's clock."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    source: int
    payload: bytes


def read_packet(data: bytes) -> RtpPacket | None:
    """Return the packet; None for what is no RTP version 2, or whose parts do not fit into it."""
    if len(data) < _FIXED.size:
        return None
    first, second, sequence, timestamp, source = _FIXED.unpack_from(data)
    if first & _VERSION_MASK != _VERSION:
        return None
    if first & _MORE_THAN_FIXED:
        begin, end = _bounds(data)
        if begin > end:
            return None
        payload = data[begin:end]
    else:
        payload = data[_FIXED.size :]
    # Thousands a second: the class's own constructor is a function in Python.
    return tuple.__new__(
        RtpPacket,
        (second & ~_MARKER, second >= _MARKER, sequence, timestamp, source, payload),
    )


def _bounds(data: bytes) -> tuple[int, int]:
    """Return where the payload begins and ends; the begin is behind the end where that does not fit.

    Some cameras say that there is padding and count none.
    """
    begin, end = _FIXED.size + 4 * (data[0] & _SOURCES), len(data)
    if data[0] & _HAS_EXTENSION:
        begin += 4 + 4 * int.from_bytes(data[begin + 2 : begin + 4])
    if data[0] & _HAS_PADDING:
        end -= data[-1]
    return begin, end
