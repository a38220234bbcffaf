"""A camera's credentials (RFC 2617, RFC 7616): Digest of any kind, or Basic from a simple client."""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
import hashlib
import hmac
import re
from typing import Final

from .message import Request

BASIC: Final = "Basic"
MD5: Final = "MD5"
SHA_256: Final = "SHA-256"

_REALM: Final = "camera"
_PARAMETER: Final = re.compile(r'(\w+)="?([^",]*)"?')
_SESSION: Final = "-sess"


def _md5(text: str) -> str:
    """MD5 is what the RFC and every camera use here."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _sha_256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


_HASHES: Final[Mapping[str, Callable[[str], str]]] = {MD5: _md5, SHA_256: _sha_256}


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Who may look, and how that is asked for: `offers` in this order.

    An offer is Basic, an algorithm of Digest, also with -sess, or whatever no client knows.
    """

    user: str
    password: str
    offers: tuple[str, ...] = (MD5, BASIC)
    has_quality: bool = False
    """Whether a client has to count what it asks (qop=auth)."""
    is_one_header: bool = False

    def challenges(
        self, nonce: str, *, is_stale: bool = False
    ) -> tuple[tuple[str, str], ...]:
        """The headers that go with a refusal; `is_stale` where only the nonce was too old."""
        offers = [self._challenge(offer, nonce) for offer in self.offers]
        if is_stale:
            offers = [f"{offer}, stale=true" for offer in offers]
        if self.is_one_header:
            offers = [", ".join(offers)]
        return tuple(("WWW-Authenticate", offer) for offer in offers)

    def _challenge(self, offer: str, nonce: str) -> str:
        if offer == BASIC:
            return f'Basic realm="{_REALM}"'
        quality = ', qop="auth"' if self.has_quality else ""
        return f'Digest realm="{_REALM}", nonce="{nonce}", algorithm={offer}{quality}'

    def admit(self, request: Request, nonce: str) -> bool:
        """Whether `request` proves that its sender knows both."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        match scheme.lower():
            case "digest":
                return self._admits_digest(request, value, nonce)
            case "basic":
                return BASIC in self.offers and self._admits_basic(value)
            case _:
                return False

    def _admits_basic(self, value: str) -> bool:
        try:
            given = base64.b64decode(value, validate=True)
        except binascii.Error, ValueError:
            return False
        return hmac.compare_digest(given, f"{self.user}:{self.password}".encode())

    def _admits_digest(self, request: Request, value: str, nonce: str) -> bool:
        given = dict(_PARAMETER.findall(value))
        algorithm = given.get("algorithm", MD5)
        if (
            given.get("nonce") != nonce
            or given.get("uri") != request.url
            or given.get("username") != self.user
            or algorithm not in self.offers
            or algorithm.removesuffix(_SESSION) not in _HASHES
            or self.has_quality != ("qop" in given)
        ):
            return False
        return hmac.compare_digest(
            given.get("response", "").encode(),
            self._proof(request, algorithm, given).encode(),
        )

    def _proof(self, request: Request, algorithm: str, given: Mapping[str, str]) -> str:
        """What only somebody who knows both can say."""
        hashed = _HASHES[algorithm.removesuffix(_SESSION)]
        nonce, client = given["nonce"], given.get("cnonce", "")
        secret = hashed(f"{self.user}:{_REALM}:{self.password}")
        if algorithm.endswith(_SESSION):
            secret = hashed(f"{secret}:{nonce}:{client}")
        parts = [secret, nonce]
        if self.has_quality:
            parts += [given.get("nc", ""), client, given["qop"]]
        return hashed(":".join((*parts, hashed(f"{request.method}:{request.url}"))))
