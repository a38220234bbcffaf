"""Ed25519 keys as JWK, and JWTs with exactly the header `alg` and `typ`."""

from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
import jwt

from ..canonical import Json, base64url, canonical_json, parse_base64url
from ..schema import MalformedError, strict_json
from .point import binds

MAX_TOKEN_CHARS: Final = 4096

_ALGORITHM: Final = "EdDSA"
_JWS: Final = jwt.PyJWS(algorithms=[_ALGORITHM])


class TokenType(StrEnum):
    """The type of a token, so that none passes for another."""

    PAIRING = "latchstring-pairing+jwt"
    COUNTERSIGNATURE = "latchstring-countersignature+jwt"
    SUCCESSION = "latchstring-succession+jwt"
    HUB_SUCCESSION = "latchstring-hub-succession+jwt"
    HOME = "latchstring-home+jwt"
    VIEWER = "latchstring-viewer+jwt"
    REQUEST = "latchstring-request+jwt"
    RECEIPT = "latchstring-receipt+jwt"


def jwk(key: Ed25519PublicKey) -> dict[str, str]:
    """Return a public key as a JWK (RFC 8037)."""
    return {"kty": "OKP", "crv": "Ed25519", "x": base64url(key.public_bytes_raw())}


def public_key(value: object) -> Ed25519PublicKey:
    """Parse exactly what `jwk` returns, of a key that binds its owner; or raise MalformedError."""
    key = accepted_key(value)
    if not binds(key.public_bytes_raw()):
        raise MalformedError
    return key


def accepted_key(value: object) -> Ed25519PublicKey:
    """Parse a key that was accepted earlier, also one of small order: to name it, never to verify by it."""
    try:
        match value:
            case {"x": str(x)}:
                key = Ed25519PublicKey.from_public_bytes(parse_base64url(x))
                if jwk(key) == value:
                    return key
    except ValueError as error:
        raise MalformedError from error
    raise MalformedError


def thumbprint(key: Ed25519PublicKey) -> str:
    """Return the thumbprint of a key (RFC 7638)."""
    return base64url(sha256(canonical_json(jwk(key))).digest())


def sign_token(
    key: Ed25519PrivateKey, typ: TokenType, claims: Mapping[str, Json]
) -> str:
    """Return a signed JWT."""
    return _JWS.encode(
        canonical_json(dict(claims)), key, algorithm=_ALGORITHM, headers={"typ": typ}
    )


def read_token(token: str, *, typ: TokenType, key: Ed25519PublicKey) -> object:
    """Return the claims of a token signed with `key`, as strict JSON; else MalformedError.

    The header is compared before PyJWT acts on it, so that no other algorithm, type or
    parameter in it ever takes effect.
    """
    if len(token) > MAX_TOKEN_CHARS:
        raise MalformedError
    try:
        header, payload, _ = map(parse_base64url, token.split("."))
        if _json(header) != {"alg": _ALGORITHM, "typ": typ}:
            raise MalformedError
        _JWS.decode_complete(token, key, algorithms=[_ALGORITHM])
        return _json(payload)
    except (ValueError, jwt.PyJWTError) as error:
        raise MalformedError from error


def unchecked_claims(token: str) -> Mapping[str, object]:
    """Return the claims of a token without verification: only for tokens that we signed and stored ourselves."""
    claims = _json(parse_base64url(token.split(".")[1]))
    if not isinstance(claims, dict):
        raise MalformedError
    return claims


def _json(segment: bytes) -> object:
    return strict_json(str(segment, "utf-8"))
