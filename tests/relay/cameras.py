"""A camera source in front of a real camera."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from custom_components.latchstring.relay import CameraAddress, CameraStream
from custom_components.latchstring.relay.sources.address import Transport
from tests.cameras.gst_camera import GstCamera

ESTABLISHED = "01"


def source_by(
    locate: Callable[[], Awaitable[str]],
    *,
    keep: float = 0,
    transport: Transport | None = None,
    on_change: Callable[[], None] = lambda: None,
) -> CameraStream:
    """Make a source that finds its camera this way, soon tries again, and lets go of it at once."""

    async def located() -> CameraAddress:
        return CameraAddress(url=await locate(), transport=transport)

    return CameraStream(
        loop=asyncio.get_running_loop(),
        locate=located,
        name=lambda: "Porch",
        pause=lambda _attempt: 0.01,
        keep=keep,
        on_change=on_change,
    )


@asynccontextmanager
async def source_of(camera: GstCamera) -> AsyncIterator[CameraStream]:
    async def locate() -> str:
        return camera.url

    source = source_by(locate)
    try:
        yield source
    finally:
        await source.async_close()


def connections_to(port: int) -> int:
    """Ask the kernel how many connections there are to a port of this machine."""
    rows = (
        line.split() for line in Path("/proc/self/net/tcp").read_text().splitlines()
    )
    return sum(
        row[2].endswith(f":{port:04X}") and row[3] == ESTABLISHED for row in rows
    )
