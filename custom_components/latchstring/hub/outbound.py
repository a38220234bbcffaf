"""The queue of frames to send, in order and bounded."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import WSMsgType

MAX_FRAMES: Final = 512
MAX_BYTES: Final = 1 << 20


def _ignore() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One WebSocket frame; exactly one of `sent` and `lost` is called, once."""

    kind: WSMsgType
    data: bytes = b""
    sent: Callable[[], None] = _ignore
    lost: Callable[[], None] = _ignore


class OutboundQueue:
    """Frames to send. A hub that doesn't read fills it: the connection is closed then, and nobody waits."""

    def __init__(self) -> None:
        self._frames: deque[Frame] = deque()
        self._bytes = 0
        self._filled = asyncio.Event()

    def put(self, frame: Frame) -> bool:
        """Queue a frame; return False if the queue is full."""
        waiting = self._bytes + len(frame.data)
        if len(self._frames) >= MAX_FRAMES or waiting > MAX_BYTES:
            return False
        self._frames.append(frame)
        self._bytes = waiting
        self._filled.set()
        return True

    async def next(self) -> Frame:
        """Wait for a frame, remove the oldest and return it."""
        await self._filled.wait()
        return self._take()

    def drop(self) -> None:
        """Remove all frames and call their `lost`."""
        while self._frames:
            self._take().lost()

    def _take(self) -> Frame:
        frame = self._frames.popleft()
        self._bytes -= len(frame.data)
        if not self._frames:
            self._filled.clear()
        return frame
