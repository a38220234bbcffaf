"""What a camera has, by its session description, with parameter sets (RFC 6184, section 8.1; RFC 7798, 7.1)."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field
import re
from typing import Final

from ..codec.nal import Codec, ParameterSets, parameter_sets, split_start_codes
from ..sdp import Section, read_sections

_MOST_TRACKS: Final = 64
_MOST_SETS: Final = 16

_RTPMAP: Final = re.compile(r"([0-9]{1,3})\s+([^\s/]+)(?:\s*/\s*([0-9]{1,7}))?")
_FMTP: Final = re.compile(r"([0-9]{1,3})\s+(.*)")
_PAYLOAD_TYPE: Final = re.compile(r"[0-9]{1,3}")
_HIGHEST_PAYLOAD_TYPE: Final = 127
_FIRST_DYNAMIC: Final = 96

_CLOCK_RATE: Final = 90_000
_CLOCK_RATES: Final = range(1_000, 1_000_001)
_STATIC: Final = {
    0: ("PCMU", 8_000),
    3: ("GSM", 8_000),
    8: ("PCMA", 8_000),
    9: ("G722", 8_000),
    14: ("MPA", _CLOCK_RATE),
    26: ("JPEG", _CLOCK_RATE),
    32: ("MPV", _CLOCK_RATE),
    33: ("MP2T", _CLOCK_RATE),
}
"""Payload types that need no rtpmap (RFC 3551, section 6)."""
_OTHER_NAMES: Final = {"HEVC": "H265"}
CODECS: Final = {"H264": Codec.H264, "H265": Codec.H265}
"""The codecs that the relay carries, by encoding."""
_SETS: Final = {
    "H264": ("sprop-parameter-sets",),
    "H265": ("sprop-vps", "sprop-sps", "sprop-pps"),
}
"""The parameters of fmtp that have parameter sets, by encoding."""
_BASE64_BLOCK: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A medium of a camera; `encoding` is in capitals, and empty where it is unknown."""

    media: str
    payload_type: int
    encoding: str
    clock_rate: int
    parameter_sets: ParameterSets
    control: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDescription:
    """What a camera has; `control` is what stands for all tracks together (RFC 2326, section C.1)."""

    control: str = field(repr=False)
    tracks: tuple[Track, ...]


def read_description(body: bytes) -> SessionDescription:
    """Read what can be read; MalformedDescriptionError where nothing of it is a session description."""
    session, media = read_sections(body.decode("latin-1"))
    tracks = (_track(section) for section in media[:_MOST_TRACKS])
    return SessionDescription(
        control=session.first("control"),
        tracks=tuple(track for track in tracks if track is not None),
    )


def _track(section: Section) -> Track | None:
    media, *fields = section.media.split() or [""]
    payload_type = _payload_type([*fields[2:3], *section.all("rtpmap")])
    if payload_type is None:
        return None
    parameters = _parameters(section, payload_type)
    encoding, clock_rate = _encoding(section, payload_type)
    if not encoding and payload_type >= _FIRST_DYNAMIC and media.lower() == "video":
        encoding = (
            "H265" if any(name in parameters for name in _SETS["H265"]) else "H264"
        )
    return Track(
        media=media.lower(),
        payload_type=payload_type,
        encoding=encoding,
        clock_rate=clock_rate if clock_rate in _CLOCK_RATES else _CLOCK_RATE,
        parameter_sets=_parameter_sets(encoding, parameters),
        control=section.first("control"),
    )


def _payload_type(texts: Sequence[str]) -> int | None:
    """Return the first payload type: of the medium's own line, else of an rtpmap."""
    for text in texts:
        number = _PAYLOAD_TYPE.match(text)
        if number and int(number[0]) <= _HIGHEST_PAYLOAD_TYPE:
            return int(number[0])
    return None


def _encoding(section: Section, payload_type: int) -> tuple[str, int]:
    for text in section.all("rtpmap"):
        described = _RTPMAP.match(text)
        if described and int(described[1]) == payload_type:
            name = described[2].upper()
            return _OTHER_NAMES.get(name, name), int(described[3] or _CLOCK_RATE)
    return _STATIC.get(payload_type, ("", _CLOCK_RATE))


def _parameters(section: Section, payload_type: int) -> dict[str, str]:
    """Return the parameters of fmtp by their names in lower case."""
    parameters: dict[str, str] = {}
    for text in section.all("fmtp"):
        described = _FMTP.match(text)
        if described and int(described[1]) == payload_type:
            for parameter in described[2].split(";"):
                name, _, value = parameter.partition("=")
                parameters.setdefault(name.strip().lower(), value.strip())
    return parameters


def _parameter_sets(encoding: str, parameters: dict[str, str]) -> ParameterSets:
    """Return the parameter sets; what is none is dropped, as cameras write anything there."""
    if encoding not in CODECS:
        return ()
    texts = ",".join(parameters.get(name, "") for name in _SETS[encoding])
    stream = b"".join(
        b"\x00\x00\x01" + _decoded(text) for text in texts.split(",")[:_MOST_SETS]
    )
    return parameter_sets(CODECS[encoding], split_start_codes(stream))


def _decoded(text: str) -> bytes:
    bare = text.strip().rstrip("=")
    padded = bare + "=" * (-len(bare) % _BASE64_BLOCK)
    try:
        return base64.b64decode(padded, validate=True)
    except binascii.Error, ValueError:
        return b""
