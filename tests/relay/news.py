"""Waiting for what a counterpart sees, without sleeping."""

import asyncio
from collections.abc import Callable

PATIENCE = 30


class News:
    def __init__(self) -> None:
        self._told = asyncio.Event()

    def tell(self) -> None:
        self._told.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Look again whenever something was told; TimeoutError when it never holds."""
        async with asyncio.timeout(PATIENCE):
            while not holds():
                self._told.clear()
                await self._told.wait()
