"""The RTSP server (RFC 2326) that the demo's cameras stand behind."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
import errno
from functools import partial
import socket
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from .camera import Camera
from .connection import Connection, House
from .credentials import Credentials
from .encoder import Encoder
from .message import LONGEST_HEAD
from .scenes import SCENES
from .scenes.scene import Scene

HOST: Final = "127.0.0.1"
MOST_WAITING: Final = 512 * 1024
MOST_CONNECTIONS: Final = 64

_SEND_BUFFER: Final = 64 * 1024


class PortTaken(Exception):
    """Something else listens on the port asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cameras:
    """The cameras that are being served."""

    port: int
    cameras: Mapping[str, Camera]
    credentials: Credentials | None

    def __getitem__(self, name: str) -> Camera:
        return self.cameras[name]

    def url(self, name: str) -> str:
        """Where to watch a camera, with the credentials if it wants any."""
        known = self.credentials
        login = f"{_quoted(known.user)}:{_quoted(known.password)}@" if known else ""
        return f"rtsp://{login}{HOST}:{self.port}/{self.cameras[name].name}"


@asynccontextmanager
async def serve(
    *,
    port: int = 0,
    scenes: Mapping[str, Callable[[], Scene]] = SCENES,
    user: str | None = None,
    password: str | None = None,
    most_waiting: int = MOST_WAITING,
) -> AsyncIterator[Cameras]:
    """Serve one camera a scene, each drawn only while somebody watches it.

    A client for which more than `most_waiting` bytes wait is dropped.
    """
    credentials = _credentials(user, password)
    with ThreadPoolExecutor(2 * len(scenes), "camera") as executor:
        cameras = {
            name: Camera(name, draw, executor=executor) for name, draw in scenes.items()
        }
        house = House(
            cameras=MappingProxyType(cameras),
            parameter_sets=Encoder().parameter_sets,
            credentials=credentials,
            most_waiting=most_waiting,
        )
        async with _listening(house, port) as taken:
            yield Cameras(port=taken, cameras=house.cameras, credentials=credentials)
        for camera in cameras.values():
            await camera.until_resting()


@asynccontextmanager
async def _listening(house: House, port: int) -> AsyncIterator[int]:
    """Take connections; at the end they are all gone."""
    running: set[asyncio.Task[None]] = set()
    try:
        server = await asyncio.start_server(
            partial(_accept, house, running), HOST, port, limit=LONGEST_HEAD
        )
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise PortTaken(
            f"Port {port} is taken by another program; choose another one, or 0 for any"
        ) from error
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        server.abort_clients()
        await asyncio.gather(*running)
        await server.wait_closed()


def _accept(
    house: House,
    running: set[asyncio.Task[None]],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    if len(running) >= MOST_CONNECTIONS:
        writer.transport.abort()
        return
    link: socket.socket = writer.get_extra_info("socket")
    link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
    task = asyncio.get_running_loop().create_task(
        Connection(house, reader, writer).run()
    )
    running.add(task)
    task.add_done_callback(running.discard)


def _credentials(user: str | None, password: str | None) -> Credentials | None:
    """Half of them would leave the cameras open to all."""
    if user and password:
        return Credentials(user=user, password=password)
    if user or password:
        raise ValueError("A user needs a password, and a password a user")
    return None


def _quoted(text: str) -> str:
    return quote(text, safe="")
