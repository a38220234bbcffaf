"""Serving an odd camera."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from tests.cameras.message import LONGEST_HEAD

from .camera import OddCamera
from .client import OddClient
from .oddities import Oddities


@asynccontextmanager
async def odd_camera(oddities: Oddities) -> AsyncIterator[OddCamera]:
    """Serve whoever comes; at the end all connections are gone, and what failed is raised."""
    camera, running = OddCamera(oddities), list[asyncio.Task[None]]()
    server = await asyncio.start_server(
        partial(_accept, camera, running),
        oddities.host,
        0,
        ssl=oddities.tls,
        limit=LONGEST_HEAD,
    )
    camera.port = server.sockets[0].getsockname()[1]
    try:
        yield camera
    finally:
        server.close()
        for task in running:
            task.cancel()
        await asyncio.wait([*running, asyncio.create_task(server.wait_closed())])
        for task in running:
            if not task.cancelled():
                task.result()


def _accept(
    camera: OddCamera,
    running: list[asyncio.Task[None]],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    camera.connections += 1
    task = asyncio.get_running_loop().create_task(
        OddClient(camera, reader, writer).run()
    )
    running.append(task)
