"""The ciphers of SRTP and SRTCP: AES in counter mode with HMAC-SHA1 (RFC 3711), and AES-GCM (RFC 7714)."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
import hmac
from typing import Final, override

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import (
    Cipher,
    CipherContext,
    algorithms,
    modes,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SHORTEST_HEADER: Final = 12
RTCP_HEADER: Final = 8
"""What of an RTCP packet is never encrypted: the first header, and who sends it."""
INDEX_BYTES: Final = 4
"""Behind an SRTCP packet: its index, and the bit that says that it is encrypted."""
IS_ENCRYPTED: Final = 1 << 31

_BLOCK = 16
_AUTHENTICATION_KEY = 20
_SALT = 14
_HASH, _TAG = "sha1", 10


class NotAuthenticError(ValueError):
    """A packet is not from whom the keys were agreed with, or not as it was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionKeys:
    """The keys of one direction, for SRTP or for SRTCP; the repr shows nothing of them."""

    encryption: bytes = field(repr=False)
    salt: bytes = field(repr=False)
    authentication: bytes = field(repr=False, default=b"")


def session_keys(key: bytes, salt: bytes, first_label: int) -> SessionKeys:
    """Return what is derived from a master key and its salt (RFC 3711 section 4.3.1, RFC 7714 section 11)."""
    return SessionKeys(
        encryption=derived(key, salt, first_label, len(key)),
        authentication=derived(key, salt, first_label + 1, _AUTHENTICATION_KEY),
        salt=derived(key, salt, first_label + 2, len(salt)),
    )


def derived(key: bytes, salt: bytes, label: int, length: int) -> bytes:
    """Return the first bytes of the key stream that belongs to a label (RFC 3711 section 4.3.3)."""
    start = int.from_bytes(salt.ljust(_SALT, b"\0")) ^ label << 48
    return _counter_mode(key, (start << 16).to_bytes(_BLOCK)).update(bytes(length))


def _counter_mode(key: bytes, start: bytes) -> CipherContext:
    return Cipher(algorithms.AES(key), modes.CTR(start)).encryptor()


class PacketCipher(ABC):
    """Opens and seals packets of one direction; whether an index was used before, it does not know."""

    tag_length: int

    @abstractmethod
    def open(self, packet: bytes, head: int, source: int, index: int) -> bytes:
        """Return the plain RTP packet; `head` bytes are its header, `index` is of 48 bits.

        NotAuthenticError if it is not.
        """

    @abstractmethod
    def open_rtcp(self, packet: bytes, source: int, index: int) -> bytes:
        """Return the plain RTCP packet, which has to be long enough; NotAuthenticError if it is not."""

    @abstractmethod
    def seal_rtcp(self, packet: bytes, source: int, index: int) -> bytes:
        """Return the SRTCP packet; `index` is of 31 bits."""

    @abstractmethod
    def index_of(self, packet: bytes) -> int:
        """Return the four bytes of an SRTCP packet that have its index."""


class CounterModeCipher(PacketCipher):
    """AES_CM_128_HMAC_SHA1_80 (RFC 3711 section 4): the index stands before the tag, which is of everything."""

    tag_length = _TAG

    def __init__(self, keys: SessionKeys) -> None:
        self._authentication = keys.authentication
        self._salt = int.from_bytes(keys.salt) << 16
        # One for all packets, each with its own start: to make it costs more than to decrypt.
        self._stream = _counter_mode(keys.encryption, bytes(_BLOCK))

    @override
    def open(self, packet: bytes, head: int, source: int, index: int) -> bytes:
        sealed = packet[:-_TAG]
        self._check(sealed + (index >> 16).to_bytes(4), packet[-_TAG:])
        return packet[:head] + self._crypt(sealed[head:], source, index)

    @override
    def open_rtcp(self, packet: bytes, source: int, index: int) -> bytes:
        sealed = packet[:-_TAG]
        self._check(sealed, packet[-_TAG:])
        secret = sealed[RTCP_HEADER:-INDEX_BYTES]
        return packet[:RTCP_HEADER] + self._crypt(secret, source, index)

    @override
    def seal_rtcp(self, packet: bytes, source: int, index: int) -> bytes:
        secret = self._crypt(packet[RTCP_HEADER:], source, index)
        sealed = packet[:RTCP_HEADER] + secret + (IS_ENCRYPTED | index).to_bytes(4)
        return sealed + self._tag(sealed)

    @override
    def index_of(self, packet: bytes) -> int:
        end = len(packet) - _TAG
        return int.from_bytes(packet[end - INDEX_BYTES : end])

    def _check(self, data: bytes, tag: bytes) -> None:
        if not hmac.compare_digest(self._tag(data), tag):
            raise NotAuthenticError

    def _tag(self, data: bytes) -> bytes:
        return hmac.digest(self._authentication, data, _HASH)[:_TAG]

    def _crypt(self, data: bytes, source: int, index: int) -> bytes:
        """Encrypt or decrypt, which is the same (section 4.1.1)."""
        start = self._salt ^ source << 64 ^ index << 16
        self._stream.reset_nonce(start.to_bytes(_BLOCK))
        return self._stream.update(data)


class GaloisCipher(PacketCipher):
    """AEAD_AES_128_GCM (RFC 7714): the tag stands before the index, which it is of too, as it is of the header."""

    tag_length = 16

    def __init__(self, keys: SessionKeys) -> None:
        self._salt = int.from_bytes(keys.salt)
        self._cipher = AESGCM(keys.encryption)

    @override
    def open(self, packet: bytes, head: int, source: int, index: int) -> bytes:
        header = packet[:head]
        return header + self._decrypt(packet[head:], header, source, index)

    @override
    def open_rtcp(self, packet: bytes, source: int, index: int) -> bytes:
        header = packet[:RTCP_HEADER]
        secret = packet[RTCP_HEADER:-INDEX_BYTES]
        beside = header + packet[-INDEX_BYTES:]
        return header + self._decrypt(secret, beside, source, index)

    @override
    def seal_rtcp(self, packet: bytes, source: int, index: int) -> bytes:
        header, trailer = packet[:RTCP_HEADER], (IS_ENCRYPTED | index).to_bytes(4)
        nonce = self._nonce(source, index)
        secret = self._cipher.encrypt(nonce, packet[RTCP_HEADER:], header + trailer)
        return header + secret + trailer

    @override
    def index_of(self, packet: bytes) -> int:
        return int.from_bytes(packet[-INDEX_BYTES:])

    def _decrypt(self, secret: bytes, beside: bytes, source: int, index: int) -> bytes:
        try:
            return self._cipher.decrypt(self._nonce(source, index), secret, beside)
        except InvalidTag as error:
            raise NotAuthenticError from error

    def _nonce(self, source: int, index: int) -> bytes:
        """Return what no other packet has (sections 8.1 and 9.1)."""
        return (self._salt ^ source << 48 ^ index).to_bytes(12)
