"""A key that holds nobody to a signature is nobody's key."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
import pytest

from custom_components.latchstring.core.canonical import base64url, canonical_json
from custom_components.latchstring.core.schema import MalformedError
from custom_components.latchstring.core.signatures.jose import (
    TokenType,
    jwk,
    public_key,
)
from custom_components.latchstring.core.signatures.point import binds
from custom_components.latchstring.verifier.formats.encoding import Malformed
from custom_components.latchstring.verifier.formats.keys import (
    PublicKey,
    read_key,
    read_token,
)
from tests.points import NEUTRAL, SMALL_ORDER, UNBINDING, encoded


def as_jwk(raw: bytes) -> dict[str, str]:
    return {"kty": "OKP", "crv": "Ed25519", "x": base64url(raw)}


def signed_by_nobody(raw: bytes) -> str:
    """Make a token of a key nobody has, as anybody can: R is the key, and S is 0."""
    header = base64url(canonical_json({"alg": "EdDSA", "typ": TokenType.VIEWER}))
    payload = base64url(canonical_json({"name": "Officer Nobody"}))
    return f"{header}.{payload}.{base64url(raw + bytes(32))}"


def test_the_points_are_those_that_are_known() -> None:
    """libsodium refuses these eight, by the same bytes."""
    assert len(set(SMALL_ORDER)) == 8
    assert {each.hex()[:8] for each in SMALL_ORDER} == {
        *("00000000", "01000000", "ecffffff"),
        *("26e8958f", "c7176a70"),
    }


def test_by_such_a_key_anybody_signs_anything() -> None:
    """What is refused here is a danger: the library takes the signature."""
    raw = encoded(NEUTRAL[1], 0)
    signed, _, _ = signed_by_nobody(raw).rpartition(".")
    Ed25519PublicKey.from_public_bytes(raw).verify(raw + bytes(32), signed.encode())


@pytest.mark.parametrize("raw", UNBINDING, ids=bytes.hex)
def test_no_such_key_is_read(raw: bytes) -> None:
    assert not binds(raw)
    with pytest.raises(MalformedError):
        public_key(as_jwk(raw))


@pytest.mark.parametrize("raw", UNBINDING, ids=bytes.hex)
def test_the_verifier_reads_none_either(raw: bytes) -> None:
    with pytest.raises(Malformed):
        read_token(signed_by_nobody(raw), TokenType.VIEWER, PublicKey(raw))
    with pytest.raises(Malformed):
        read_key(as_jwk(raw))


def test_every_other_key_is_read() -> None:
    for seed in range(200):
        key = Ed25519PrivateKey.from_private_bytes(seed.to_bytes(32)).public_key()
        assert public_key(jwk(key)) == key
        assert read_key(jwk(key)).raw == key.public_bytes_raw()
