"""What a camera says about its one track, and what a client may ask of it."""

import base64
from typing import Final

from .encoder import BIT_RATE, FRAME_RATE, ParameterSets
from .rtp import CLOCK_RATE, PAYLOAD_TYPE

TRACK: Final = "track1"
TRANSPORT: Final = "RTP/AVP/TCP"

_HIGHEST_CHANNEL: Final = 254


def session_description(name: str, sets: ParameterSets) -> str:
    """One video track and nothing else (RFC 4566, RFC 6184)."""
    encoded = [base64.b64encode(unit).decode() for unit in (sets.sps, sets.pps)]
    parameters = (
        "packetization-mode=1",
        f"profile-level-id={sets.profile_level_id}",
        f"sprop-parameter-sets={','.join(encoded)}",
    )
    lines = (
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        f"s={name}",
        "c=IN IP4 0.0.0.0",
        "t=0 0",
        "a=control:*",
        "a=range:npt=now-",
        f"m=video 0 RTP/AVP {PAYLOAD_TYPE}",
        f"b=AS:{BIT_RATE // 1000}",
        f"a=rtpmap:{PAYLOAD_TYPE} H264/{CLOCK_RATE}",
        f"a=fmtp:{PAYLOAD_TYPE} {';'.join(parameters)}",
        f"a=framerate:{FRAME_RATE}",
        f"a=control:{TRACK}",
        "",
    )
    return "\r\n".join(lines)


def channel_asked(transport: str) -> int | None:
    """The channel of the first offer of interleaved TCP; reports go on the next one."""
    for offer in transport.split(","):
        profile, *parameters = offer.strip().split(";")
        if profile.upper() != TRANSPORT:
            continue
        values = dict(parameter.partition("=")[::2] for parameter in parameters)
        channel = values.get("interleaved", "0").partition("-")[0]
        if (
            channel.isascii()
            and channel.isdigit()
            and len(channel) <= len(str(_HIGHEST_CHANNEL))
            and int(channel) <= _HIGHEST_CHANNEL
        ):
            return int(channel)
    return None
