"""What a datagram is, where all come over one path (RFC 7983, RFC 5761)."""

from enum import Enum, auto
from typing import Final

_DTLS: Final = range(20, 64)
_RTP_OR_RTCP: Final = range(128, 192)
_RTCP: Final = range(192, 224)
"""RTCP packet types; of RTP these would be a marker and a payload type that nobody uses (RFC 5761 section 4)."""
_SHORTEST: Final = 2


class DatagramKind(Enum):
    """What a datagram is; STUN has been taken out by who sends and receives them."""

    DTLS = auto()
    RTP = auto()
    RTCP = auto()


def kind_of(datagram: bytes) -> DatagramKind | None:
    """Return what a datagram is by its first bytes; None for what is none of these."""
    if len(datagram) < _SHORTEST:
        return None
    first = datagram[0]
    if first in _RTP_OR_RTCP:
        return DatagramKind.RTCP if datagram[1] in _RTCP else DatagramKind.RTP
    return DatagramKind.DTLS if first in _DTLS else None
