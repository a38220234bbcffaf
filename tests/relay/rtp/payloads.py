"""RTP as cameras send it, in both codecs, for tests of what reads it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
import struct

from hypothesis import strategies as st

from custom_components.latchstring.relay.codec.nal import Codec
from custom_components.latchstring.relay.rtp.packet import RtpPacket

PAYLOAD_TYPE = 96
SOURCE = 0x12345678
FRAME = 3000

START = 0x80
END = 0x40


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """Units of one codec: what stands in front of a picture, and its slices."""

    codec: Codec
    delimiter: bytes
    message: bytes
    sets: tuple[bytes, ...]
    key: bytes
    rest_of_key: bytes
    first: bytes
    rest: bytes
    trailing: bytes
    """What may follow the last slice of a picture."""


UNITS = {
    Codec.H264: Units(
        codec=Codec.H264,
        delimiter=b"\x09\xf0",
        message=b"\x06\x05\x11message\x80",
        sets=(b"\x67\x42\xc0\x1e\xda\x02\x80", b"\x68\xce\x3c\x81"),
        key=b"\x65\x88",
        rest_of_key=b"\x65\x04",
        first=b"\x41\x9a",
        rest=b"\x41\x04",
        trailing=b"\x0c\xff\x80",
    ),
    Codec.H265: Units(
        codec=Codec.H265,
        delimiter=b"\x46\x01\x50",
        message=b"\x4e\x01\x05\x11message\x80",
        sets=(b"\x40\x01\x0c\x01", b"\x42\x01\x01\x01", b"\x44\x01\xc0\x71"),
        key=b"\x26\x01\x88",
        rest_of_key=b"\x26\x01\x04",
        first=b"\x02\x01\x88",
        rest=b"\x02\x01\x04",
        trailing=b"\x50\x01\x05\x80",
    ),
}


def pictures(
    units: Units, count: int = 9, *, gop: int = 4, slices: int = 3, size: int = 90
) -> list[list[bytes]]:
    """Give pictures of several slices that all differ; keyframes have parameter sets in front."""
    made = []
    for number in range(count):
        is_key = number % gop == 0
        begin, rest = (
            (units.key, units.rest_of_key) if is_key else (units.first, units.rest)
        )
        heads = [begin, *([rest] * (slices - 1))]
        made.append(
            [
                *(units.sets if is_key else ()),
                *(
                    head + bytes((number + 1, at + 1)) * (size // 2)
                    for at, head in enumerate(heads)
                ),
            ]
        )
    return made


def fragments(codec: Codec, unit: bytes, room: int = 40) -> list[bytes]:
    """Split a unit into parts of `room` bytes (FU-A, FU)."""
    head = 1 if codec is Codec.H264 else 2
    starts = range(head, len(unit), room)
    return [
        fragment(
            codec,
            unit,
            unit[start : start + room],
            edges=START * (start == head) | END * (start + room >= len(unit)),
        )
        for start in starts
    ]


def fragment(codec: Codec, unit: bytes, part: bytes, *, edges: int) -> bytes:
    if codec is Codec.H264:
        return bytes((unit[0] & 0xE0 | 28, edges | unit[0] & 0x1F)) + part
    kind = unit[0] >> 1 & 0x3F
    return bytes((unit[0] & 0x81 | 49 << 1, unit[1], edges | kind)) + part


def aggregate(codec: Codec, units: Iterable[bytes]) -> bytes:
    """Put several units into one payload (STAP-A, AP)."""
    head = b"\x78" if codec is Codec.H264 else b"\x60\x01"
    return head + b"".join(struct.pack("!H", len(unit)) + unit for unit in units)


@st.composite
def payloads_of(
    draw: st.DrawFn, codec: Codec, units: Sequence[bytes], most: int = 3
) -> list[bytes]:
    """Give any payloads these units may come in: alone, several in one, or in parts."""
    left, made = list(units), list[bytes]()
    while left:
        taken = draw(st.integers(1, min(most, len(left))))
        together, left = left[:taken], left[taken:]
        if taken > 1:
            made.append(aggregate(codec, together))
        elif len(together[0]) > 3 and draw(st.booleans()):
            room = draw(st.integers(1, len(together[0])))
            made += fragments(codec, together[0], room)
        else:
            made += together
    return made


@dataclass(slots=True)
class Sender:
    """Numbers packets; the count passes its end soon."""

    sequence: int = 65530
    source: int = SOURCE
    sent: list[RtpPacket] = field(default_factory=list)

    def send(self, payload: bytes, timestamp: int, *, marker: bool = False) -> None:
        self.sent.append(
            RtpPacket(
                PAYLOAD_TYPE, marker, self.sequence, timestamp, self.source, payload
            )
        )
        self.sequence = (self.sequence + 1) % 2**16

    def send_all(
        self, payloads: Iterable[bytes], timestamp: int, *, marker: bool = True
    ) -> None:
        """Send an access unit; the marker is on its last packet."""
        made = list(payloads)
        for number, payload in enumerate(made, start=1):
            self.send(payload, timestamp, marker=marker and number == len(made))


def written(packet: RtpPacket, *, extra: int = 0, behind: bytes = b"") -> bytes:
    """Write a packet; `extra` are more bits of its first byte, `behind` is what they announce."""
    return (
        struct.pack(
            "!BBHII",
            0x80 | extra,
            packet.marker << 7 | packet.payload_type,
            packet.sequence,
            packet.timestamp,
            packet.source,
        )
        + behind
        + packet.payload
    )


def honest(units: Units, shown: Iterable[list[bytes]]) -> Iterator[RtpPacket]:
    """Send pictures as the RFCs say, large slices in parts."""
    sender = Sender()
    for number, picture in enumerate(shown):
        sender.send_all(
            (
                part
                for unit in picture
                for part in (
                    fragments(units.codec, unit) if len(unit) > 40 else (unit,)
                )
            ),
            number * FRAME,
        )
    yield from sender.sent
