"""What the house's process holds: as it says itself while it rests, and as the system sees it all the time."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
import os
from pathlib import Path
from typing import Final, Self, override

from ..house import PROBE, House

POOL: Final = "SyncWorker"
"""Home Assistant's pool keeps each thread it ever needed, up to its size."""
DATABASE: Final = ".db"
"""SQLite closes no descriptor of a file that others in the process lock: it keeps it for the next reader."""
MOST_OF_A_DATABASE: Final = 64
"""The size of Home Assistant's pool: as many readers there may be at once, and so as many descriptors."""
RESTS_WITHIN: Final = 90.0
LOOKS: Final = 4
PAUSE: Final = 5.0
"""Seconds between two looks."""
MEGABYTE: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Counts by names, and bytes of memory."""

    tasks: Counter[str]
    threads: Counter[str]
    files: Counter[str]
    memory: int

    @classmethod
    async def by(cls, house: House) -> Self:
        """Ask the probe in the house, and the system."""
        told = await house.client.ask(f"{PROBE}.balance")
        threads = Counter(told["threads"])
        del threads[POOL]
        return cls(
            tasks=Counter(told["tasks"]),
            threads=threads,
            files=Counter(open_files(house.pid)),
            memory=resident_bytes(house.pid),
        )

    @override
    def __str__(self) -> str:
        """Say it in a line."""
        return (
            f"{self.memory / MEGABYTE:.1f} MB, {self.tasks.total()} tasks, "
            f"{self.threads.total()} threads, {self.files.total()} open files, "
            f"{self.files['socket']} of them sockets"
        )

    def beyond(self, start: Held) -> dict[str, int]:
        """Return what is more than at the start, by name."""
        pairs = (
            (self.tasks, start.tasks),
            (self.threads, start.threads),
            (self.files, start.files),
        )
        more = {
            name: many for now, then in pairs for name, many in (now - then).items()
        }
        return {name: many for name, many in more.items() if not self._is_kept(name)}

    def _is_kept(self, name: str) -> bool:
        return name.endswith(DATABASE) and self.files[name] <= MOST_OF_A_DATABASE


async def at_rest(house: House) -> Held:
    """Return the least of several looks, so that nothing passing counts."""
    looks = []
    for _ in range(LOOKS):
        looks.append(await Held.by(house))
        await asyncio.sleep(PAUSE)
    tasks, threads, files = looks[0].tasks, looks[0].threads, looks[0].files
    for each in looks[1:]:
        tasks, threads, files = (
            tasks & each.tasks,
            threads & each.threads,
            files & each.files,
        )
    memory = min(each.memory for each in looks)
    return Held(tasks=tasks, threads=threads, files=files, memory=memory)


async def back_at(start: Held, house: House) -> Held:
    """Wait until no more is held than at the start; return what is held then, or still."""
    loop = asyncio.get_running_loop()
    patience = loop.time() + RESTS_WITHIN
    while (held := await Held.by(house)).beyond(start) and loop.time() < patience:  # noqa: ASYNC110 - it has to be asked
        await asyncio.sleep(PAUSE)
    return held


class Watch:
    """Looks from outside at the processor's time and the memory of two processes: the house's, and this one."""

    def __init__(self, pid: int) -> None:
        self.least = self.most = resident_bytes(pid)
        self._pid = pid
        self._began = os.times().elapsed
        self._used = [processor_seconds(each) for each in (pid, os.getpid())]

    async def look(self) -> None:
        """Look once a second until cancelled."""
        while True:
            now = resident_bytes(self._pid)
            self.least, self.most = min(self.least, now), max(self.most, now)
            await asyncio.sleep(1)

    def shares(self) -> list[float]:
        """Return how much of one core the house and all around it have used since the beginning."""
        used = [processor_seconds(each) for each in (self._pid, os.getpid())]
        passed = os.times().elapsed - self._began
        return [
            (now - then) / passed for now, then in zip(used, self._used, strict=True)
        ]


def open_files(pid: int) -> Iterator[str]:
    """Yield the paths or kinds of all that a process has open."""
    for each in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # it was closed meanwhile
            kind, _, _ = str(each.readlink()).partition(":[")
            yield kind


def resident_bytes(pid: int) -> int:
    """Return the memory of a process that is in RAM."""
    _, pages, *_ = Path(f"/proc/{pid}/statm").read_text().split()
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def processor_seconds(pid: int) -> float:
    """Return the processor's time that a process has used."""
    _, _, rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
    user, system = rest.split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
