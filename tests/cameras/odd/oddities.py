"""All that may be odd about a camera. The default of each is what is not odd."""

from collections.abc import Mapping
from dataclasses import dataclass, field
import math
from ssl import SSLContext
from typing import Final

from .film import Film

ITSELF: Final = "itself"
"""A redirect to where the client already is."""

NEVER: Final = math.inf
"""Seconds until an answer that does not come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddities:
    """What one camera does its own way. Whatever counts pictures counts those since the client's PLAY."""

    # where it is
    host: str = "127.0.0.1"
    path: str = "/live"
    tls: SSLContext | None = None

    # what it shows
    film: Film = field(default_factory=Film)
    pictures_per_second: float = 15.0
    begins_at: int = 0
    """The film's picture that its first client is shown first."""
    next_film: Film | None = None
    changes_film_after: int = 0
    keyframes_after: int = 0
    """Pictures until the first keyframe; before it the same other picture again and again."""

    # who may look: see tests.cameras.credentials
    login: tuple[str, ...] = ()
    has_quality: bool = False
    is_one_header: bool = False
    guards_options: bool = False
    is_nonce_spent_at_once: bool = False
    """Whether each nonce serves for one request."""
    user: str = "owner"
    password: str = "open-sesame"

    # how it answers
    wording: str = "usual"
    """A key of wording.WORDINGS."""
    has_session: bool = True
    plays_before_it_answers: bool = False
    channel_shift: int = 0
    """How far the channels that it uses are from those that it was asked for."""
    asks_every: int = 0
    """After each so many pictures it asks the client something itself."""

    # what it says of itself
    parameters: str = "full"
    """A key of description.PARAMETERS, for the line that describes the codec."""
    tracks: tuple[str, ...] = ("video",)
    """Of video, audio and metadata."""
    has_rtpmap: bool = True
    has_bare_line_feeds: bool = False
    control: str = "relative"
    """A key of description.CONTROLS."""
    base: str = "slash"
    """Its Content-Base: with a slash at its end, bare, or missing."""
    has_public: bool = True

    # its packets
    marks: str = "picture"
    """A key of packets.MARKS: which packets carry the marker."""
    sets: str = "inband"
    """Where its parameter sets are: inband, described (in the SDP alone), or first (with the first picture alone)."""
    has_delimiters: bool = False
    sends_information_apart: bool = False
    """A delimiter and an SEI with a marker of their own before each picture."""
    start_codes: str = "none"
    """In its payloads: none, each (before every unit) or joined (the units of a picture in one, with codes between)."""
    source_changes_after: int = 0
    sequence_jumps_after: int = 0
    largest_payload: int = 1_400
    is_aggregated: bool = False
    spread: float = 0.0
    """Seconds over which the packets of one picture are sent."""
    has_extension: bool = False
    has_padding: bool = False
    garbage_every: int = 0
    """After each so many pictures come bytes that are nothing."""

    # its clock
    first_timestamp: int = 1_000
    clock_jumps: tuple[tuple[int, float], ...] = ()
    """After so many pictures, so many seconds back or ahead."""
    clock_rate: float = 1.0
    clock_groups: int = 1
    """So many pictures in a row are stamped alike."""
    clock_repeats_every: int = 0
    """Each so many pictures, one is stamped like the one before."""
    clock_outlier_every: int = 0
    clock_outlier: float = 0.0

    # its session
    session_timeout: int = 0
    keep_alive: str = "any"
    """What it makes of GET_PARAMETER: any, unknown, refused, hangs up, or enforced (who says nothing is dropped)."""
    stalls_after: int = 0
    stalls_for: int = 0
    reports_while_stalled: bool = False
    ends_after: int = 0
    ends_by: str = "closing"
    """closing, reset or bye."""

    # what it refuses
    tcp_status: int = 200
    udp_status: int = 461
    """What it answers to a SETUP for each; 200 serves it."""
    udp_loses_every: int = 0
    udp_swaps_every: int = 0
    statuses: Mapping[str, int] = field(default_factory=dict)
    """Answers by method."""
    most_playing: int | None = None
    busy_status: int = 453
    """What it answers to DESCRIBE where so many play; 0 resets the connection."""
    lingers_for: float = 0.0
    """Seconds for which a client that has gone still counts."""
    delays: Mapping[str, float] = field(default_factory=dict)
    """Seconds before it answers, by method."""
    redirect: str = ""
    """A URL, or ITSELF."""

    @property
    def is_h265(self) -> bool:
        return self.film.codec == "h265"
