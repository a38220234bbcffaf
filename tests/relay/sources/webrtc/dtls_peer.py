"""The other end of a DTLS handshake, by OpenSSL's own means, and the path between the two."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import time
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from OpenSSL import SSL

from custom_components.latchstring.relay.sources.webrtc.dtls import DtlsHandshake

PROFILES = b"SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80"


class Peer:
    """A camera's side."""

    def __init__(
        self,
        *,
        is_server: bool,
        profiles: bytes = PROFILES,
        version: int = 0xFEFD,
        key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | None = None,
        has_certificate: bool = True,
    ) -> None:
        key = key or ec.generate_private_key(ec.SECP256R1())
        certificate = _certificate(key)
        self.fingerprint = (
            f"sha-256 {certificate.fingerprint(hashes.SHA256()).hex(':')}"
        )
        context = SSL.Context(SSL.DTLS_METHOD)
        context.set_max_proto_version(version)
        context.set_cipher_list(b"ALL:@SECLEVEL=0")
        context.set_options(SSL.OP_NO_QUERY_MTU)
        if has_certificate:
            context.use_certificate(certificate)
            context.use_privatekey(key)
        context.set_verify(SSL.VERIFY_PEER, lambda *_: True)
        if profiles:
            context.set_tlsext_use_srtp(profiles)
        self.connection = SSL.Connection(context)
        self.connection.set_ciphertext_mtu(1400)
        if is_server:
            self.connection.set_accept_state()
        else:
            self.connection.set_connect_state()
        self.is_done = False
        self.has_ended = False

    @property
    def timeout(self) -> float | None:
        return self.connection.DTLSv1_get_timeout()

    def receive(self, datagram: bytes | None = None) -> list[bytes]:
        """Take a datagram, or begin, and give what is to be sent."""
        if datagram:
            self.connection.bio_write(datagram)
        try:
            if not self.is_done:
                self.connection.do_handshake()
                self.is_done = True
            self.connection.recv(2**14)
        except SSL.WantReadError:
            pass
        except SSL.Error:
            self.has_ended = True
        return self.written()

    def handle_timeout(self) -> list[bytes]:
        self.connection.DTLSv1_handle_timeout()
        return self.written()

    def close(self) -> list[bytes]:
        self.connection.shutdown()
        return self.written()

    def written(self) -> list[bytes]:
        """Give all that was written, which fits into one datagram of a loopback."""
        try:
            return [self.connection.bio_read(2**16)]
        except SSL.WantReadError:
            return []

    def exported(self, length: int) -> bytes:
        return self.connection.export_keying_material(b"EXTRACTOR-dtls_srtp", length)


@dataclass
class Path:
    """Carries datagrams both ways, with whatever happens to them there."""

    ours: DtlsHandshake
    theirs: Peer
    happens: Callable[[int, bytes], list[bytes]] = lambda _, datagram: [datagram]
    """Given how many there were before it, and a datagram: what arrives."""
    carried: int = 0
    sent: list[bytes] = field(default_factory=list)
    """What we have sent."""

    def run(self) -> Self:
        """Carry until nobody has anything more to say, or to send again."""
        self.carry(self.ours.start(), self.theirs.receive())
        while not (self.ours.is_done and self.theirs.is_done):
            waits = [each.timeout for each in (self.ours, self.theirs)]
            time.sleep(min(wait for wait in waits if wait is not None) + 0.01)
            self.carry(self.ours.handle_timeout(), self.theirs.handle_timeout())
        return self

    def carry(self, ours: Sequence[bytes], theirs: Sequence[bytes]) -> None:
        """Carry what one of them or both have said, and what is said upon it."""
        while ours or theirs:
            self.sent += ours
            to_them, to_us = self._arrive(ours), self._arrive(theirs)
            theirs = [said for each in to_them for said in self.theirs.receive(each)]
            ours = [said for each in to_us for said in self.ours.receive(each)]

    def _arrive(self, datagrams: Sequence[bytes]) -> list[bytes]:
        arrived = []
        for datagram in datagrams:
            arrived += self.happens(self.carried, datagram)
            self.carried += 1
        return arrived


def _certificate(
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "camera")])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder(name, name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
    )
    return builder.sign(key, hashes.SHA256())
