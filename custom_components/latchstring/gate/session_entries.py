"""The record entries of a session, and the messages about them."""

from typing import TYPE_CHECKING

from ..core import entries
from ..core.messages import Mark, Proof, SessionEndedMessage

if TYPE_CHECKING:
    from datetime import datetime

    from ..core.messages import SessionOpen
    from ..core.model import Hub
    from ..record import EntryProof
    from ..relay import Progress
    from .events import HowEnded
    from .values import Session


def session_started(
    session: Session, message: SessionOpen, *, hub: Hub
) -> entries.SessionStarted:
    """Return the entry of a session's start, for the hub's log."""
    return entries.SessionStarted(
        session=session.session_id,
        camera=message.camera,
        assertion=message.assertion,
        agreement=hub.agreement,
        carried_by=session.carried_by,
    )


def session_allowed(session: Session, *, hub: Hub) -> entries.SessionAllowed:
    """Return the entry of what opened the camera for a session, for the household's log."""
    return entries.SessionAllowed(
        hub=hub.log,
        session=session.session_id,
        reason=session.reason,
        until=session.until,
    )


def session_ended(session: Session, progress: Progress) -> entries.SessionEnded:
    """Return the entry of a session's end, whose upload has come this far, for the hub's log."""
    return entries.SessionEnded(
        session=session.session_id,
        bytes=progress.bytes - session.joined.bytes,
        from_=_mark(session.joined),
        to=_mark(progress),
    )


def session_cut(
    session_id: str, how: HowEnded, *, hub: Hub, no_picture: str | None = None
) -> entries.SessionCut:
    """Return the entry of how a session ended, for the household's log: no hub is told."""
    return entries.SessionCut(
        hub=hub.log, session=session_id, how=how, no_picture=no_picture
    )


def end_message(
    ended: entries.SessionEnded, *, at: datetime, proof: Proof | None
) -> SessionEndedMessage:
    """Return the message of a session's end, with the proof that it is recorded, if it is."""
    return SessionEndedMessage(
        session=ended.session,
        at=at,
        sent=ended.bytes,
        start=ended.from_,
        end=ended.to,
        proof=proof,
    )


def proof_message(proven: EntryProof) -> Proof:
    """Return the record's proof of an entry as a message."""
    return Proof(
        origin=proven.origin,
        index=proven.index,
        content=proven.content,
        salt=proven.salt,
        checkpoint=proven.checkpoint,
        inclusion=proven.inclusion,
    )


def _mark(progress: Progress) -> Mark:
    return Mark(fragments=progress.fragments, chain=progress.chain)
