"""Pairing: both sides sign one receipt over keys, addresses and the agreement."""

from collections.abc import Awaitable, Callable
import time
from typing import Any

from aiohttp import web

from . import shapes
from .jose import TokenWrong, public_key, sign, thumbprint, unverified, verify
from .presence import Presence, redirect_if_told
from .store import PairedHome, Store
from .waiting import Changes
from .wire import digest, parse_json

MAX_SKEW = 120

REQUEST = shapes.record(
    {"receipt": shapes.string(16_384)},
    optional={"code": shapes.is_id, "succession": shapes.string(4096)},
)
SUCCESSION = shapes.record(
    {
        "iss": shapes.is_id,
        "aud": shapes.is_id,
        "iat": shapes.COUNT,
        "receipt": shapes.is_hash,
        "log_origin": shapes.string(128),
        "size": shapes.COUNT,
        "root": lambda root: root is None or shapes.is_hash(root),
    }
)
URL = shapes.string(512)
RECEIPT = shapes.record(
    {
        "iss": shapes.is_id,
        "aud": shapes.is_id,
        "iat": shapes.COUNT,
        "version": shapes.string(8),
        "dial_in": shapes.JWK,
        "log": shapes.JWK,
        "log_origin": shapes.string(128),
        "assertion": shapes.is_id,
        "witness": shapes.is_id,
        "control_url": URL,
        "pairing_url": URL,
        "ingest_origins": shapes.listed(URL, 8),
        "agreement": shapes.is_hash,
    }
)


class Refused(Exception):
    """One of the document's codes."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


async def _nobody_is_there(_home: str) -> None:
    """Part with homes where none is connected."""


class Pairing:
    """Answers `POST <pairing_url>`."""

    def __init__(self, presence: Presence, store: Store, changes: Changes) -> None:
        self._presence = presence
        self._store = store
        self._changes = changes
        self.part_with: Callable[[str], Awaitable[None]] = _nobody_is_there

    async def pair(self, request: web.Request) -> web.Response:
        redirect_if_told(self._presence.conduct, "pairing")
        known = {home.home for home in self._store.homes()}
        try:
            answer = self._answer(await request.read())
        except Refused as refused:
            return web.json_response({"error": refused.code}, status=403)
        for former in known - {home.home for home in self._store.homes()}:
            await self.part_with(former)
        self._changes.happened()
        if self._presence.conduct.loses_pairing:
            raise web.HTTPBadGateway
        return web.json_response({"countersignature": answer})

    def _answer(self, body: bytes) -> str:
        if code := self._presence.conduct.refuses_pairing_with:
            raise Refused(code)
        message = _read(body)
        code, receipt = message.get("code"), message["receipt"]
        succession = message.get("succession")
        with self._store.at_once():
            if code is not None and succession is None:
                return self._use(code, receipt)
            if code is not None:
                raise Refused("receipt_invalid")
            if succession is not None:
                return self._succeed(succession, receipt)
            return self._accept_anew(receipt)

    def _use(self, code: str, receipt: str) -> str:
        invitation = self._store.invitation(code)
        if invitation is None:
            raise Refused("invitation_unknown")
        if invitation.answer is not None and invitation.receipt == receipt:
            return invitation.answer  # the first answer was lost on its way
        if invitation.answer is not None:
            raise Refused("invitation_used")
        claims = self._checked(receipt)
        known = self._store.home(claims["iss"])
        if known is not None and unverified(known.receipt)["log"] != claims["log"]:
            raise Refused("receipt_invalid")
        answer = self._countersign(claims["iss"], receipt)
        self._store.use_invitation(code, receipt, answer)
        self._keep(claims["iss"], invitation.note, receipt, answer)
        return answer

    def _accept_anew(self, receipt: str) -> str:
        """A paired home accepts a changed agreement, with the keys it has."""
        for home in self._store.homes():
            if home.receipt == receipt:
                return home.answer  # the first answer was lost on its way
        claims = self._checked(receipt)
        known = self._store.home(claims["iss"])
        if known is None:
            raise Refused("home_unknown")
        if unverified(known.receipt)["log"] != claims["log"]:
            raise Refused("receipt_invalid")
        answer = self._countersign(claims["iss"], receipt)
        self._keep(claims["iss"], known.note, receipt, answer)
        return answer

    def _succeed(self, succession: str, receipt: str) -> str:
        """A paired home goes on under other keys; a second time, it is known by them."""
        if self._store.home(_claimed_by(receipt)) is not None:
            return self._accept_anew(receipt)
        claims = self._checked(receipt)
        old = self._predecessor(succession, receipt)
        if unverified(old.receipt)["log"] == claims["log"]:
            raise Refused("receipt_invalid")
        answer = self._countersign(claims["iss"], receipt)
        new = PairedHome(
            home=claims["iss"], note=old.note, receipt=receipt, answer=answer
        )
        self._store.succeed(old, new, succession)
        return answer

    def _predecessor(self, succession: str, receipt: str) -> PairedHome:
        try:
            old = self._store.home(str(unverified(succession).get("iss")))
            if old is None:
                raise Refused("home_unknown")
            paired = unverified(old.receipt)
            claims = verify(
                succession,
                public_key(paired["dial_in"]),
                "latchstring-succession+jwt",
            )
        except TokenWrong as error:
            raise Refused("receipt_invalid") from error
        right = (
            SUCCESSION(claims)
            and claims["aud"] == self._presence.identity.hub_id
            and claims["receipt"] == digest(receipt)
            and claims["log_origin"] == paired["log_origin"]
        )
        if not right:
            raise Refused("receipt_invalid")
        if abs(claims["iat"] - time.time()) > MAX_SKEW:
            raise Refused("clock_skew")
        return old

    def _keep(self, home: str, note: str, receipt: str, answer: str) -> None:
        self._store.keep_home(
            PairedHome(home=home, note=note, receipt=receipt, answer=answer)
        )

    def _checked(self, receipt: str) -> dict[str, Any]:
        try:
            claims = _verified(receipt)
        except TokenWrong as error:
            raise Refused("receipt_invalid") from error
        if claims["aud"] in self._presence.former:
            raise Refused("agreement_changed")
        named = (claims["aud"], claims["version"])
        if named != (self._presence.identity.hub_id, "1"):
            raise Refused("receipt_invalid")
        if abs(claims["iat"] - time.time()) > MAX_SKEW:
            raise Refused("clock_skew")
        agreement = self._presence.agency.agreement.sha256
        pins = {**self._presence.pins, "agreement": agreement}
        if any(claims[name] != value for name, value in pins.items()):
            raise Refused("agreement_changed")
        return claims

    def _countersign(self, home: str, receipt: str) -> str:
        conduct = self._presence.conduct
        identity = self._presence.identity
        other = "another receipt" if conduct.countersigns_other_receipt else receipt
        return sign(
            conduct.countersigns_with or identity.assertion,
            "latchstring-countersignature+jwt",
            {
                "iss": identity.hub_id,
                "aud": home,
                "iat": int(time.time()),
                "receipt": digest(other),
            },
        )


def _read(body: bytes) -> dict[str, Any]:
    try:
        message = parse_json(body)
    except ValueError as error:
        raise Refused("receipt_invalid") from error
    if not REQUEST(message):
        raise Refused("receipt_invalid")
    return dict(message)


def _claimed_by(receipt: str) -> str:
    try:
        return str(unverified(receipt).get("iss"))
    except TokenWrong as error:
        raise Refused("receipt_invalid") from error


def _verified(receipt: str) -> dict[str, Any]:
    """Verify a receipt by the key inside it, and that its names fit its keys."""
    dial_in = public_key(unverified(receipt).get("dial_in", {}))
    claims = verify(receipt, dial_in, "latchstring-pairing+jwt")
    if not RECEIPT(claims) or claims["iss"] != thumbprint(dial_in):
        raise TokenWrong
    if claims["log_origin"] != f"latchstring/{thumbprint(public_key(claims['log']))}":
        raise TokenWrong
    return claims
