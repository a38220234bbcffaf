"""`python -m tests.bench.relay.camera FILM RATE`: cameras that note when they sent each picture.

The path is `/N/K`: the K-th of N cameras, whose pictures and keyframes are spread evenly in time. A camera has always
been running, so a client comes in between two keyframes. Noted is the moment before the write that took a picture's
last byte.
"""

import asyncio
import base64
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path
import secrets
import socket
import sys
import time
from typing import Final

from tests.cameras.description import TRACK, TRANSPORT
from tests.cameras.message import Request, Response, interleaved, next_request
from tests.cameras.rtp import CLOCK_RATE, PAYLOAD_TYPE, RtpStream

from .film import read_film
from .logbook import Logbook, answer, say
from .pictures import key, kind

HOST: Final = "127.0.0.1"
_SEND_BUFFER: Final = 1024 * 1024
_REPORT_EVERY: Final = 150
_SETS: Final = (7, 8)
_SESSION: Final = "1"
_EPOCH: Final = time.monotonic()


class Projector:
    """One film for all cameras, each at another place in it."""

    def __init__(self, pictures: list[list[bytes]], rate: int) -> None:
        self.pictures = pictures
        self.keys = [key(units[-1]) for units in pictures]
        self.rate = rate
        self.logbook = Logbook()

    async def show(self, path: str, writer: asyncio.StreamWriter) -> None:
        """Send the pictures of a camera as they come, from the next one on."""
        many, number = map(int, path.strip("/").split("/")[:2])
        ahead = len(self.pictures) * number // many
        begun = _EPOCH + number / many / self.rate
        stream = RtpStream(
            source=secrets.randbits(32),
            sequence=secrets.randbits(16),
            timestamp_offset=secrets.randbits(32),
        )
        for picture in count(int((time.monotonic() - begun) * self.rate) + 1):
            place = (picture + ahead) % len(self.pictures)
            data = self._packets(stream, place, picture)
            await asyncio.sleep(begun + picture / self.rate - time.monotonic())
            sent = await _written(data, writer)
            self.logbook.note(str(number), self.keys[place], sent)

    def _packets(self, stream: RtpStream, place: int, picture: int) -> bytes:
        timestamp = picture * CLOCK_RATE // self.rate
        packets = [
            interleaved(0, packet)
            for packet in stream.packets_of(self.pictures[place], timestamp)
        ]
        if picture % _REPORT_EVERY == 0:
            report = stream.sender_report(timestamp, at=time.time())
            packets.append(interleaved(1, report))
        return b"".join(packets)


async def _written(data: bytes, writer: asyncio.StreamWriter) -> float:
    """Return when the last byte was handed to the kernel, which takes a picture at once unless the client is slow."""
    before = time.monotonic()
    writer.write(data)
    if not writer.transport.get_write_buffer_size():
        return before
    await writer.drain()
    return time.monotonic()


async def converse(
    projector: Projector, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Answer one client until it goes."""
    link: socket.socket = writer.get_extra_info("socket")
    link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
    writer.transport.set_write_buffer_limits(high=0)
    showing: asyncio.Task[None] | None = None
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            request = await next_request(reader)
            writer.write(_answer(projector, request).encode(request.sequence))
            if request.method == "PLAY":
                showing = asyncio.create_task(projector.show(request.path, writer))
    if showing:
        showing.cancel()
    writer.close()


def _answer(projector: Projector, request: Request) -> Response:
    session = ("Session", f"{_SESSION};timeout=60")
    match request.method:
        case "OPTIONS":
            methods = "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN"
            return Response(headers=(("Public", methods),))
        case "DESCRIBE":
            headers = (
                ("Content-Type", "application/sdp"),
                ("Content-Base", request.url.rstrip("/") + "/"),
            )
            return Response(headers=headers, body=_description(projector))
        case "SETUP":
            transport = f"{TRANSPORT};unicast;interleaved=0-1"
            return Response(headers=(("Transport", transport), session))
        case _:
            return Response(headers=(session,))


def _description(projector: Projector) -> str:
    sets = (
        base64.b64encode(unit).decode()
        for unit in projector.pictures[0]
        if kind(unit) in _SETS
    )
    lines = (
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        "s=bench",
        "c=IN IP4 0.0.0.0",
        "t=0 0",
        "a=control:*",
        f"m=video 0 RTP/AVP {PAYLOAD_TYPE}",
        f"a=rtpmap:{PAYLOAD_TYPE} H264/{CLOCK_RATE}",
        f"a=fmtp:{PAYLOAD_TYPE} packetization-mode=1;sprop-parameter-sets={','.join(sets)}",
        f"a=framerate:{projector.rate}",
        f"a=control:{TRACK}",
        "",
    )
    return "\r\n".join(lines)


async def main(film: Path, rate: int) -> None:
    """Serve until stdin ends."""
    projector = Projector(read_film(film), rate)
    server = await asyncio.start_server(partial(converse, projector), HOST, 0)
    say({"port": server.sockets[0].getsockname()[1]})
    await answer(projector.logbook.take)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
