"""Saying who watches, why and what for, in the hub's name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .jose import sign
from .presence import Presence
from .wire import digest, new_id

VIEWER = "latchstring-viewer+jwt"
REQUEST = "latchstring-request+jwt"
LIFETIME = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """A person at the desk, and what they watch for."""

    officer: str = "Officer J. Doe"
    purpose: str = "burglary"
    case: str | None = "2026-118834"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgery:
    """What a dishonest hub replaces: claims (None drops one), header, key, members."""

    claims: Mapping[str, Any] = field(default_factory=dict)
    header: Mapping[str, Any] = field(default_factory=dict)
    typ: str | None = None
    key: Ed25519PrivateKey | None = None
    params: Mapping[str, Any] = field(default_factory=dict)


HONEST = Forgery()


def about_session(params: Mapping[str, Any]) -> dict[str, Any]:
    """Give the claims that repeat a `session.open`."""
    return {
        "camera": params["camera"],
        "session": params["session"],
        "ingest": params["ingest"]["url"],
        "ingest_token_sha256": digest(params["ingest"]["token"]),
    }


def about_request(params: Mapping[str, Any]) -> dict[str, Any]:
    """Give the claims that repeat a `request.open`."""
    return {name: params[name] for name in ("camera", "request", "minutes")}


def make_assertion(
    presence: Presence,
    home: str,
    viewer: Viewer,
    about: Mapping[str, Any],
    forgery: Forgery = HONEST,
) -> str:
    """Sign an assertion about a session or a request."""
    honest = {**_person(presence, home, viewer), **about}
    claims = {
        name: value
        for name, value in {**honest, **forgery.claims}.items()
        if value is not None
    }
    typ = forgery.typ or (VIEWER if "session" in about else REQUEST)
    key = forgery.key or presence.identity.assertion
    return sign(key, typ, claims, forgery.header)


def _person(presence: Presence, home: str, viewer: Viewer) -> dict[str, Any]:
    now = int(time.time())
    officer = presence.agency.officer(viewer.officer)
    return {
        "iss": presence.identity.hub_id,
        "aud": home,
        "iat": now,
        "exp": now + LIFETIME,
        "jti": new_id(),
        "sub": officer.sub,
        "name": officer.name,
        "agency": presence.agency.short_name,
        "purpose": viewer.purpose,
        "case": viewer.case,
    }
