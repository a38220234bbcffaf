"""Whether what a house has recorded of its sessions is what the hub has counted.

The rule, for each session of the record, with the parts of the upload that carried it:

- It has one end. Its parts go from `from` to `to`; those of all sessions of an upload begin with the upload.
- Where the hub has as many parts as `from` or `to` says, or more, its chain there is the recorded one.
- Where it has all parts up to `to`, it counted as many bytes as were recorded: no more, no less.
- Where the connection was cut, the hub may lack the last parts: then it has no more bytes than were recorded.
- The hub has no part of an upload that is in none of the upload's sessions.
- A receipt that was recorded is the one that the hub has signed, and says the same.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, Self

from ..record_file import Written

KINDS: Final = ("session_started", "session_ended", "receipt")
"""The kinds of entries of which a session has one at most."""


class Counted(Protocol):
    """What a hub has counted of an upload."""

    @property
    def parts(self) -> int: ...
    def chain(self, part: int) -> bytes: ...
    def length(self, part: int) -> int: ...
    @property
    def bytes(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A place in an upload."""

    parts: int
    chain: str

    @classmethod
    def of(cls, mark: Mapping[str, Any]) -> Self:
        return cls(parts=mark["fragments"], chain=mark["chain"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What a house has recorded of a session."""

    session: str
    carried_by: str
    begin: Mark
    end: Mark
    bytes: int
    receipt: str | None = None


class NotOneEnd(Exception):
    """A session that has no end, or several."""


def recorded(entries: Iterable[Written]) -> Iterator[Recorded]:
    """Give the sessions of a record; raises NotOneEnd."""
    by_kind: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for entry in entries:
        if entry.kind not in KINDS:
            continue
        session = entry.content["session"]
        if session in by_kind[entry.kind]:
            raise NotOneEnd(f"{session} has two entries of {entry.kind}")
        by_kind[entry.kind][session] = entry.content
    for session, started in by_kind["session_started"].items():
        ended = by_kind["session_ended"].get(session)
        if ended is None:
            raise NotOneEnd(f"{session} has not ended")
        yield Recorded(
            session=session,
            carried_by=started["carried_by"],
            begin=Mark.of(ended["from"]),
            end=Mark.of(ended["to"]),
            bytes=ended["bytes"],
            receipt=by_kind["receipt"].get(session, {}).get("receipt"),
        )


def missing(session: Recorded, upload: Counted) -> int:
    """Return how many of the recorded bytes the hub lacks; less than none: it has more."""
    last = min(session.end.parts, upload.parts)
    if last < session.begin.parts:
        return session.bytes
    has = upload.length(last) if last == session.end.parts else upload.bytes
    return session.bytes - (has - upload.length(session.begin.parts))


def differences(session: Recorded, upload: Counted) -> Iterator[str]:
    """Say what is not as it must be."""
    for mark in (session.begin, session.end):
        if mark.parts <= upload.parts and upload.chain(mark.parts).hex() != mark.chain:
            yield f"{session.session}: another chain at part {mark.parts}"
    lacks = missing(session, upload)
    if lacks < 0:
        yield f"{session.session}: {-lacks} bytes more than recorded"
    if lacks > 0 and upload.parts >= session.end.parts:
        yield f"{session.session}: {lacks} bytes less than recorded, in as many parts"


def unrecorded(sessions: Iterable[Recorded], upload: Counted) -> Iterator[str]:
    """Say what an upload has before, between or after all of its sessions."""
    reached = 0
    for each in sorted(sessions, key=lambda each: each.begin.parts):
        if each.begin.parts > reached and upload.parts > reached:
            yield f"{each.carried_by}: parts {reached} to {each.begin.parts} are in no session"
        reached = max(reached, each.end.parts)
    if upload.parts > reached:
        yield f"{upload.parts - reached} parts more than in any of the sessions"
    elif upload.parts == reached and upload.bytes != upload.length(upload.parts):
        yield f"bytes behind part {reached}, with which all sessions end"


def receipt_differences(session: Recorded, claims: Mapping[str, Any]) -> Iterator[str]:
    """Say where a receipt is not of the session that was recorded."""
    if claims["session"] != session.session:
        yield f"{session.session}: a receipt of another session"
    is_whole = claims["fragments"] == session.end.parts
    if is_whole and claims["chain"] != session.end.chain:
        yield f"{session.session}: the receipt has another chain"
    if claims["bytes"] > session.bytes or (
        is_whole and claims["bytes"] < session.bytes
    ):
        yield f"{session.session}: the receipt says {claims['bytes']} bytes, the record {session.bytes}"
