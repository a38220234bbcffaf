"""What FFmpeg gives late is known to have come early: its thread may lag behind what the camera has sent."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from fractions import Fraction
import io
from itertools import islice
import socket
import threading
import time
from typing import Final, override

import av
from av.video.stream import VideoStream
import pytest

from custom_components.latchstring.relay import CameraAddress
from custom_components.latchstring.relay.mp4.packager import PackagedFragment
from custom_components.latchstring.relay.mp4.timeline import Timeline
from custom_components.latchstring.relay.sources.ffmpeg.demux import Demuxer
from tests.cameras.odd import Film, numbers_in
from tests.cameras.odd.film import shots_of

FILM: Final = Film(pictures=60, keyframe_every=1)
RATE: Final = 15
BEFORE: Final = 20
"""Pictures that were sent before a share was opened."""
SOON: Final = 30
"""Pictures that were sent before the reader had read on."""


class _Sent(io.RawIOBase):
    """What was written since it was taken last."""

    def __init__(self) -> None:
        self._data = b""

    @override
    def writable(self) -> bool:
        return True

    @override
    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._data += bytes(data)
        return len(data)

    def take(self) -> bytes:
        data, self._data = self._data, b""
        return data


def stream_of_pictures() -> list[bytes]:
    """Give the film as MPEG-TS, picture by picture."""
    sent, pictures = _Sent(), []
    with av.open(sent, "w", format="mpegts", options={"flush_packets": "1"}) as out:
        stream = out.add_stream("libx264", rate=RATE)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = FILM.width, FILM.height, "yuv420p"
        for number, shot in enumerate(shots_of(FILM)):
            data = b"".join(b"\0\0\0\1" + unit for unit in shot.units)
            packet = av.Packet(data)
            packet.stream, packet.time_base = stream, Fraction(1, RATE)
            packet.pts = packet.dts = number
            packet.is_keyframe = True
            out.mux(packet)
            pictures.append(sent.take())
    return pictures


class Camera:
    """Sends pictures when it is told to."""

    def __init__(self, server: socket.socket) -> None:
        """Serve the one client that comes."""
        self._server = server
        self._pictures = stream_of_pictures()
        self._sent = 0
        self._client: socket.socket | None = None
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def send(self, until: int) -> None:
        """Send what was not sent of so many pictures."""
        self._thread.join()
        self._send(until)

    def go_on(self) -> None:
        """Send all others, at a camera's own pace."""
        self._thread = threading.Thread(target=self._pace)
        self._thread.start()

    def close(self) -> None:
        """Hang up."""
        self._thread.join()
        if self._client is not None:
            self._client.close()

    def _accept(self) -> None:
        self._client, _ = self._server.accept()
        self._client.recv(4096)
        self._client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\n\r\n")
        self._send(10)

    def _pace(self) -> None:
        for number in range(self._sent, FILM.pictures):
            time.sleep(1 / (4 * RATE))
            self._send(number + 1)

    def _send(self, until: int) -> None:
        assert self._client is not None
        self._client.sendall(b"".join(self._pictures[self._sent : until]))
        self._sent = until


@contextmanager
def camera() -> Iterator[tuple[Camera, str]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        serving = Camera(server)
        with closing(serving):
            yield serving, f"http://127.0.0.1:{server.getsockname()[1]}/live.ts"


def number_of(packaged: PackagedFragment) -> int:
    (number,) = numbers_in(packaged.video.init + packaged.fragment.data)
    return number


@pytest.mark.usefixtures("socket_enabled")
def test_what_had_come_before_it_was_read_is_known_as_such() -> None:
    with camera() as (sender, url):
        demuxer = Demuxer(
            CameraAddress(url=url), Timeline(), threading.Event(), time=time.monotonic
        )
        with closing(demuxer.fragments()) as pictures:
            read = list(islice(pictures, 3))
            sender.send(BEFORE)
            opened = time.monotonic()
            sender.send(SOON)
            read += islice(pictures, SOON - len(read) - 2)
            sender.go_on()
            read += islice(pictures, FILM.pictures - len(read) - 2)

    new = [number_of(each) for each in read if each.after >= opened]
    assert len(read) == FILM.pictures - 2
    assert min(new) >= BEFORE
