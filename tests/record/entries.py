"""Entries and logs to try the record with."""

from base64 import urlsafe_b64encode
from hashlib import sha256
import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from custom_components.latchstring.core.entries import (
    Actor,
    ActorKind,
    Requested,
    SessionAllowed,
    SessionEnded,
    SessionStarted,
    SwitchTurned,
    Unpaired,
)
from custom_components.latchstring.core.messages import Mark
from custom_components.latchstring.record import LogIdentity

HUB = "hub-entry-1"
OTHER_HUB = "hub-entry-2"
NAME, AGENCY, CASE = "Officer Marigold", "Hollyhock PD", "case-larkspur"
ANNA = Actor(kind=ActorKind.USER, user_id="u1", name="Anna")


def identity(log: str, *, epoch: int = 0, seed: str = "") -> LogIdentity:
    """The same epoch of a log has the same key each time."""
    name = f"{log}{epoch or ''}{seed}"
    key = Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())
    return LogIdentity(log=log, epoch=epoch, origin=f"latchstring/{name}", key=key)


def token(claims: dict[str, str]) -> str:
    payload = urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=")
    return f"header.{payload.decode()}.signature"


def assertion(jti: str) -> str:
    return token({"jti": jti})


def started(
    session: str, *, jti: str | None = None, camera: str = "cam-1"
) -> SessionStarted:
    return SessionStarted(
        session=session,
        camera=camera,
        assertion=assertion(jti or f"jti-of-{session}"),
        agreement="8d1c",
        carried_by=session,
    )


def watched(session: str, *, name: str = NAME) -> SessionStarted:
    """A session whose assertion and camera tell something."""
    claims = {"jti": f"j-{session}", "name": name, "agency": AGENCY, "case": CASE}
    return SessionStarted(
        session=session,
        camera="peony-cam",
        assertion=token(claims),
        agreement="8d1c",
        carried_by=session,
    )


def ended(session: str, *, sent: int = 0, fragments: int = 0) -> SessionEnded:
    return SessionEnded(
        session=session,
        bytes=sent,
        from_=Mark(fragments=0, chain=bytes(32)),
        to=Mark(fragments=fragments, chain=bytes([fragments % 256]) * 32),
    )


def allowed(hub: str, session: str) -> SessionAllowed:
    return SessionAllowed(hub=hub, session=session, reason="always")


def requested(request: str, *, jti: str) -> Requested:
    return Requested(
        request=request, camera="cam-1", minutes=15, assertion=assertion(jti)
    )


def turned(*, on: bool) -> SwitchTurned:
    return SwitchTurned(switch="sharing", on=on, actor=ANNA, hub=HUB, camera="cam-1")


def plain(text: str) -> Unpaired:
    return Unpaired(hub_id=text)
