"""Our offer, and what a camera's answer says: session descriptions of WebRTC (RFC 8829)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
import re
import secrets
from typing import Final

from ...codec.nal import Codec
from ...errors import CODEC_UNSUPPORTED, NO_VIDEO, SourceUnusable
from ...sdp import MalformedDescriptionError, Section, read_sections
from ..receiver import VideoTrack

MOST_CANDIDATES: Final = 64
_MOST_FINGERPRINTS: Final = 8
_CLOCK_RATE: Final = 90_000
_PROFILES: Final = {102: "42e01f", 104: "4d001f", 106: "640032"}
"""The profiles of H.264 that are offered by their payload types: baseline, main and high (RFC 6184 section 8.1)."""
_SOUND: Final = 111
_PORT: Final = 1
"""Where the medium's own line has its port; 0 there refuses the medium."""

_RTPMAP: Final = re.compile(r"([0-9]{1,3})\s+([^\s/]+)/")
_ICE_TEXT: Final = re.compile(r"[A-Za-z0-9+/=_-]{4,256}")
"""The characters of RFC 8839 section 5.4, and those that cameras use besides."""
_SENDS: Final = frozenset({"sendonly", "sendrecv"})
_DIRECTIONS: Final = ("sendonly", "sendrecv", "recvonly", "inactive")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTransport:
    """Our end: what the offer says of ICE (RFC 8839) and DTLS (RFC 8842)."""

    username: str
    password: str = field(repr=False)
    candidates: Sequence[str] = field(repr=False)
    fingerprint: str
    """Of our certificate, as `a=fingerprint` has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraTransport:
    """The camera's end."""

    username: str
    password: str = field(repr=False)
    is_lite: bool
    candidates: Sequence[str] = field(repr=False)
    has_all_candidates: bool
    fingerprints: Sequence[str]
    """Of its certificate, as `a=fingerprint` has them."""
    is_client: bool
    """Whether the camera begins the handshake of DTLS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraDescription:
    """What the camera's answer says."""

    transport: CameraTransport
    video: VideoTrack
    takes_picture_loss: bool
    """Whether the camera can be asked for a keyframe."""
    takes_missing: bool
    """Whether it can be asked for lost packets."""
    takes_reduced_size: bool
    """Whether it takes feedback without a report in front of it (RFC 5506)."""


def offer_of(ours: LocalTransport, *, has_data_channel: bool) -> str:
    """Return our offer: to receive one H.264 video, and what cameras insist on besides.

    In the order that Nest wants: sound, video, data channel. Which cameras refuse an offer without sound cannot be
    known beforehand, so it is always offered; its packets are dropped unread.
    """
    media = [_sound(), _video(), *([_data_channel()] if has_data_channel else [])]
    groups = " ".join(str(number) for number in range(len(media)))
    lines = [
        "v=0",
        f"o=- {secrets.randbits(62)} 2 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        f"a=group:BUNDLE {groups}",
        "a=msid-semantic: WMS *",
    ]
    for number, (media_line, *attributes) in enumerate(media):
        lines += [media_line, *_transport(ours), f"a=mid:{number}", *attributes]
    return "".join(f"{line}\r\n" for line in lines)


def _transport(ours: LocalTransport) -> Iterator[str]:
    yield "c=IN IP4 0.0.0.0"
    yield f"a=ice-ufrag:{ours.username}"
    yield f"a=ice-pwd:{ours.password}"
    yield f"a=fingerprint:{ours.fingerprint}"
    yield "a=setup:actpass"
    yield from (f"a=candidate:{each}" for each in ours.candidates)
    yield "a=end-of-candidates"


def _sound() -> list[str]:
    return [
        f"m=audio 9 UDP/TLS/RTP/SAVPF {_SOUND}",
        "a=recvonly",
        "a=rtcp:9 IN IP4 0.0.0.0",
        "a=rtcp-mux",
        f"a=rtpmap:{_SOUND} opus/48000/2",
    ]


def _video() -> list[str]:
    payload_types = " ".join(map(str, _PROFILES))
    return [
        f"m=video 9 UDP/TLS/RTP/SAVPF {payload_types}",
        "a=recvonly",
        "a=rtcp:9 IN IP4 0.0.0.0",
        "a=rtcp-mux",
        "a=rtcp-rsize",
        *(line for number in _PROFILES for line in _h264(number)),
    ]


def _h264(payload_type: int) -> Iterator[str]:
    profile = _PROFILES[payload_type]
    yield f"a=rtpmap:{payload_type} H264/{_CLOCK_RATE}"
    for feedback in ("nack", "nack pli", "ccm fir", "goog-remb"):
        yield f"a=rtcp-fb:{payload_type} {feedback}"
    yield (
        f"a=fmtp:{payload_type} level-asymmetry-allowed=1;packetization-mode=1;"
        f"profile-level-id={profile}"
    )


def _data_channel() -> list[str]:
    return ["m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "a=sctp-port:5000"]


def read_answer(sdp: str) -> CameraDescription:
    """Read a camera's answer; raises SourceUnusable where it sends no H.264, and MalformedDescriptionError."""
    session, media = read_sections(sdp)
    video = next((each for each in media if _kind(each) == "video"), None)
    if video is None:
        raise SourceUnusable(NO_VIDEO)
    payload_types = _payload_types(video)
    if _is_refused(video) or not payload_types:
        raise SourceUnusable(CODEC_UNSUPPORTED)  # nothing but H.264 was offered
    if _direction(session, video) not in _SENDS:
        raise SourceUnusable(NO_VIDEO)
    feedback = _feedback(video)
    return CameraDescription(
        transport=_camera_transport(session, video, media),
        video=VideoTrack(
            codec=Codec.H264, payload_types=payload_types, clock_rate=_CLOCK_RATE
        ),
        takes_picture_loss="nack pli" in feedback,
        takes_missing="nack" in feedback,
        takes_reduced_size=video.has("rtcp-rsize"),
    )


def _kind(section: Section) -> str:
    return section.media.partition(" ")[0].lower()


def _is_refused(video: Section) -> bool:
    fields = video.media.split()
    return len(fields) <= _PORT or fields[_PORT] == "0"


def _payload_types(video: Section) -> frozenset[int]:
    """Return the payload types of H.264, by which everything else is told from the video."""
    named = filter(None, map(_RTPMAP.match, video.all("rtpmap")))
    return frozenset(int(each[1]) for each in named if each[2].upper() == "H264")


def _direction(session: Section, video: Section) -> str:
    for section in (video, session):
        for direction in _DIRECTIONS:
            if section.has(direction):
                return direction
    return "sendrecv"  # RFC 8866 section 6.7


def _feedback(video: Section) -> frozenset[str]:
    """Return the feedback that is taken, of whichever payload type (RFC 4585 section 4.2)."""
    return frozenset(
        " ".join(each.lower().split()[1:]) for each in video.all("rtcp-fb")
    )


def _camera_transport(
    session: Section, video: Section, media: Sequence[Section]
) -> CameraTransport:
    """Return the end that all media share: some cameras describe it once, for whichever medium."""
    described = (video, *(each for each in media if each is not video), session)
    return CameraTransport(
        username=_ice_text(described, "ice-ufrag"),
        password=_ice_text(described, "ice-pwd"),
        is_lite=session.has("ice-lite"),
        candidates=_distinct(described, "candidate")[:MOST_CANDIDATES],
        has_all_candidates=any(each.has("end-of-candidates") for each in described),
        fingerprints=_fingerprints(described),
        is_client=_first(described, "setup").lower() != "passive",
    )


def _first(sections: Iterable[Section], name: str) -> str:
    return next(filter(None, (section.first(name) for section in sections)), "")


def _ice_text(sections: Iterable[Section], name: str) -> str:
    text = _first(sections, name)
    if not _ICE_TEXT.fullmatch(text):
        raise MalformedDescriptionError(f"no {name} that can be used")
    return text


def _distinct(sections: Iterable[Section], name: str) -> list[str]:
    values = (value for section in sections for value in section.all(name))
    return list(dict.fromkeys(values))


def _fingerprints(sections: Iterable[Section]) -> list[str]:
    """Return those of the first section that has any: elsewhere another certificate may be meant (RFC 8122)."""
    values = next(
        (found for each in sections if (found := [*each.all("fingerprint")])), []
    )
    return values[:_MOST_FINGERPRINTS]
