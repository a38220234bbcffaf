"""RTCP: what a receiver tells the sender (RFC 3550 section 6)."""

from collections.abc import Iterator
import secrets
import struct
from typing import Final

from .clock import TIMESTAMPS
from .packet import MOST_MISORDERED, SEQUENCES, RtpPacket

SENDER_REPORT: Final = 200
RECEIVER_REPORT: Final = 201
SOURCE_DESCRIPTION: Final = 202
BYE: Final = 203

_VERSION_MASK, _VERSION = 0xC0, 0x80
_HEADER = struct.Struct("!BBH")
_BLOCK = struct.Struct("!IIIIII")
_CNAME = 1
_NAME_BYTES = 12
"""As many random bytes as RFC 7022 section 5 asks for."""
_MIDDLE_OF_NTP = slice(6, 10)
_MOST_IN_ONE = 64
"""How many packets of a compound are read."""
_MOST_LOST, _LEAST_LOST = 2**23 - 1, -(2**23)
_HALF = TIMESTAMPS // 2


class ReceptionStatistics:
    """Counts what came of one source, and writes it into receiver reports."""

    _base: int
    _highest: int
    _next: int
    _restart: int | None
    _received: int
    _received_before: int
    _expected_before: int
    _transit: int
    _jitter: float

    def __init__(self) -> None:
        self.has_bye = False
        """Whether the sender has said goodbye."""
        self.own_source = secrets.randbits(32)
        """What we call ourselves towards the sender."""
        self._name = secrets.token_hex(_NAME_BYTES).encode()
        self._source: int | None = None
        self._last_report: tuple[int, float] | None = None

    def received(self, packet: RtpPacket, at: float, clock_rate: int) -> None:
        """Count a packet that came at `at` seconds; its timestamp has `clock_rate` ticks a second."""
        sequence = packet.sequence
        transit = int(at * clock_rate) - packet.timestamp
        if packet.source != self._source or sequence != self._next:
            self._disturbed(packet, transit)
        else:
            self._highest += 1
            self._next = (sequence + 1) % SEQUENCES
        self._received += 1
        change = (transit - self._transit + _HALF) % TIMESTAMPS - _HALF
        self._transit = transit
        self._jitter += (abs(change) - self._jitter) / 16

    def sender_report(self, data: bytes, at: float) -> None:
        """Read what the sender says in RTCP at `at` seconds; what cannot be read is ignored."""
        for kind, body in _packets(data):
            if kind == SENDER_REPORT and len(body) >= _MIDDLE_OF_NTP.stop:
                self._last_report = (int.from_bytes(body[_MIDDLE_OF_NTP]), at)
            self.has_bye = self.has_bye or (kind == BYE and self._is_named_in(body))

    def receiver_report(self, at: float) -> bytes:
        """Return a compound packet: a receiver report, and a random name that stays the same."""
        source = self.own_source.to_bytes(4)
        blocks = () if self._source is None else (self._block(self._source, at),)
        item = bytes((_CNAME, len(self._name))) + self._name
        padding = bytes(4 - len(item) % 4)
        return _packet(RECEIVER_REPORT, len(blocks), source + b"".join(blocks)) + (
            _packet(SOURCE_DESCRIPTION, 1, source + item + padding)
        )

    def _is_named_in(self, sources: bytes) -> bool:
        """Return whether the source that is counted says goodbye: over one transport, sound ends by itself."""
        named = struct.iter_unpack("!I", sources[: len(sources) // 4 * 4])
        return self._source is None or (self._source,) in named

    def _disturbed(self, packet: RtpPacket, transit: int) -> None:
        """Count a packet that is not the next one: lost ones before it, a late or second one, or a new count."""
        if packet.source != self._source:
            self._begin(packet, transit)
            return
        ahead = (packet.sequence - self._highest) % SEQUENCES
        behind = SEQUENCES - ahead
        if ahead < behind:
            self._highest += ahead
            self._next = (packet.sequence + 1) % SEQUENCES
        elif packet.sequence == self._restart:
            self._begin(packet, transit)
        elif behind > MOST_MISORDERED:
            self._restart = (packet.sequence + 1) % SEQUENCES

    def _begin(self, packet: RtpPacket, transit: int) -> None:
        if packet.source != self._source:
            self._last_report = None
            self.has_bye = False  # it was the last source's
        self._source = packet.source
        self._base = self._highest = packet.sequence
        self._next = (packet.sequence + 1) % SEQUENCES
        self._restart = None
        self._received = self._received_before = self._expected_before = 0
        self._transit = transit
        self._jitter = 0.0

    def _block(self, source: int, at: float) -> bytes:
        """Write one report block (sections 6.4.1 and A.3)."""
        expected = self._highest - self._base + 1
        lost = max(_LEAST_LOST, min(expected - self._received, _MOST_LOST))
        last, delay = 0, 0
        if self._last_report is not None:
            last, came_at = self._last_report
            delay = max(0, min(int((at - came_at) * 65536), TIMESTAMPS - 1))
        return _BLOCK.pack(
            source,
            self._fraction_lost(expected) << 24 | lost % 2**24,
            self._highest % TIMESTAMPS,
            int(self._jitter) % TIMESTAMPS,
            last,
            delay,
        )

    def _fraction_lost(self, expected: int) -> int:
        """Return how many of 256 packets were lost since the last report."""
        expected_since = expected - self._expected_before
        lost_since = expected_since - (self._received - self._received_before)
        self._expected_before, self._received_before = expected, self._received
        if expected_since <= 0 or lost_since <= 0:
            return 0
        return min(lost_since * 256 // expected_since, 255)


def _packet(kind: int, count: int, body: bytes) -> bytes:
    return _HEADER.pack(_VERSION | count, kind, len(body) // 4) + body


def _packets(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Give the type of each packet of a compound, and its bytes behind the header, as far as they fit."""
    at = 0
    for _ in range(_MOST_IN_ONE):
        if at + _HEADER.size > len(data):
            return
        first, kind, words = _HEADER.unpack_from(data, at)
        end = at + _HEADER.size + 4 * words
        if first & _VERSION_MASK != _VERSION or end > len(data):
            return
        yield kind, data[at + _HEADER.size : end]
        at = end
