"""RTP as a camera sends it: H.264 in packets (RFC 6184) and sender reports (RFC 3550).

Pure: bytes in, bytes out. Sequence numbers and timestamps start where the caller says.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
import struct

CLOCK_RATE = 90_000
PAYLOAD_TYPE = 96
LARGEST_PAYLOAD = 1_400

_VERSION = 0x80
_MARKER = 0x80
_SENDER_REPORT = 200
_SOURCE_DESCRIPTION = 202
_STAP_A = 24
_FU_A = 28
_FU_START = 0x80
_FU_END = 0x40
_NRI = 0x60
_TYPE = 0x1F
_SECONDS_1900_TO_1970 = 2_208_988_800


@dataclass(slots=True, kw_only=True)
class RtpStream:
    """What one receiver is sent: its own source number, counters and offsets."""

    source: int
    sequence: int
    timestamp_offset: int
    packets: int = 0
    octets: int = 0

    def packets_of(self, units: Sequence[bytes], timestamp: int) -> Iterator[bytes]:
        """One access unit as RTP packets; the last one carries the marker."""
        payloads = list(payloads_of(units))
        for number, payload in enumerate(payloads, start=1):
            yield self.packet(payload, timestamp, has_marker=number == len(payloads))

    def packet(self, payload: bytes, timestamp: int, *, has_marker: bool) -> bytes:
        """One payload as the next RTP packet."""
        header = self._header(_MARKER if has_marker else 0, timestamp)
        self._count(len(payload))
        return header + payload

    def rtp_timestamp(self, timestamp: int) -> int:
        """The camera's media time as this receiver sees it."""
        return (timestamp + self.timestamp_offset) % 2**32

    def sender_report(self, timestamp: int, *, at: float) -> bytes:
        """Ties media time to the wall clock, `at` in Unix seconds."""
        whole, fraction = divmod(at, 1)
        report = struct.pack(
            "!BBHIIIIII",
            _VERSION,
            _SENDER_REPORT,
            6,
            self.source,
            (int(whole) + _SECONDS_1900_TO_1970) % 2**32,
            int(fraction * 2**32),
            self.rtp_timestamp(timestamp),
            self.packets % 2**32,
            self.octets % 2**32,
        )
        return report + self._source_description()

    def _source_description(self) -> bytes:
        name = b"camera"
        item = bytes((1, len(name))) + name
        chunk = struct.pack("!I", self.source) + item
        chunk += bytes(4 - len(chunk) % 4)
        return (
            struct.pack("!BBH", _VERSION | 1, _SOURCE_DESCRIPTION, len(chunk) // 4)
            + chunk
        )

    def _header(self, marker: int, timestamp: int) -> bytes:
        return struct.pack(
            "!BBHII",
            _VERSION,
            marker | PAYLOAD_TYPE,
            self.sequence,
            self.rtp_timestamp(timestamp),
            self.source,
        )

    def _count(self, octets: int) -> None:
        self.sequence = (self.sequence + 1) % 2**16
        self.packets += 1
        self.octets += octets


def payloads_of(
    units: Iterable[bytes], *, largest: int = LARGEST_PAYLOAD
) -> Iterator[bytes]:
    """NAL units as payloads: several in one where they fit, a large one in many."""
    waiting: list[bytes] = []
    for unit in units:
        if waiting and _aggregated_size([*waiting, unit]) > largest:
            yield _one_payload(waiting)
            waiting = []
        if len(unit) > largest:
            yield from _fragments(unit, largest)
        else:
            waiting.append(unit)
    if waiting:
        yield _one_payload(waiting)


def _aggregated_size(units: Sequence[bytes]) -> int:
    return 1 + sum(2 + len(unit) for unit in units)


def _one_payload(units: Sequence[bytes]) -> bytes:
    """One unit as it is; several in a STAP-A, as important as the most important."""
    if len(units) == 1:
        return units[0]
    header = bytes((_STAP_A | max(unit[0] & _NRI for unit in units),))
    return header + b"".join(struct.pack("!H", len(unit)) + unit for unit in units)


def _fragments(unit: bytes, largest: int) -> Iterator[bytes]:
    indicator, kind = (unit[0] & _NRI) | _FU_A, unit[0] & _TYPE
    room = largest - 2
    for start in range(1, len(unit), room):
        end = start + room
        edge = (_FU_START if start == 1 else 0) | (_FU_END if end >= len(unit) else 0)
        yield bytes((indicator, edge | kind)) + unit[start:end]
