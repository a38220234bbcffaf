"""Verification of a hub's assertions about viewers, and of its receipts.

An assertion is verified completely, in the order of protocol.md, before it is checked whether
the camera is listed or open. That its `jti` is new is for the record to say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from ..address import ingest_allowed
from ..errors import ErrorCode, ProtocolError
from ..messages import Mark, ReceiptMessage, RequestOpen, SessionOpen
from ..model import Asker, Hub, Viewer, Wish
from ..schema import (
    MalformedError,
    Parser,
    identifier,
    integer,
    members,
    moment,
    nullable,
    sha256_hex,
    string,
)
from ..text import is_name
from .jose import TokenType, read_token

LIFETIME_SECONDS: Final = 300
LEEWAY_SECONDS: Final = 30

_TEXTS: Final = {"sub": 64, "name": 80, "agency": 80, "case": 64}
"""The claims that are shown to people, with their maximum lengths."""

type _Claims = Mapping[str, Any]
type _Parsers = Mapping[str, Parser[Any]]

_SIGNED: Final[_Parsers] = {"iss": string, "aud": string, "iat": integer(0)}
_ASSERTED: Final[_Parsers] = {
    **_SIGNED,
    **dict.fromkeys(_TEXTS, string),
    "exp": integer(0),
    "jti": identifier,
    "purpose": string,
    "camera": string,
}
_VIEWER: Final[_Parsers] = {
    **_ASSERTED,
    "session": string,
    "ingest": string,
    "ingest_token_sha256": string,
}
_REQUEST: Final[_Parsers] = {**_ASSERTED, "request": string, "minutes": integer(0)}
_RECEIPT: Final[_Parsers] = {
    **_SIGNED,
    "session": string,
    "bytes": integer(0),
    "fragments": integer(0),
    "first_byte": nullable(moment),
    "last_byte": nullable(moment),
    "chain": sha256_hex,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """A named viewer's wish to watch one camera, as the hub signed it (`token`)."""

    token: str
    jti: str
    viewer: Viewer
    wish: Wish
    camera: str

    @property
    def asker(self) -> Asker:
        """Return the viewer and the wish, of somebody who does not watch yet."""
        return Asker(viewer=self.viewer, wish=self.wish)


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewerAssertion(Assertion):
    """An assertion to watch now, in this session, uploaded to this URL."""

    session: str
    ingest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestAssertion(Assertion):
    """An assertion to ask the owner for some minutes."""

    request: str
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HubReceipt:
    """The hub's receipt for what it received of one session."""

    token: str
    session: str
    received: int
    mark: Mark


def verify_viewer(
    token: str, *, hub: Hub, message: SessionOpen, at: datetime
) -> ViewerAssertion:
    """Return the verified assertion of a `session.open`, or raise ProtocolError."""
    asked = {
        "camera": message.camera,
        "session": message.session,
        "ingest": message.ingest.url,
        "ingest_token_sha256": sha256(message.ingest.token.encode()).hexdigest(),
    }
    claims = _read(token, TokenType.VIEWER, _VIEWER, hub)
    _check(claims, hub, asked, at)
    if not ingest_allowed(claims["ingest"], hub.ingest_origins):
        raise ProtocolError(ErrorCode.INGEST_NOT_PINNED)
    return ViewerAssertion(
        session=claims["session"], ingest=claims["ingest"], **_asserted(token, claims)
    )


def verify_request(
    token: str, *, hub: Hub, message: RequestOpen, at: datetime
) -> RequestAssertion:
    """Return the verified assertion of a `request.open`, or raise ProtocolError."""
    asked = {
        "camera": message.camera,
        "request": message.request,
        "minutes": message.minutes,
    }
    claims = _read(token, TokenType.REQUEST, _REQUEST, hub)
    _check(claims, hub, asked, at)
    return RequestAssertion(
        request=claims["request"], minutes=claims["minutes"], **_asserted(token, claims)
    )


def verify_receipt(token: str, *, hub: Hub, message: ReceiptMessage) -> HubReceipt:
    """Return the verified receipt for a session, or raise ProtocolError."""
    try:
        claims = _read(token, TokenType.RECEIPT, _RECEIPT, hub)
    except ProtocolError as error:
        raise ProtocolError(ErrorCode.RECEIPT_INVALID) from error
    if claims["session"] != message.session:
        raise ProtocolError(ErrorCode.RECEIPT_INVALID)
    return HubReceipt(
        token=token,
        session=claims["session"],
        received=claims["bytes"],
        mark=Mark(fragments=claims["fragments"], chain=bytes.fromhex(claims["chain"])),
    )


def _read(token: str, typ: TokenType, parsers: _Parsers, hub: Hub) -> _Claims:
    """Return the claims of a token of this hub for this home."""
    try:
        signed = read_token(token, typ=typ, key=hub.assertion_key)
        claims = members(parsers, optional=("case",))(signed)
    except MalformedError as error:
        raise ProtocolError(ErrorCode.ASSERTION_INVALID) from error
    if (claims["iss"], claims["aud"]) != (hub.hub_id, hub.home_id):
        raise ProtocolError(ErrorCode.ASSERTION_INVALID)
    return claims


def _check(claims: _Claims, hub: Hub, asked: _Claims, at: datetime) -> None:
    """Check the claims of a verified assertion, in the order of protocol.md."""
    for holds, code in (
        (_is_current(claims, at), ErrorCode.ASSERTION_EXPIRED),
        (asked.items() <= claims.items(), ErrorCode.ASSERTION_MISMATCH),
        (claims["purpose"] in hub.purposes, ErrorCode.PURPOSE_UNKNOWN),
        (_is_showable(claims), ErrorCode.TEXT_UNSAFE),
    ):
        if not holds:
            raise ProtocolError(code)


def _is_current(claims: _Claims, at: datetime) -> bool:
    issued: int = claims["iat"]
    expires: int = claims["exp"]
    now = at.timestamp()
    return (
        issued <= expires <= issued + LIFETIME_SECONDS
        and issued - LEEWAY_SECONDS <= now <= expires + LEEWAY_SECONDS
    )


def _is_showable(claims: _Claims) -> bool:
    return all(
        is_name(claims[name], most) for name, most in _TEXTS.items() if name in claims
    )


def _asserted(token: str, claims: _Claims) -> dict[str, Any]:
    return {
        "token": token,
        "jti": claims["jti"],
        "viewer": Viewer(
            viewer_id=claims["sub"], name=claims["name"], agency=claims["agency"]
        ),
        "wish": Wish(purpose=claims["purpose"], case=claims.get("case")),
        "camera": claims["camera"],
    }
