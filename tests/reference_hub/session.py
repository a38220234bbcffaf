"""A session as the hub keeps it, and what a test may ask about it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .assertion import Viewer
from .upload import Moment, Upload
from .wire import rfc3339


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The home admitted the viewer, and proved that it wrote it down first."""

    session: str
    carried_by: str
    ends_by: str
    answered: Moment
    proof: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The home's code, or ours: `proof_wrong`, `gone`."""

    code: str
    after: float  # seconds from the question to the answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What arrived of an upload, up to now."""

    bytes: int
    fragments: int  # parts, init segments among them
    chain: str
    first_byte: Moment | None
    last_byte: Moment | None
    ended: Moment | None
    end: str | None
    capture: bytearray | None  # with `keep_media`; it goes on growing


NOTHING_SEEN = Seen(
    bytes=0,
    fragments=0,
    chain=bytes(32).hex(),
    first_byte=None,
    last_byte=None,
    ended=None,
    end=None,
    capture=None,
)


@dataclass(slots=True, kw_only=True)
class Session:
    """One viewer's look at one camera."""

    id: str
    home: str
    camera: str
    viewer: Viewer
    token: str
    opened: Opened | None = None
    refused: bool = False  # by the home, or by us for what it answered
    left: bool = False  # its viewer is done
    upload: Upload | None = None  # the one that carries it
    ended: dict[str, Any] | None = None  # the home's session.ended
    from_part: int = 0  # known for certain only when it has ended
    receipt: str | None = None
    picture: dict[str, Any] | None = None  # the session.picture that holds

    @property
    def is_over(self) -> bool:
        """Nothing more will arrive for it."""
        if self.upload is not None:
            return self.upload.end is not None
        return self.refused or self.ended is not None


def seen(upload: Upload | None) -> Seen:
    if upload is None:
        return NOTHING_SEEN
    return Seen(
        bytes=upload.bytes,
        fragments=upload.parts,
        chain=upload.chain(upload.parts).hex(),
        first_byte=upload.first_byte,
        last_byte=upload.last_byte,
        ended=upload.ended,
        end=upload.end,
        capture=upload.capture,
    )


def received(session: Session) -> dict[str, Any]:
    """The part of a receipt that says what came, for an ended session."""
    upload, ended = session.upload, session.ended
    if upload is None or ended is None or not upload.bytes:
        return _counted(0, 0, bytes(32), None, None)
    first = min(ended["from"]["fragments"], upload.parts)
    last = min(ended["to"]["fragments"], upload.parts)
    cut_short = upload.bytes - upload.length(upload.parts)
    counts_rest = upload.end is not None and last == upload.parts
    return _counted(
        upload.length(last) - upload.length(first) + cut_short * counts_rest,
        last,
        upload.chain(last),
        upload.arrived(first + 1) if last > first else None,
        upload.arrived(last) if last > first else None,
    )


def _counted(
    size: int, parts: int, chain: bytes, first: float | None, last: float | None
) -> dict[str, Any]:
    return {
        "bytes": size,
        "fragments": parts,
        "chain": chain.hex(),
        "first_byte": _time(first),
        "last_byte": _time(last),
    }


def _time(at: float | None) -> str | None:
    return None if at is None else rfc3339(datetime.fromtimestamp(at, UTC))
