"""A certificate authority of our own, so that tests and demo speak TLS too."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
LIFETIME = timedelta(days=397)  # browsers take no longer one
RENEW_BEFORE = timedelta(days=30)

type Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Where the three files lie that a server and its visitors need."""

    ca_path: Path
    cert_path: Path
    key_path: Path

    def server_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.cert_path, self.key_path)
        return context

    def client_context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.ca_path))


def make_authority(folder: Path, names: Sequence[str] = ()) -> Authority:
    """Keep a CA and one certificate for this machine and `names` in `folder`.

    Files that still serve are left as they are, so whoever trusts the CA goes on
    trusting it. Its key is thrown away: it can never sign for anybody else.
    """
    authority = Authority(
        ca_path=folder / "ca.pem",
        cert_path=folder / "cert.pem",
        key_path=folder / "key.pem",
    )
    wanted = tuple(dict.fromkeys((*LOCAL_NAMES, *names)))
    if not _still_serves(authority, wanted):
        folder.mkdir(parents=True, exist_ok=True)
        _write(authority, wanted)
    return authority


def _still_serves(authority: Authority, names: Sequence[str]) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(authority.cert_path.read_bytes())
        authority.server_context()
        authority.client_context()
    except OSError, ValueError:
        return False
    held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return (
        set(_general(names)) <= set(held.value)
        and datetime.now(UTC) + RENEW_BEFORE < certificate.not_valid_after_utc
    )


def _write(authority: Authority, names: Sequence[str]) -> None:
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca = _ca(ca_key)
    certificate = _leaf(key, names, ca, ca_key)
    authority.key_path.touch(mode=0o600)
    authority.key_path.chmod(0o600)  # one that was there may have been anybody's
    authority.key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    pem = serialization.Encoding.PEM
    authority.cert_path.write_bytes(
        certificate.public_bytes(pem) + ca.public_bytes(pem)
    )
    authority.ca_path.write_bytes(ca.public_bytes(pem))


def _ca(key: Key) -> x509.Certificate:
    name = _name("Latchstring reference hub CA")
    return (
        _builder(name, name, key, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )


def _leaf(
    key: Key, names: Sequence[str], ca: x509.Certificate, ca_key: Key
) -> x509.Certificate:
    server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    return (
        _builder(_name("Latchstring reference hub"), ca.subject, key, ca_key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(server, critical=False)
        .add_extension(x509.SubjectAlternativeName(_general(names)), critical=False)
        .sign(ca_key, hashes.SHA256())
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: Key, issuer_key: Key
) -> x509.CertificateBuilder:
    """Begin with what VERIFY_X509_STRICT, Python's default, wants of both."""
    now = datetime.now(UTC)
    holder = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + LIFETIME)
        .add_extension(holder, critical=False)
        .add_extension(signer, critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _general(names: Sequence[str]) -> list[x509.GeneralName]:
    return [_general_name(name) for name in names]


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
