"""A process that only keeps a record, to be starved, locked out and killed.

    python -m tests.record.keeper FOLDER [--unprivileged]

It does what it reads, line by line, and answers each line with one:
`append TEXT`, `turn` (wait until `writable` turns), `limit BYTES`, `fill`, `clear`, `read`.

    python -m tests.record.keeper --nursery

For each line `FOLDER NAME` it forks a process that keeps a record there under a load that
never ends: it says its number, how the record opened, and after each append what is on disk.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
import ctypes
from datetime import UTC, datetime
from itertools import count
import os
from pathlib import Path
import resource
import signal
import sys
from types import ModuleType

# Home Assistant is of no use here and takes seconds to import.
PACKAGE = "custom_components.latchstring"
sys.modules[PACKAGE] = ModuleType(PACKAGE)
sys.modules[PACKAGE].__path__ = ["custom_components/latchstring"]

from custom_components.latchstring.record import (  # noqa: E402 - see above
    HOUSEHOLD,
    Callbacks,
    Record,
    RecordUnwritable,
)

from .conftest import QUICK  # noqa: E402 - see above
from .entries import HUB, identity, plain, started  # noqa: E402 - see above

CALLERS = 8
MANY = 100_000
LINUX_CAPABILITY_VERSION_3 = 0x20080522
PR_SET_PDEATHSIG = 1


def say(*words: object) -> None:
    print(*words, flush=True)  # noqa: T201 - it is how this process answers


def give_up_privileges() -> None:
    """Let a file's mode hold for root as for everybody."""
    header = (ctypes.c_uint32 * 2)(LINUX_CAPABILITY_VERSION_3, 0)
    none = (ctypes.c_uint32 * 6)()
    if ctypes.CDLL(None, use_errno=True).capset(header, none):
        raise OSError(ctypes.get_errno())


class Keeper:
    """A record, and what can be done to it."""

    def __init__(
        self, record: Record, turns: asyncio.Queue[bool], folder: Path
    ) -> None:
        self.record = record
        self.filler = folder.parent / "filler"
        self.turns = turns
        self.commands: dict[str, Callable[[str], Awaitable[object]]] = {
            "append": self.append,
            "turn": self.turn,
            "limit": self.limit,
            "fill": self.fill,
            "clear": self.clear,
            "read": self.read,
        }

    async def append(self, text: str) -> object:
        try:
            return (
                await self.record.log(HUB).append(plain(text), at=datetime.now(UTC))
            ).index
        except RecordUnwritable as unwritable:
            return unwritable.fault

    async def turn(self, _: str) -> object:
        return await self.turns.get()

    async def limit(self, size: str) -> object:
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(size), hard))
        return "limited"

    async def fill(self, _: str) -> object:
        with suppress(OSError), self.filler.open("wb", buffering=0) as filler:
            while filler.write(bytes(4096)):
                pass
        return "full"

    async def clear(self, _: str) -> object:
        self.filler.unlink()
        return "cleared"

    async def read(self, _: str) -> object:
        found = await self.record.log(HUB).entries(newest_first=False, limit=MANY)
        return " ".join(str(entry.content["hub_id"]) for entry in found)


async def opened(
    folder: Path, told: Callable[[bool], None] = lambda _writable: None
) -> Record:
    callbacks = Callbacks(on_health=told)
    record = await Record(folder, timing=QUICK, callbacks=callbacks).open()
    for log in (HUB, HOUSEHOLD):
        record.add_log(identity(log))
    return record


async def bear_load(folder: Path, name: str) -> None:
    record = await opened(folder)
    say(record.fault or "open")
    numbers = count()

    async def call(log: str) -> None:
        for number in numbers:
            session = f"{name}-{number}"
            written = await record.log(log).append(
                started(session), at=datetime.now(UTC)
            )
            say("kept", log, written.index, session)

    await asyncio.gather(*(call((HUB, HOUSEHOLD)[n % 2]) for n in range(CALLERS)))


def die_with_parent() -> None:
    """Let nothing be left of a test that failed."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL):
        raise OSError(ctypes.get_errno())


def nurse() -> None:
    """Fork, because what is killed two hundred times should not import Python's library as often."""
    for line in sys.stdin:
        folder, name = line.split()
        if (child := os.fork()) == 0:
            try:
                die_with_parent()
                say(os.getpid())
                asyncio.run(bear_load(Path(folder), name))
            finally:
                os._exit(1)
        os.waitpid(child, 0)
        say("\ngone")


async def main(folder: Path) -> None:
    turns: asyncio.Queue[bool] = asyncio.Queue()
    record = await opened(folder, turns.put_nowait)
    keeper = Keeper(record, turns, folder)
    say(record.fault or "open")
    while line := await asyncio.to_thread(sys.stdin.readline):
        command, _, rest = line.strip().partition(" ")
        say(await keeper.commands[command](rest))
    await record.close()


if __name__ == "__main__":
    if "--unprivileged" in sys.argv:
        give_up_privileges()
    if "--nursery" in sys.argv:
        nurse()
    else:
        asyncio.run(main(Path(sys.argv[1])))
