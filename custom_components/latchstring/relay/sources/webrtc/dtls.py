"""The DTLS handshake that agrees on the keys of SRTP (RFC 6347, RFC 5764): datagrams in, datagrams out, no I/O."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cached_property
from typing import Final

from OpenSSL import SSL, crypto

from .certificate import SessionCertificate, matches
from .demultiplexing import DatagramKind, kind_of
from .srtp import PROFILES, SrtpContext

MTU: Final = 1200
LARGEST: Final = 2**14 + 2048
"""No record is larger (RFC 5246 section 6.2.3), so no datagram of one is either."""

_DTLS_1_2: Final = 0xFEFD
_CIPHERS: Final = b"ECDHE+AESGCM"
"""One of these every peer has to know (RFC 8827 section 6.5)."""
_LABEL: Final = b"EXTRACTOR-dtls_srtp"

_RECORD_HEADER, _LENGTH_BYTES = 13, 2
"""The header of a record ends with the length of what is behind it (RFC 6347 section 4.1)."""
_EPOCH, _NOT_ENCRYPTED = slice(3, 5), bytes(2)
_LEAST_ENCRYPTED = _RECORD_HEADER + 8 + 16
"""A record of nothing, by these ciphers: its header, its nonce, its tag (RFC 5288 section 3)."""


class DtlsError(Exception):
    """There will be no keys: what the peer sent is wrong, it has closed, or it is somebody else."""


class DtlsHandshake:
    """One handshake with the peer at the other end of a path that ICE has found.

    What it sends back and forth is dropped, doubled or forged on the way; what is not DTLS is ignored. What a peer can
    make it keep is bounded by OpenSSL: messages of 100 KB, ten of them ahead, and a hundred records.
    """

    def __init__(self, certificate: SessionCertificate, *, is_server: bool) -> None:
        self.is_done = False
        """Whether there are keys."""
        self.is_closed = False
        """Whether the peer has closed, or anything was so wrong that nothing more will come of it."""
        self._is_server = is_server
        self._connection = SSL.Connection(_context(certificate))
        # OpenSSL knows nothing of the path, and after two timeouts would take the least that is possible.
        self._connection.set_ciphertext_mtu(MTU)
        if is_server:
            self._connection.set_accept_state()
        else:
            self._connection.set_connect_state()

    @property
    def timeout(self) -> float | None:
        """Return in how many seconds to call `handle_timeout`; None while nothing is waited for."""
        return None if self.is_closed else self._connection.DTLSv1_get_timeout()

    def start(self) -> list[bytes]:
        """Return the first datagrams to send: none as the server."""
        return self._attempt(self._read)

    def receive(self, datagram: bytes) -> list[bytes]:
        """Return the datagrams to send upon one that came; DtlsError if there will be no keys.

        Once it is done, it still answers a peer that has not heard so, and sees it close.
        """
        if self.is_closed or not _is_readable(datagram):
            return []
        self._connection.bio_write(datagram)
        return self._attempt(self._read)

    def handle_timeout(self) -> list[bytes]:
        """Return what is to be sent again; DtlsError after many times in vain."""
        if self.is_closed:
            return []
        return self._attempt(self._connection.DTLSv1_handle_timeout)

    def keys(self, fingerprints: Iterable[str]) -> tuple[SrtpContext, SrtpContext]:
        """Return what opens the peer's packets, and what seals our own.

        `fingerprints` are the values of `a=fingerprint` in its answer. DtlsError if its certificate is not the one, if
        no profile of SRTP was agreed on, before the handshake is done, and once it is closed.
        """
        if not self.is_done or self.is_closed:
            raise DtlsError("the handshake is not done, or closed again")
        if not matches(self._peer_certificate(), fingerprints):
            raise DtlsError("the certificate is not the one in the answer")
        return self._contexts

    def close(self) -> list[bytes]:
        """Return the last datagrams to send: a goodbye, or why it has failed."""
        # In the middle of a handshake there is no goodbye.
        with suppress(SSL.Error):
            self._connection.shutdown()
        self.is_closed = True
        return self._outgoing()

    @cached_property
    def _contexts(self) -> tuple[SrtpContext, SrtpContext]:
        """Make them once: a second one would seal other packets by the indices of the first."""
        profile = PROFILES.get(self._connection.get_selected_srtp_profile())
        if profile is None:
            raise DtlsError("no SRTP profile was agreed on")
        key, salt = profile.key_length, profile.salt_length
        exported = self._connection.export_keying_material(_LABEL, 2 * (key + salt))
        # The keys of the client, of the server, then their salts (RFC 5764 section 4.2).
        salts = exported[2 * key :]
        client = profile.context(exported[:key], salts[:salt])
        server = profile.context(exported[key : 2 * key], salts[salt:])
        return (client, server) if self._is_server else (server, client)

    def _attempt(self, step: Callable[[], object]) -> list[bytes]:
        """Go as far as what has come allows, and return what is to be sent."""
        try:
            step()
        except SSL.WantReadError:
            pass
        except SSL.Error as error:
            self.is_closed = True
            if not self.is_done:
                raise DtlsError("the handshake has failed") from error
        return self._outgoing()

    def _read(self) -> None:
        """Continue the handshake, then drop all else, such as data channels; SSL.WantReadError at the end of it."""
        if not self.is_done:
            self._connection.do_handshake()
            self.is_done = True
        while True:
            self._connection.recv(LARGEST)

    def _peer_certificate(self) -> bytes:
        """Return the certificate in DER: it is not read any further, odd ones of cameras need not be refused."""
        certificate = self._connection.get_peer_certificate()
        if certificate is None:
            raise DtlsError("the peer has no certificate")
        return crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate)

    def _outgoing(self) -> list[bytes]:
        return [*_datagrams(b"".join(self._written()))]

    def _written(self) -> Iterator[bytes]:
        with suppress(SSL.WantReadError):
            while True:
                yield self._connection.bio_read(LARGEST)


def _context(certificate: SessionCertificate) -> SSL.Context:
    """Return how every handshake is done (RFC 8827 section 6.5)."""
    context = SSL.Context(SSL.DTLS_METHOD)
    context.set_min_proto_version(_DTLS_1_2)
    # The records of DTLS 1.3 begin otherwise, and could not be told apart below.
    context.set_max_proto_version(_DTLS_1_2)
    context.set_options(
        SSL.OP_NO_QUERY_MTU | SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION
    )
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_cipher_list(_CIPHERS)
    context.use_certificate(certificate.certificate)
    context.use_privatekey(certificate.key)
    context.set_tlsext_use_srtp(b":".join(PROFILES))
    # Any certificate will do here, as nobody vouches for those of WebRTC: whose it is, `keys` sees by its fingerprint.
    context.set_verify(
        SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True
    )
    # Nor are those behind it looked at: a chain of odd keys takes a tenth of a second.
    context.set_verify_depth(0)
    return context


def _is_readable(datagram: bytes) -> bool:
    """Return whether a datagram may be shown to OpenSSL.

    It drops what is not authentic, but takes a record that is too short to be so for an error of the connection: one
    datagram by anybody would end it, and tell the peer so.
    """
    return (
        kind_of(datagram) is DatagramKind.DTLS
        and len(datagram) <= LARGEST
        and not any(
            end - begin < _LEAST_ENCRYPTED
            and datagram[begin:end][_EPOCH] != _NOT_ENCRYPTED
            for begin, end in _records(datagram)
        )
    )


def _datagrams(records: bytes) -> Iterator[bytes]:
    """Give the records that OpenSSL wrote in datagrams as large as may be: it does not say where they ended."""
    sent = 0
    for begin, end in _records(records):
        if end - sent > MTU and begin > sent:
            yield records[sent:begin]
            sent = begin
    if records:
        yield records[sent:]


def _records(data: bytes) -> Iterator[tuple[int, int]]:
    """Give where each record begins and ends; the last one may end behind the data."""
    begin = 0
    while begin < len(data):
        behind = begin + _RECORD_HEADER
        end = behind + int.from_bytes(data[behind - _LENGTH_BYTES : behind])
        yield begin, end
        begin = end
