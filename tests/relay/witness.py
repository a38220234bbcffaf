"""A second, independent reader of a camera: what it really sent, before the relay."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
import threading

import av

from tests.cameras.gst_camera import GstCamera

from .news import PATIENCE

_OPTIONS = {"rtsp_transport": "tcp"}
_START = b"\x00\x00\x01"


class Witness:
    """Reads the stream as it is, title and all, on a thread of its own."""

    def __init__(self, url: str) -> None:
        self.title = ""
        self.packets: list[bytes] = []
        self.moments: list[int | None] = []
        """When each is to be shown, by the camera's own clock of 90 kHz."""
        self.sees = threading.Event()
        self._url = url
        self._done = threading.Event()

    @property
    def pictures(self) -> list[tuple[bytes, ...]]:
        """Give every access unit's slices (H.264), which are the same wherever it is read."""
        return [slices_of(tuple(packet.split(_START))) for packet in list(self.packets)]

    def read(self) -> None:
        with closing(av.open(self._url, "r", options=_OPTIONS, timeout=5)) as container:
            self.title = container.metadata.get("title", "")
            for packet in container.demux(video=0):
                self.moments.append(packet.pts)
                self.packets.append(bytes(packet))
                self.sees.set()
                if self._done.is_set():
                    return

    async def until_it_saw(self, picture: tuple[bytes, ...]) -> None:
        """Wait for FFmpeg, which holds each picture until the next one begins."""
        while picture not in self.pictures:
            self.sees.clear()
            assert await asyncio.to_thread(self.sees.wait, PATIENCE)

    def stop(self) -> None:
        self._done.set()


def slices_of(units: tuple[bytes, ...]) -> tuple[bytes, ...]:
    return tuple(
        unit.rstrip(b"\x00") for unit in units if unit and unit[0] & 0x1F in (1, 5)
    )


@asynccontextmanager
async def witness_of(camera: GstCamera) -> AsyncIterator[Witness]:
    witness = Witness(camera.url)
    reading = asyncio.create_task(asyncio.to_thread(witness.read))
    try:
        assert await asyncio.to_thread(witness.sees.wait, PATIENCE)
        yield witness
    finally:
        witness.stop()
        await reading
