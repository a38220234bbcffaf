"""The kinds of odd cameras, and what has to come of each: its picture, or the reason why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Final

from custom_components.latchstring.relay.sources.address import Transport
from tests.cameras.odd import ITSELF, NEVER, Film, Oddities

WHOLE: Final = "whole"
"""Every picture, each decoded to its own number."""

GAPS: Final = "gaps"
"""All that came decodes, but not all that the camera had came."""

FROZEN: Final = "frozen"
"""Whole, but not shown at the pace at which the camera showed it."""

TORN: Final = "torn"
"""Something came that does not decode."""

SLICED: Final = Film(slices=4)
REORDERED: Final = Film(b_frames=2, keyframe_every=30)
H265: Final = Film(codec="h265", pictures=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One camera; what is told of it, in this order; and for how many pictures it is watched."""

    oddities: Oddities = field(default_factory=Oddities)
    told: tuple[str, ...] = (WHOLE,)
    pictures: int = 20
    verifies_certificate: bool = False
    transport: Transport | None = None
    password: str | None = None
    """Given in place of the camera's own."""


LOGINS: Final[Mapping[str, Case]] = {
    **{
        name: Case(oddities=oddities)
        for name, oddities in {
            "basic": Oddities(login=("Basic",), password="x y@#%/:?&+é"),
            "md5": Oddities(login=("MD5",), password="x y@#%/:?&+é"),
            "md5 with qop": Oddities(login=("MD5",), has_quality=True),
            "md5-sess": Oddities(login=("MD5-sess",), has_quality=True),
            "sha-256": Oddities(login=("SHA-256",)),
            "sha-256 with qop": Oddities(login=("SHA-256",), has_quality=True),
            "md5, then sha-256": Oddities(login=("MD5", "SHA-256")),
            "sha-256, then md5": Oddities(login=("SHA-256", "MD5")),
            "basic, then sha-256": Oddities(login=("Basic", "SHA-256")),
            "all in one header": Oddities(
                login=("Basic", "MD5", "SHA-256"), is_one_header=True
            ),
            "for OPTIONS too": Oddities(login=("MD5",), guards_options=True),
            "a nonce for each request": Oddities(
                login=("MD5",), is_nonce_spent_at_once=True
            ),
            "one of two is known": Oddities(login=("SHA-512-256", "MD5")),
        }.items()
    },
    "none that is known": Case(
        oddities=Oddities(login=("SHA-512-256",)), told=("login_unsupported",)
    ),
    "a wrong password": Case(
        oddities=Oddities(login=("MD5",)), told=("unauthorized",), password="guessed"
    ),
}

ANSWERS: Final[Mapping[str, Case]] = {
    **{
        f"worded {wording}": Case(oddities=Oddities(wording=wording))
        for wording in (
            *("small", "spaced", "without CSeq", "without a reason"),
            "bare line feeds",
        )
    },
    "no OPTIONS": Case(oddities=Oddities(statuses={"OPTIONS": 501})),
    "no session": Case(oddities=Oddities(has_session=False)),
    "pictures before the answer": Case(oddities=Oddities(plays_before_it_answers=True)),
    "other channels": Case(oddities=Oddities(channel_shift=4)),
    "questions of its own": Case(oddities=Oddities(asks_every=3)),
    "another source": Case(oddities=Oddities(source_changes_after=15)),
    "a jump of its count": Case(oddities=Oddities(sequence_jumps_after=15)),
}

DESCRIPTIONS: Final[Mapping[str, Case]] = {
    "no sets": Case(oddities=Oddities(parameters="none")),
    "no sets, joined in mid-group": Case(
        oddities=Oddities(parameters="none", begins_at=7)
    ),
    "the SPS alone": Case(oddities=Oddities(parameters="sps")),
    "empty sets": Case(oddities=Oddities(parameters="empty")),
    "sets that are none": Case(oddities=Oddities(parameters="garbage")),
    "a wrong SPS": Case(oddities=Oddities(parameters="wrong")),
    "sets nowhere else": Case(oddities=Oddities(sets="described")),
    "sets with the first picture": Case(oddities=Oddities(sets="first")),
    "no rtpmap": Case(oddities=Oddities(has_rtpmap=False)),
    "bare line feeds": Case(oddities=Oddities(has_bare_line_feeds=True)),
    "sound first": Case(oddities=Oddities(tracks=("audio", "video"))),
    "metadata first": Case(oddities=Oddities(tracks=("metadata", "video", "audio"))),
    "two pictures": Case(oddities=Oddities(tracks=("video", "video"))),
    "no picture": Case(oddities=Oddities(tracks=("audio",)), told=("no_video",)),
    "no methods": Case(oddities=Oddities(has_public=False)),
    **{
        f"control {control}, base {base}": Case(
            oddities=Oddities(control=control, base=base, path="/live?channel=1")
        )
        for control in ("relative", "absolute", "path", "elsewhere", "query", "all")
        for base in ("slash", "bare", "missing")
    },
}

PACKETS: Final[Mapping[str, Case]] = {
    "plain": Case(),
    "no marker": Case(oddities=Oddities(marks="never")),
    "every slice marked": Case(oddities=Oddities(marks="slices", film=SLICED)),
    "all units marked": Case(oddities=Oddities(marks="all", film=SLICED)),
    "slices without a marker": Case(oddities=Oddities(marks="never", film=SLICED)),
    "sets marked": Case(oddities=Oddities(marks="sets")),
    "the SPS marked": Case(oddities=Oddities(marks="sps")),
    "information marked": Case(oddities=Oddities(marks="information")),
    "information apart": Case(
        oddities=Oddities(sends_information_apart=True, marks="information")
    ),
    "delimiters": Case(oddities=Oddities(has_delimiters=True)),
    "start codes": Case(oddities=Oddities(start_codes="each")),
    "sets and picture in one": Case(
        oddities=Oddities(start_codes="joined", marks="sps")
    ),
    "aggregated": Case(oddities=Oddities(is_aggregated=True)),
    "extensions": Case(oddities=Oddities(has_extension=True)),
    "padding": Case(oddities=Oddities(has_padding=True)),
    "large ones": Case(oddities=Oddities(largest_payload=60_000)),
    "small ones": Case(oddities=Oddities(largest_payload=100)),
    "garbage between": Case(oddities=Oddities(garbage_every=3)),
    "B-frames": Case(oddities=Oddities(film=REORDERED), pictures=45),
    "B-frames, in mid-group": Case(
        oddities=Oddities(film=REORDERED, begins_at=7), pictures=45
    ),
    "H.265": Case(oddities=Oddities(film=H265, parameters="h265")),
    "H.265 without sets": Case(
        oddities=Oddities(film=H265, parameters="h265-none", begins_at=4)
    ),
    "H.265 with delimiters": Case(
        oddities=Oddities(
            film=H265,
            parameters="h265",
            has_delimiters=True,
            sends_information_apart=True,
        )
    ),
    "H.265 aggregated": Case(
        oddities=Oddities(film=H265, parameters="h265", is_aggregated=True)
    ),
    "H.265 of 10 bit": Case(
        oddities=Oddities(
            film=Film(
                codec="h265", width=1280, height=720, pictures=15, is_ten_bit=True
            ),
            parameters="h265",
        )
    ),
    "4K": Case(
        oddities=Oddities(
            film=Film(width=3840, height=2160, pictures=15), largest_payload=60_000
        )
    ),
    "another size": Case(
        oddities=Oddities(
            next_film=Film(width=640, height=360, pictures=60), changes_film_after=10
        ),
        told=(GAPS,),
    ),
}

CLOCKS: Final[Mapping[str, Case]] = {
    name: Case(oddities=oddities, pictures=45)
    for name, oddities in {
        "wraps": Oddities(first_timestamp=2**32 - 90_000),
        **{
            f"jumps by {seconds} s": Oddities(clock_jumps=((15, seconds),))
            for seconds in (5, 9, 60, -2, -5, -9, -60)
        },
        "hours behind now and then": Oddities(
            clock_outlier_every=15, clock_outlier=-9_800.0
        ),
        "hours ahead now and then": Oddities(
            clock_outlier_every=15, clock_outlier=20_000.0
        ),
        "stamps twice": Oddities(clock_repeats_every=2),
        "stamps two alike": Oddities(clock_groups=2),
        "stamps four alike": Oddities(clock_groups=4),
        "fast": Oddities(clock_rate=1.25),
        "slow": Oddities(clock_rate=0.8),
        "stands still": Oddities(clock_rate=0.0),
    }.items()
}

SESSIONS: Final[Mapping[str, Case]] = {
    "a short timeout": Case(
        oddities=Oddities(session_timeout=4, keep_alive="enforced"), pictures=90
    ),
    "no GET_PARAMETER": Case(
        oddities=Oddities(session_timeout=4, keep_alive="unknown"), pictures=90
    ),
    "GET_PARAMETER refused": Case(
        oddities=Oddities(session_timeout=4, keep_alive="refused"), pictures=90
    ),
    "a pause": Case(
        oddities=Oddities(stalls_after=15, stalls_for=30), told=(GAPS,), pictures=30
    ),
    "a stall": Case(
        oddities=Oddities(stalls_after=40, stalls_for=10**6),
        told=("unreachable", GAPS),
        pictures=50,
    ),
    "a stall with reports": Case(
        oddities=Oddities(
            stalls_after=40, stalls_for=10**6, reports_while_stalled=True
        ),
        told=("unreachable", GAPS),
        pictures=50,
    ),
    "closed": Case(
        oddities=Oddities(ends_after=30), told=("unreachable", GAPS), pictures=40
    ),
    "reset": Case(
        oddities=Oddities(ends_after=30, ends_by="reset"),
        told=("unreachable", GAPS),
        pictures=40,
    ),
    "goodbye": Case(
        oddities=Oddities(ends_after=30, ends_by="bye"),
        told=("unreachable", GAPS),
        pictures=40,
    ),
    "one client, lingering": Case(oddities=Oddities(most_playing=1, lingers_for=2.0)),
}

TRANSPORTS: Final[Mapping[str, Case]] = {
    **{
        f"{status} to TCP": Case(
            oddities=Oddities(tcp_status=status), told=("transport_refused",)
        )
        for status in (461, 406, 400)
    },
    **{
        f"{status} to TCP, but UDP": Case(
            oddities=Oddities(tcp_status=status, udp_status=200)
        )
        for status in (461, 406, 400)
    },
    "both, and UDP is wanted": Case(
        oddities=Oddities(udp_status=200), transport=Transport.UDP
    ),
    "TCP alone, and UDP is wanted": Case(transport=Transport.UDP),
    "UDP out of order": Case(
        oddities=Oddities(
            tcp_status=461, udp_status=200, udp_swaps_every=5, largest_payload=300
        )
    ),
    "UDP with loss": Case(
        oddities=Oddities(
            tcp_status=461,
            udp_status=200,
            udp_loses_every=11,
            film=Film(keyframe_every=1),
        ),
        told=(GAPS,),
    ),
}

REASONS: Final[Mapping[str, Case]] = {
    "busy": Case(oddities=Oddities(most_playing=0), told=("busy",)),
    "busy, 503": Case(
        oddities=Oddities(most_playing=0, busy_status=503), told=("busy",)
    ),
    "busy, reset": Case(
        oddities=Oddities(most_playing=0, busy_status=0), told=("unreachable",)
    ),
    "404": Case(oddities=Oddities(statuses={"DESCRIBE": 404}), told=("address_wrong",)),
    "403": Case(oddities=Oddities(statuses={"DESCRIBE": 403}), told=("refused",)),
    "454": Case(oddities=Oddities(statuses={"DESCRIBE": 454}), told=("refused",)),
    "to itself": Case(oddities=Oddities(redirect=ITSELF), told=("redirected",)),
    "never answers": Case(
        oddities=Oddities(delays={"DESCRIBE": NEVER}), told=("slow",)
    ),
    "answers late": Case(
        oddities=Oddities(delays={"DESCRIBE": 6.0}), told=("slow", WHOLE)
    ),
    "plays late": Case(oddities=Oddities(delays={"PLAY": 3.0})),
    "no keyframe for long": Case(
        oddities=Oddities(begins_at=1, keyframes_after=90, sets="described"),
        told=("keyframes_rare", WHOLE),
    ),
    "no keyframe that is whole": Case(
        oddities=Oddities(film=Film(entry="open", b_frames=2), begins_at=7),
        told=("no_full_picture",),
    ),
    "refreshed by columns": Case(
        oddities=Oddities(film=Film(entry="refresh"), begins_at=7),
        told=("no_full_picture",),
    ),
}


def certificates(unknown: SSLContext) -> Mapping[str, Case]:
    """Cameras with a certificate that nobody knows."""
    return {
        "not verified": Case(oddities=Oddities(tls=unknown)),
        "verified": Case(
            oddities=Oddities(tls=unknown),
            told=("certificate_invalid",),
            verifies_certificate=True,
        ),
    }
