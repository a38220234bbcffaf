"""SRTP and SRTCP: packets that nobody on the way can read, change or send twice (RFC 3711, RFC 7714)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
import struct
from types import MappingProxyType
from typing import Final

from .ciphers import (
    INDEX_BYTES,
    IS_ENCRYPTED,
    RTCP_HEADER,
    SHORTEST_HEADER,
    CounterModeCipher,
    GaloisCipher,
    NotAuthenticError,
    PacketCipher,
    SessionKeys,
    session_keys,
)

MOST_SOURCES: Final = 16
"""A camera has a few sources; each that is ever authentic is remembered until the session ends."""
WINDOW: Final = 1024
"""How many packets behind the newest one may still come, which is more than a camera sends again."""

_RTP_LABELS, _RTCP_LABELS = 0, 3
_HEADER = struct.Struct("!BxH4xI")
_SOURCE = struct.Struct("!I")
_PLAIN_HEADER = 0x80
"""The first byte of most packets: version 2, and nothing that makes the header longer, or the payload."""
_VERSION_MASK, _VERSION = 0xC0, 0x80
_HAS_EXTENSION, _SOURCES = 0x10, 0x0F
_EXTENSION_HEADER = 4
_SEQUENCES, _HALF = 2**16, 2**15
_INDICES = 2**48
_SEEN = 2**WINDOW - 1


class SrtpError(ValueError):
    """A packet is malformed, not authentic, or came before."""


class _Window:
    """Which of the last indices of one source have come (RFC 3711 section 3.3.2)."""

    __slots__ = ("newest", "seen")

    def __init__(self, index: int) -> None:
        self.newest = index
        self.seen = 1
        """A bit for each of the last `WINDOW` indices, the newest one's first."""

    def check(self, index: int) -> None:
        """Raise SrtpError for an index that has come, or may have."""
        behind = self.newest - index
        if behind >= 0 and (behind >= WINDOW or self.seen >> behind & 1):
            raise SrtpError("it came before")

    def add(self, index: int) -> None:
        """Remember the index of an authentic packet that was checked."""
        ahead = index - self.newest
        if ahead > 0:
            self.seen = self.seen << ahead & _SEEN | 1 if ahead < WINDOW else 1
            self.newest = index
        else:
            self.seen |= 1 << -ahead


class SrtpContext:
    """The keys of one direction, with what has come by them, or how much was sent."""

    def __init__(self, rtp: PacketCipher, rtcp: PacketCipher) -> None:
        self._rtp = rtp
        self._rtcp = rtcp
        self._shortest = SHORTEST_HEADER + rtp.tag_length
        self._shortest_rtcp = RTCP_HEADER + INDEX_BYTES + rtcp.tag_length
        self._windows: dict[int, _Window] = {}
        self._rtcp_windows: dict[int, _Window] = {}
        self._sent = 0

    def unprotect(self, packet: bytes) -> bytes:
        """Return the plain RTP packet; SrtpError if it is malformed, not authentic or came before."""
        if len(packet) < self._shortest:
            raise SrtpError("too short")
        first, sequence, source = _HEADER.unpack_from(packet)
        head = SHORTEST_HEADER
        if first != _PLAIN_HEADER:
            head = _header_length(packet, len(packet) - self._rtp.tag_length)
        window = self._windows.get(source)
        index = sequence
        if window is not None:
            index = _index(sequence, window.newest)
            window.check(index)
        try:
            plain = self._rtp.open(packet, head, source, index)
        except NotAuthenticError:
            raise SrtpError("not authentic") from None
        # Only now: what is not authentic must not move the count of what is (RFC 3711 section 3.3).
        if window is None:
            _remember(self._windows, source, index)
        else:
            window.add(index)
        return plain

    def unprotect_rtcp(self, packet: bytes) -> bytes:
        """Return the plain RTCP packet; SrtpError if it is malformed, not authentic or came before.

        It is too if it is not encrypted: both profiles say that it has to be.
        """
        if len(packet) < self._shortest_rtcp:
            raise SrtpError("too short")
        index = self._rtcp.index_of(packet) - IS_ENCRYPTED
        if index < 0:
            raise SrtpError("not encrypted")
        (source,) = _SOURCE.unpack_from(packet, 4)
        window = self._rtcp_windows.get(source)
        if window is not None:
            window.check(index)
        try:
            plain = self._rtcp.open_rtcp(packet, source, index)
        except NotAuthenticError:
            raise SrtpError("not authentic") from None
        if window is None:
            _remember(self._rtcp_windows, source, index)
        else:
            window.add(index)
        return plain

    def protect_rtcp(self, packet: bytes) -> bytes:
        """Return the SRTCP packet; SrtpError for less than a header, and after 2**31 packets."""
        if len(packet) < RTCP_HEADER:
            raise SrtpError("too short")
        # The next index would be one that was used, which gives away what is encrypted.
        if self._sent == IS_ENCRYPTED - 1:
            raise SrtpError("the keys are used up")
        self._sent += 1
        (source,) = _SOURCE.unpack_from(packet, 4)
        return self._rtcp.seal_rtcp(packet, source, self._sent)


@dataclass(frozen=True, slots=True, kw_only=True)
class SrtpProfile:
    """How long the master keys of a profile are, in bytes, and what encrypts by them."""

    key_length: int
    salt_length: int
    cipher: Callable[[SessionKeys], PacketCipher]

    def context(self, key: bytes, salt: bytes) -> SrtpContext:
        """Return what protects one direction by its master key and its salt."""
        return SrtpContext(
            self.cipher(session_keys(key, salt, _RTP_LABELS)),
            self.cipher(session_keys(key, salt, _RTCP_LABELS)),
        )


PROFILES: Final[Mapping[bytes, SrtpProfile]] = MappingProxyType(
    {
        b"SRTP_AEAD_AES_128_GCM": SrtpProfile(
            key_length=16, salt_length=12, cipher=GaloisCipher
        ),
        b"SRTP_AES128_CM_SHA1_80": SrtpProfile(
            key_length=16, salt_length=14, cipher=CounterModeCipher
        ),
    }
)
"""The profiles by the names that OpenSSL has for them, the cheaper one first."""


def _header_length(packet: bytes, end: int) -> int:
    """Return how many bytes of the packet are its header; SrtpError where they do not fit in front of `end`."""
    first = packet[0]
    if first & _VERSION_MASK != _VERSION:
        raise SrtpError("not RTP")
    head = SHORTEST_HEADER + 4 * (first & _SOURCES)
    if first & _HAS_EXTENSION:
        words = int.from_bytes(packet[head + 2 : head + _EXTENSION_HEADER])
        head += _EXTENSION_HEADER + 4 * words
    if head > end:
        raise SrtpError("its header does not fit")
    return head


def _index(sequence: int, newest: int) -> int:
    """Return the index nearest to the newest one that ends in this sequence number (RFC 3711 appendix A)."""
    ahead = sequence - newest % _SEQUENCES
    if ahead > _HALF:
        ahead -= _SEQUENCES
    elif ahead < -_HALF:
        ahead += _SEQUENCES
    index = newest + ahead
    if not 0 <= index < _INDICES:
        raise SrtpError("from before the first packet, or after the last")
    return index


def _remember(windows: dict[int, _Window], source: int, index: int) -> None:
    if len(windows) >= MOST_SOURCES:
        raise SrtpError("one source too many")
    windows[source] = _Window(index)
