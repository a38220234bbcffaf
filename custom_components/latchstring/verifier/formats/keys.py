"""Ed25519 keys as JWK, their thumbprints, and the JWTs they sign."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .encoding import Malformed, base64url, canonical, read_base64url, read_object

MAX_TOKEN_CHARS: Final = 4096
KEY_BYTES: Final = 32

FIELD: Final = 2**255 - 19
OF_ORDER_8: Final = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
SMALL_ORDER: Final = frozenset({0, 1, FIELD - 1, OF_ORDER_8, FIELD - OF_ORDER_8})
"""The y of the points of small order: anybody can make signatures that verify with these."""


@dataclass(frozen=True)
class PublicKey:
    """A public key by its 32 bytes; Malformed for one of small order or not in canonical form."""

    raw: bytes

    def __post_init__(self) -> None:
        """Refuse a wrong length, a non-canonical point, and a point of small order."""
        y = int.from_bytes(self.raw, "little") % 2**255
        if len(self.raw) != KEY_BYTES or y >= FIELD:
            raise Malformed("it is not an Ed25519 key")
        if y in SMALL_ORDER:
            raise Malformed("it is a key by which anybody can sign")

    def jwk(self) -> dict[str, str]:
        """Return it as a JWK (RFC 8037)."""
        return {"kty": "OKP", "crv": "Ed25519", "x": base64url(self.raw)}

    @property
    def thumbprint(self) -> str:
        """Return its thumbprint (RFC 7638)."""
        return base64url(sha256(canonical(self.jwk())).digest())

    def signed(self, signature: bytes, message: bytes) -> bool:
        """Return whether the signature of this message verifies."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


def read_key(value: object) -> PublicKey:
    """Read a JWK of exactly this form."""
    match value:
        case {"x": str(x)}:
            key = PublicKey(read_base64url(x))
            if key.jwk() == value:
                return key
    raise Malformed("it is not an Ed25519 key as JWK")


def read_token(token: object, typ: str, key: PublicKey | None) -> dict[str, Any]:
    """Return the claims of a token. Without a key its signature is not verified: see `is_signed`."""
    if not isinstance(token, str) or len(token) > MAX_TOKEN_CHARS:
        raise Malformed("it is not a token")
    parts = token.split(".")
    if len(parts) != len(("header", "payload", "signature")):
        raise Malformed("it is not a token")
    if read_object(read_base64url(parts[0])) != {"alg": "EdDSA", "typ": typ}:
        raise Malformed(f"its header is not that of {typ}")
    if key is not None and not is_signed(token, key):
        raise Malformed(f"it is not signed by the key {key.thumbprint}")
    return read_object(read_base64url(parts[1]))


def read_claims(token: object) -> dict[str, Any]:
    """Return the claims of a token of any type, not verified."""
    if not isinstance(token, str) or len(token) > MAX_TOKEN_CHARS:
        raise Malformed("it is not a token")
    _, _, rest = token.partition(".")
    return read_object(read_base64url(rest.partition(".")[0]))


def is_signed(token: str, key: PublicKey) -> bool:
    """Return whether this key signed a token."""
    signed, _, signature = token.rpartition(".")
    return key.signed(read_base64url(signature), signed.encode())
