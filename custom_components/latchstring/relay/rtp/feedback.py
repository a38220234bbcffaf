"""RTCP feedback: what a receiver asks the sender for (RFC 4585, draft-alvestrand-rmcat-remb-03)."""

from collections.abc import Sequence
import struct
from typing import Final

from .packet import SEQUENCES

MOST_BYTES: Final = 1200
"""No packet here is longer: with what encrypts it, it goes through any path."""

_TRANSPORT_FEEDBACK, _PAYLOAD_FEEDBACK = 205, 206
_NACK, _PICTURE_LOSS, _APPLICATION = 1, 1, 15
"""Feedback message types: of what is lost in transport, and of what the payload needs."""

_VERSION = 0x80
_HEADER = struct.Struct("!BBHII")
_LOST = struct.Struct("!HH")
_BITRATE = struct.Struct("!4sII")
_BITS_BEHIND = 16
_MOST_LOST = (MOST_BYTES - _HEADER.size) // _LOST.size
_MANTISSA_BITS, _MOST_EXPONENT = 18, 63
_MOST_MANTISSA = 2**_MANTISSA_BITS - 1
_ONE_SOURCE = 1 << 24


def picture_loss(own_source: int, media_source: int) -> bytes:
    """Return a packet that asks for a keyframe (RFC 4585 section 6.3.1)."""
    return _packet(_PAYLOAD_FEEDBACK, _PICTURE_LOSS, own_source, media_source)


def missing(own_source: int, media_source: int, sequences: Sequence[int]) -> bytes:
    """Return a packet that asks for these to be sent again (RFC 4585 section 6.2.1).

    It needs one at least. What does not fit into 1200 bytes is left out; most fits where they are in order.
    """
    pairs: list[tuple[int, int]] = []
    first, behind = sequences[0], 0
    for sequence in sequences:
        offset = (sequence - first) % SEQUENCES
        if offset > _BITS_BEHIND:
            pairs.append((first, behind))
            first, behind = sequence, 0
        elif offset:
            behind |= 1 << (offset - 1)
    named = [*pairs, (first, behind)][:_MOST_LOST]
    body = b"".join(_LOST.pack(*pair) for pair in named)
    return _packet(_TRANSPORT_FEEDBACK, _NACK, own_source, media_source, body)


def max_bitrate(own_source: int, media_source: int, bits_per_second: int) -> bytes:
    """Return a packet that says how much may be sent (REMB, section 2.2), rounded down to what it can express."""
    exponent = max(0, bits_per_second.bit_length() - _MANTISSA_BITS)
    mantissa = bits_per_second >> exponent
    if exponent > _MOST_EXPONENT:
        exponent, mantissa = _MOST_EXPONENT, _MOST_MANTISSA
    value = _ONE_SOURCE | exponent << _MANTISSA_BITS | mantissa
    body = _BITRATE.pack(b"REMB", value, media_source)
    # The header's media source is always 0 here: the sources stand behind the rate.
    return _packet(_PAYLOAD_FEEDBACK, _APPLICATION, own_source, 0, body)


def _packet(
    kind: int, message: int, own_source: int, media_source: int, body: bytes = b""
) -> bytes:
    words = (_HEADER.size + len(body)) // 4 - 1
    return _HEADER.pack(_VERSION | message, kind, words, own_source, media_source) + (
        body
    )
