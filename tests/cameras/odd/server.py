"""Serving an odd camera."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from tests.cameras.message import LONGEST_HEAD

from .camera import OddCamera
from .client import OddClient
from .film import shots_of
from .oddities import Oddities


@asynccontextmanager
async def odd_camera(oddities: Oddities, port: int = 0) -> AsyncIterator[OddCamera]:
    """Serve whoever comes, on any free port or this; at the end all connections are gone, and what failed is raised."""
    camera = OddCamera(oddities)
    for film in (oddities.film, oddities.next_film):
        if film is not None:
            shots_of(film)  # it takes its time
    server = await asyncio.start_server(
        partial(_accept, camera),
        oddities.host,
        port,
        ssl=oddities.tls,
        limit=LONGEST_HEAD,
    )
    camera.port = server.sockets[0].getsockname()[1]
    try:
        yield camera
    finally:
        server.close()
        camera.hang_up()
        await camera.until_left()
        await server.wait_closed()


def _accept(
    camera: OddCamera,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    camera.connections += 1
    client = OddClient(camera, reader, writer)
    camera.clients.append(asyncio.get_running_loop().create_task(client.run()))
