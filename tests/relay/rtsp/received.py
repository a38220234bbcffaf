"""What a reader of an RTSP connection hands out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from custom_components.latchstring.relay.rtsp.message import (
    InterleavedReader,
    RtspResponse,
)

OPENING = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n"
"""A first response, after which anything may come."""


@dataclass
class Received:
    frames: list[tuple[int, bytes]] = field(default_factory=list)
    responses: list[RtspResponse] = field(default_factory=list)
    requests: list[tuple[str, int | None]] = field(default_factory=list)
    fed: int = 0
    is_incomplete: bool = False

    @property
    def size(self) -> int:
        """Bytes of packets and bodies."""
        bodies = (response.body for response in self.responses)
        return sum(map(len, bodies)) + sum(len(packet) for _, packet in self.frames)


def receive(*pieces: bytes, into: Received | None = None) -> Received:
    """Feed the pieces one by one; `into` keeps what came before an error."""
    received = Received() if into is None else into
    reader = reader_into(received)
    for piece in pieces:
        received.fed += len(piece)
        for each in turns(reader, piece):
            reader.feed(each)
        received.is_incomplete = reader.is_incomplete
    return received


def turns(reader: InterleavedReader, data: bytes) -> Iterator[bytes]:
    """Give what to feed, one after the other, until all of it has been read."""
    yield data
    while reader.has_more:
        yield b""


def reader_into(received: Received) -> InterleavedReader:
    return InterleavedReader(
        lambda channel, packet: received.frames.append((channel, packet)),
        received.responses.append,
        lambda method, sequence: received.requests.append((method, sequence)),
    )


def response_of(head: bytes, body: bytes = b"") -> RtspResponse:
    (response,) = receive(head + body).responses
    return response


def frame(channel: int, packet: bytes) -> bytes:
    return b"$" + bytes([channel]) + len(packet).to_bytes(2) + packet


def frames_in(data: bytes) -> Iterator[bytes]:
    """Give the packets of frames that follow one another; the last one may be cut short."""
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at + 2 : at + 4])
        yield data[at + 4 : at + 4 + length]
        at += 4 + length


def pieces_of(data: bytes, ends: Iterable[int]) -> Iterator[bytes]:
    """Split at these places, in any order and beyond the end too."""
    at = 0
    for end in sorted({min(end, len(data)) for end in ends} | {len(data)}):
        yield data[at:end]
        at = end
