"""What an odd camera says of its tracks (RFC 8866), in all the shapes that are out there."""

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from tests.cameras.rtp import CLOCK_RATE, PAYLOAD_TYPE

from .oddities import Oddities
from .units import is_parameter_set

_ELSEWHERE: Final = "rtsp://192.0.2.1:554/live"
_WRONG_SPS: Final = bytes.fromhex("6742c01e80")
_SOUND: Final = 8
_METADATA: Final = 107


def _encoded(units: Sequence[bytes]) -> str:
    return ",".join(base64.b64encode(unit).decode() for unit in units)


def _profile(sets: Sequence[bytes]) -> str:
    return f"packetization-mode=1;profile-level-id={sets[0][1:4].hex()}"


PARAMETERS: Final[Mapping[str, Callable[[Sequence[bytes]], str]]] = {
    "full": lambda sets: f"{_profile(sets)};sprop-parameter-sets={_encoded(sets)}",
    "none": _profile,
    "sps": lambda sets: (
        f"packetization-mode=1;sprop-parameter-sets={_encoded(sets[:1])},"
    ),
    "empty": lambda _: "packetization-mode=1;sprop-parameter-sets=",
    "garbage": lambda _: "packetization-mode=1;;sprop-parameter-sets=!!notb64,%%;x",
    "wrong": lambda sets: (
        f"packetization-mode=1;sprop-parameter-sets={_encoded((_WRONG_SPS, *sets[1:]))}"
    ),
    "h265": lambda sets: ";".join(
        f"sprop-{name}={_encoded([unit])}"
        for name, unit in zip(("vps", "sps", "pps"), sets, strict=True)
    ),
    "h265-none": lambda _: "tier-flag=0",
}

CONTROLS: Final[Mapping[str, Callable[[str, str], str]]] = {
    "relative": lambda _, track: track,
    "absolute": lambda url, track: f"{url.rstrip('/')}/{track}",
    "path": lambda url, track: f"/{url.split('/', 3)[3]}/{track}",
    "elsewhere": lambda _, track: f"{_ELSEWHERE}/{track}",
    "query": lambda _, track: f"{track}?channel=1&subtype=0",
    "all": lambda _, __: "*",
    "none": lambda _, __: "",
}


def description(oddities: Oddities, url: str, units: Sequence[bytes]) -> str:
    """Describe all tracks; `units` are those of the film's first picture."""
    lines = [*_session_lines(oddities), *_track_lines(oddities, url, units), ""]
    return ("\n" if oddities.has_bare_line_feeds else "\r\n").join(lines)


def _session_lines(oddities: Oddities) -> Iterator[str]:
    if oddities.has_bare_line_feeds:
        yield from ("v=0", "o=-", "s=")
    else:
        yield from ("v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=Media", "t=0 0", "a=control:*")


def _track_lines(oddities: Oddities, url: str, units: Sequence[bytes]) -> Iterator[str]:
    for number, track in enumerate(oddities.tracks, 1):
        match track:
            case "video":
                yield from _video_lines(oddities, units)
            case "audio":
                yield f"m=audio 0 RTP/AVP {_SOUND}"
                yield f"a=rtpmap:{_SOUND} PCMA/8000"
            case _:
                yield f"m=application 0 RTP/AVP {_METADATA}"
                yield f"a=rtpmap:{_METADATA} vnd.onvif.metadata/90000"
        control = CONTROLS[oddities.control](url, f"{track}{number}")
        if control:
            yield f"a=control:{control}"


def _video_lines(oddities: Oddities, units: Sequence[bytes]) -> Iterator[str]:
    sets = [unit for unit in units if is_parameter_set(unit, oddities.film.codec)]
    yield f"m=video 0 RTP/AVP {PAYLOAD_TYPE}"
    if oddities.has_rtpmap:
        name = oddities.film.codec.upper()
        yield f"a=rtpmap:{PAYLOAD_TYPE} {name}/{CLOCK_RATE}"
    yield f"a=fmtp:{PAYLOAD_TYPE} {PARAMETERS[oddities.parameters](sets)}"
