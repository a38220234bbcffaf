"""Work that goes on beside an answer, ended with the hub."""

import asyncio
from collections.abc import Coroutine, MutableSequence


class Errands:
    """Keeps its tasks, and takes back those that aren't done at the end."""

    def __init__(self, faults: MutableSequence[str]) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._faults = faults

    def send(self, errand: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(errand)
        self._tasks.add(task)
        task.add_done_callback(self._back)

    async def done(self) -> None:
        """Wait until every errand is done, also those that others led to."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _back(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._faults.append(f"an errand failed: {error!r}")

    async def close(self) -> None:
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
