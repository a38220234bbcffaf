"""Keys and tokens: JWK, thumbprints, compact JWS with EdDSA and nothing else."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from jwt import PyJWS
from jwt.exceptions import PyJWTError

from . import shapes
from .wire import b64url, canonical, from_b64url, parse_json

MAX_TOKEN = 16_384


class TokenWrong(Exception):
    """A token's form or signature is not what it should be."""


def jwk(key: Ed25519PublicKey) -> dict[str, str]:
    return {"kty": "OKP", "crv": "Ed25519", "x": b64url(key.public_bytes_raw())}


def public_key(value: Mapping[str, str]) -> Ed25519PublicKey:
    if not shapes.JWK(value):
        raise TokenWrong
    return Ed25519PublicKey.from_public_bytes(from_b64url(value["x"]))


def thumbprint(key: Ed25519PublicKey) -> str:
    """RFC 7638: the name a key goes by."""
    return b64url(sha256(canonical(jwk(key))).digest())


def sign(
    key: Ed25519PrivateKey,
    typ: str,
    claims: Mapping[str, object],
    header: Mapping[str, object] | None = None,
) -> str:
    """Make a compact JWS; `header` replaces members of the proper one, to forge."""
    head = {"alg": "EdDSA", "typ": typ, **(header or {})}
    signed = f"{b64url(canonical(head))}.{b64url(canonical(dict(claims)))}"
    return f"{signed}.{b64url(key.sign(signed.encode()))}"


def verify(token: str, key: Ed25519PublicKey, typ: str) -> dict[str, Any]:
    """Give the claims of a token that this key signed for this use."""
    try:
        header = parse_json(from_b64url(token[:MAX_TOKEN].split(".", maxsplit=1)[0]))
        if len(token) > MAX_TOKEN or header != {"alg": "EdDSA", "typ": typ}:
            raise TokenWrong
        PyJWS(algorithms=["EdDSA"]).decode(token, key, algorithms=["EdDSA"])
        return unverified(token)
    except (PyJWTError, ValueError) as error:
        raise TokenWrong from error


def unverified(token: str) -> dict[str, Any]:
    """What a token claims, for finding the key that it must be verified with."""
    try:
        claims = parse_json(from_b64url(token[:MAX_TOKEN].split(".")[1]))
    except (ValueError, IndexError) as error:
        raise TokenWrong from error
    if not isinstance(claims, dict):
        raise TokenWrong
    return claims
