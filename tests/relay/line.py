"""A line with a rate and a delay, in front of a server: TCP in, TCP out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import KW_ONLY, dataclass, replace
from math import inf
import socket
from typing import Final

from custom_components.latchstring.relay import IngestTarget

_CHUNK: Final = 8 * 1024
"""Bytes read at a time, small enough that a slow line carries them evenly."""
_BURST: Final = 0.01
"""Seconds that the line makes up for where this machine was late."""

type _Queue = asyncio.Queue[tuple[float, bytes]]


@asynccontextmanager
async def line_to(
    target: IngestTarget, *, megabits: float, delay: float = 0.02
) -> AsyncIterator[IngestTarget]:
    """Give the target at the near end of a line that carries so much to it, and delays each direction (seconds).

    It holds only what is on its way: a sender that sends more has to wait.
    """
    lines: list[asyncio.Task[None]] = []

    def serve(near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        line = _Line(near, back, delay=delay, bytes_per_second=megabits * 125_000)
        lines.append(asyncio.create_task(line.run(target.port)))

    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2 * _CHUNK)
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        server = await asyncio.start_server(serve, sock=listener, limit=_CHUNK)
        async with server:
            yield replace(
                target, port=port, url=f"https://{target.host}:{port}/ingest/1"
            )
            for line in lines:
                line.cancel()
            await asyncio.gather(*lines, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class _Line:
    """One connection over the line, from its near end on."""

    near: asyncio.StreamReader
    back: asyncio.StreamWriter
    _: KW_ONLY
    delay: float
    bytes_per_second: float

    async def run(self, port: int) -> None:
        """Carry both directions until one ends."""
        far, onward = await asyncio.open_connection("127.0.0.1", port, limit=_CHUNK)
        try:
            async with asyncio.TaskGroup() as group:
                there: _Queue = asyncio.Queue()
                back: _Queue = asyncio.Queue()
                group.create_task(self._enter(self.near, there, self.bytes_per_second))
                group.create_task(_leave(there, onward))
                group.create_task(self._enter(far, back, inf))
                group.create_task(_leave(back, self.back))
        finally:
            onward.transport.abort()
            self.back.transport.abort()

    async def _enter(
        self, reader: asyncio.StreamReader, queue: _Queue, bytes_per_second: float
    ) -> None:
        loop = asyncio.get_running_loop()
        data, free_at = b"something", 0.0
        while data:
            data = await reader.read(_CHUNK)
            free_at = max(free_at, loop.time() - _BURST) + len(data) / bytes_per_second
            await asyncio.sleep(free_at - loop.time())
            queue.put_nowait((loop.time() + self.delay, data))


async def _leave(queue: _Queue, writer: asyncio.StreamWriter) -> None:
    """Hand out at the far end what is due; empty bytes are the end, of which there is one."""
    loop = asyncio.get_running_loop()
    while True:
        due, data = await queue.get()
        await asyncio.sleep(due - loop.time())
        if not data:
            raise ConnectionResetError
        writer.write(data)
