"""A camera works while somebody watches, once for all who do, and rests otherwise."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Protocol

from .encoder import AccessUnit
from .picture import Picture
from .scenes.scene import Scene
from .worker import Worker, machine_seconds


class Viewer(Protocol):
    """Somebody who is sent the camera's pictures."""

    def show(self, unit: AccessUnit) -> None:
        """Take one access unit."""

    def lose(self) -> None:
        """The camera has ended; nothing more comes."""


class Camera:
    """Lives on the loop; only its worker draws elsewhere."""

    def __init__(
        self, name: str, draw: Callable[[], Scene], *, executor: Executor
    ) -> None:
        """Nothing is drawn before the first viewer."""
        self.name = name
        self._draw = draw
        self._executor = executor
        self._epoch = machine_seconds()
        self._viewers: list[Viewer] = []
        self._worker: Worker | None = None
        self._runs: set[asyncio.Future[None]] = set()
        self._changed = asyncio.Event()

    @property
    def viewers(self) -> int:
        """How many are watching."""
        return len(self._viewers)

    async def until_viewers(self, count: int) -> None:
        """Wait until exactly so many watch."""
        while self.viewers != count:
            await self._changed.wait()

    async def until_resting(self) -> None:
        """Wait until nothing is drawn any more; raises what drawing failed of."""
        await asyncio.gather(*self._runs)

    async def now(self) -> Picture:
        """Draw what it sees at this moment; for that nobody has to watch."""
        seconds = machine_seconds() - self._epoch
        return await asyncio.get_running_loop().run_in_executor(
            self._executor, lambda: self._draw().at(seconds)
        )

    def attach(self, viewer: Viewer) -> None:
        """Send `viewer` all access units from now on; the first wakes the camera."""
        self._viewers.append(viewer)
        self._announce()
        if self._worker is None:
            self._wake()

    def detach(self, viewer: Viewer) -> None:
        """Send `viewer` nothing more; the last one lets the camera rest."""
        if viewer not in self._viewers:
            return
        self._viewers.remove(viewer)
        self._announce()
        if not self._viewers:
            self._rest()

    def _wake(self) -> None:
        self._worker = Worker(self._draw, self._deliver, epoch=self._epoch)
        run = asyncio.get_running_loop().run_in_executor(
            self._executor, self._worker.run
        )
        self._runs.add(run)
        run.add_done_callback(self._ended)

    def _rest(self) -> None:
        if self._worker:
            self._worker.stop()
        self._worker = None

    def _ended(self, run: asyncio.Future[None]) -> None:
        """A run that failed is kept, for `until_resting` to raise."""
        if not run.cancelled() and run.exception() is None:
            self._runs.discard(run)
            return
        for viewer in tuple(self._viewers):
            viewer.lose()

    def _deliver(self, unit: AccessUnit) -> None:
        for viewer in tuple(self._viewers):
            viewer.show(unit)

    def _announce(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
