"""A camera's credentials (RFC 2617): Digest, or Basic from a simple client."""

import base64
import binascii
from dataclasses import dataclass
import hashlib
import hmac
import re
from typing import Final

from .message import Request

_REALM: Final = "camera"
_PARAMETER: Final = re.compile(r'(\w+)="?([^",]*)"?')


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Who may look."""

    user: str
    password: str

    def challenges(self, nonce: str) -> tuple[tuple[str, str], ...]:
        """The headers that go with a refusal."""
        return (
            (
                "WWW-Authenticate",
                f'Digest realm="{_REALM}", nonce="{nonce}", algorithm=MD5',
            ),
            ("WWW-Authenticate", f'Basic realm="{_REALM}"'),
        )

    def admit(self, request: Request, nonce: str) -> bool:
        """Whether `request` proves that its sender knows both."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        match scheme.lower():
            case "digest":
                return self._admits_digest(request, value, nonce)
            case "basic":
                return self._admits_basic(value)
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
        if (
            given.get("nonce") != nonce
            or given.get("uri") != request.url
            or given.get("username") != self.user
        ):
            return False
        secret, asked = (
            _md5(f"{self.user}:{_REALM}:{self.password}"),
            _md5(f"{request.method}:{request.url}"),
        )
        return hmac.compare_digest(
            given.get("response", "").encode(),
            _md5(f"{secret}:{nonce}:{asked}").encode(),
        )


def _md5(text: str) -> str:
    """MD5 is what the RFC and every camera use here."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
