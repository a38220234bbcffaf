"""The certificates of a session, which nobody vouches for but the offer and the answer (RFC 8122, RFC 8827)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import hashlib
import secrets
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

_NAME_BYTES: Final = 8
_VALID: Final = timedelta(days=30)
_CLOCKS_DIFFER: Final = timedelta(days=1)

_HASHES: Final[Mapping[str, Callable[[bytes], Any]]] = {
    "sha-256": hashlib.sha256,
    "sha-384": hashlib.sha384,
    "sha-512": hashlib.sha512,
}
"""Those that RFC 8122 section 5 has and that are not broken: not SHA-1, of which another certificate may be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCertificate:
    """Our own certificate for one session, and the key that belongs to it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """Return its fingerprint as the value of `a=fingerprint`: the algorithm, a space, and hexadecimal bytes."""
        der = self.certificate.public_bytes(Encoding.DER)
        return f"sha-256 {_fingerprint(der, 'sha-256')}"


def make_certificate(now: datetime | None = None) -> SessionCertificate:
    """Return a new one with a key on P-256, that is of no other session and tells nothing of the home."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [x509.NameAttribute(x509.NameOID.COMMON_NAME, secrets.token_hex(_NAME_BYTES))]
    )
    now = now or datetime.now(UTC)
    builder = (
        x509.CertificateBuilder(subject_name=name, issuer_name=name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now + _VALID)
    )
    return SessionCertificate(certificate=builder.sign(key, hashes.SHA256()), key=key)


def matches(certificate: bytes, fingerprints: Iterable[str]) -> bool:
    """Return whether a certificate, in DER, is the one that an answer names by values of `a=fingerprint`.

    All that are by a known algorithm have to be its own, and there has to be one. RFC 8122 section 5 would be content
    with one of several: for a sender with several certificates, which a camera is not. Where one is wrong, somebody
    may have added another to the answer, or it is of another session: refused is what is in doubt.
    """
    own: dict[str, str] = {}
    is_named = False
    for fingerprint in fingerprints:
        algorithm, _, value = fingerprint.strip().partition(" ")
        algorithm = algorithm.lower()
        if algorithm not in _HASHES:
            continue
        if algorithm not in own:
            own[algorithm] = _fingerprint(certificate, algorithm)
        if value.strip().upper() != own[algorithm]:
            return False
        is_named = True
    return is_named


def _fingerprint(certificate: bytes, algorithm: str) -> str:
    digest: bytes = _HASHES[algorithm](certificate).digest()
    return digest.hex(":").upper()
