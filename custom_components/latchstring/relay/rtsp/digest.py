"""Logins at a camera: Digest (RFC 2617, RFC 7616) and Basic (RFC 7617), as RTSP has them (RFC 7826, section 19).

Texts of the camera are Latin-1, as `message.py` reads them, and hashed as the bytes they were; user and password are
UTF-8.
"""

from abc import ABC, abstractmethod
import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
import hashlib
from itertools import islice
import re
import secrets
from typing import Final, override


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _md5(data: bytes) -> str:
    """Return the hash that most cameras ask for."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


_HASHES: Final[Mapping[str, Callable[[bytes], str]]] = {
    "SHA-256": _sha256,
    "MD5": _md5,
}
"""The algorithms of Digest, the preferred one first."""
_SESSION: Final = "-SESS"

_MOST_HEADERS: Final = 16
_MOST_ITEMS: Final = 128
_ITEM: Final = re.compile(
    r'([^\s,="]++)(?:\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"?|([^",][^,]*+)?))?+', re.DOTALL
)
"""A scheme, or a parameter with its value, quoted or up to the next comma (RFC 7235, section 2.1)."""
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_TO_ESCAPE: Final = re.compile(r'(["\\])')


class UnsupportedLoginError(Exception):
    """The camera offers no kind of login that is known here."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The login at a camera; its repr shows nothing of it."""

    user: str = field(repr=False)
    password: str = field(repr=False)


class Authenticator(ABC):
    """Logs in by one of the kinds that a camera offers."""

    @abstractmethod
    def header(self, method: str, url: str) -> str:
        """Return the value of Authorization for one request."""


class BasicAuthenticator(Authenticator):
    """Logs in by Basic (RFC 7617)."""

    def __init__(self, credentials: Credentials) -> None:
        login = _utf8(f"{credentials.user}:{credentials.password}")
        self._header = f"Basic {base64.b64encode(login).decode()}"

    @override
    def header(self, method: str, url: str) -> str:
        return self._header


@dataclass(frozen=True, slots=True)
class _Challenge:
    """A kind of login that a camera offers."""

    scheme: str
    parameters: dict[str, str] = field(default_factory=dict)

    @property
    def algorithm(self) -> str:
        return self.parameters.get("algorithm", "MD5").upper()

    @property
    def qualities(self) -> set[str]:
        """Return the qualities of protection; none where the camera speaks RFC 2069."""
        offered = self.parameters.get("qop", "").lower().split(",")
        return {quality.strip() for quality in offered} - {""}

    def is_digest(self, algorithm: str) -> bool:
        """Return whether it is Digest by this algorithm, and nothing is missing or unknown."""
        return (
            self.scheme == "digest"
            and self.algorithm.removesuffix(_SESSION) == algorithm
            and "nonce" in self.parameters
            and (not self.qualities or "auth" in self.qualities)
        )


class DigestAuthenticator(Authenticator):
    """Logs in by Digest (RFC 7616, section 3.4)."""

    def __init__(
        self, challenge: _Challenge, credentials: Credentials, cnonce: str
    ) -> None:
        given = challenge.parameters
        self._hash = _HASHES[challenge.algorithm.removesuffix(_SESSION)]
        self._user = _utf8(credentials.user).decode("latin-1")
        self._realm = given.get("realm", "")
        self._nonce = given["nonce"]
        self._cnonce = cnonce
        self._has_qop = bool(challenge.qualities)
        self._is_session = challenge.algorithm.endswith(_SESSION)
        self._count = 0
        self._secret = self._secret_of(credentials)
        self._quoted = {name: given[name] for name in ("opaque",) if name in given}
        self._plain = {name: given[name] for name in ("algorithm",) if name in given}

    @override
    def header(self, method: str, url: str) -> str:
        self._count += 1
        count = f"{self._count:08x}"
        asked = self._digest(method, url)
        proof = (self._nonce, count, self._cnonce, "auth")
        quoted = {
            "username": self._user,
            "realm": self._realm,
            "nonce": self._nonce,
            "uri": url,
            "response": self._digest(
                self._secret, *(proof if self._has_qop else proof[:1]), asked
            ),
            **self._quoted,
        }
        if self._has_qop or self._is_session:
            quoted["cnonce"] = self._cnonce
        counted = {"qop": "auth", "nc": count} if self._has_qop else {}
        parts = (
            *(f'{name}="{_escaped(value)}"' for name, value in quoted.items()),
            *(f"{name}={value}" for name, value in (self._plain | counted).items()),
        )
        return f"Digest {', '.join(parts)}"

    def _secret_of(self, credentials: Credentials) -> str:
        password = _utf8(credentials.password).decode("latin-1")
        secret = self._digest(self._user, self._realm, password)
        if self._is_session:
            return self._digest(secret, self._nonce, self._cnonce)
        return secret

    def _digest(self, *parts: str) -> str:
        return self._hash(":".join(parts).encode("latin-1", "replace"))


def authenticator(
    challenges: Sequence[str],
    credentials: Credentials,
    make_cnonce: Callable[[], str] = secrets.token_hex,
) -> Authenticator:
    """Return what logs in by the best that is offered: Digest by SHA-256, by MD5, or Basic.

    `challenges` are the values of WWW-Authenticate. UnsupportedLoginError where none is known.
    """
    offered = [*_read(challenges)]
    for algorithm in _HASHES:
        for challenge in offered:
            if challenge.is_digest(algorithm):
                return DigestAuthenticator(challenge, credentials, make_cnonce())
    if any(challenge.scheme == "basic" for challenge in offered):
        return BasicAuthenticator(credentials)
    raise UnsupportedLoginError


def is_stale(challenges: Sequence[str]) -> bool:
    """Return whether only the nonce was too old: the login itself was right (RFC 7616, section 3.3)."""
    return any(
        challenge.parameters.get("stale", "").lower() == "true"
        for challenge in _read(challenges)
    )


def _read(challenges: Sequence[str]) -> Iterator[_Challenge]:
    for header in challenges[:_MOST_HEADERS]:
        yield from _read_header(header)


def _read_header(header: str) -> list[_Challenge]:
    """Return the challenges of one header: a name with a value belongs to the scheme before it."""
    found: list[_Challenge] = []
    for item in islice(_ITEM.finditer(header), _MOST_ITEMS):
        name, quoted, plain = item[1].lower(), item[2], item[3]
        if "=" not in item[0]:
            found.append(_Challenge(name))
        elif found:
            value = _ESCAPED.sub(r"\1", quoted or "") or (plain or "").strip()
            found[-1].parameters.setdefault(name, value)
    return found


def _escaped(value: str) -> str:
    return _TO_ESCAPE.sub(r"\\\1", value)


def _utf8(text: str) -> bytes:
    """Return the bytes of a login, also where it was percent-encoded from another encoding."""
    return text.encode("utf-8", "surrogateescape")
