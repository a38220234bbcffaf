"""How RTP and RTCP travel: interleaved on the connection of the requests, or over UDP (RFC 2326 section 12.39)."""

from dataclasses import dataclass
import re
from typing import Final

_INTERLEAVED: Final = re.compile(r"interleaved=(\d{1,3})(?:-(\d{1,3}))?")
_SERVER_PORTS: Final = re.compile(r"server_port=(\d{1,5})(?:-(\d{1,5}))?")
_LARGEST_CHANNEL: Final = 255
_LARGEST_PORT: Final = 65535
TCP_OFFER: Final = "RTP/AVP/TCP;unicast;interleaved=0-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberPair:
    """The channels or ports of RTP and RTCP."""

    rtp: int
    rtcp: int


def udp_offer(ports: NumberPair) -> str:
    """Return the offer to receive on these ports."""
    return f"RTP/AVP;unicast;client_port={ports.rtp}-{ports.rtcp}"


def channels(transport: str) -> NumberPair | None:
    """Return the interleaved channels of an answer, whichever they are; None: it names none."""
    return _pair(_INTERLEAVED, transport, _LARGEST_CHANNEL)


def server_ports(transport: str) -> NumberPair | None:
    """Return the ports of the camera that an answer names; None: it names none."""
    return _pair(_SERVER_PORTS, transport, _LARGEST_PORT)


def _pair(pattern: re.Pattern[str], text: str, largest: int) -> NumberPair | None:
    if (found := pattern.search(text)) is None:
        return None
    rtp = int(found[1])
    rtcp = int(found[2]) if found[2] else rtp + 1
    return NumberPair(rtp=rtp, rtcp=rtcp) if max(rtp, rtcp) <= largest else None
