"""A process that is asked by lines, as those that run `logbook.answer` are, and what it costs."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
import json
from pathlib import Path
import sys
import time
from typing import Any, Final, Self

_PATIENCE: Final = 60
_LONGEST_LINE: Final = 64 * 1024 * 1024
_MEGABYTE: Final = 1000


class ProcessEnded(Exception):
    """A process that should run has ended, by itself."""


class Counterpart:
    """One process; it may be one that says nothing."""

    def __init__(self, command: Sequence[str | Path]) -> None:
        self._command = command
        self._process: asyncio.subprocess.Process | None = None
        self.began_at = 0.0

    @classmethod
    def module(cls, name: str, *arguments: str | Path) -> Self:
        """Take a module of this package."""
        return cls([sys.executable, "-m", f"{__package__}.{name}", *arguments])

    async def __aenter__(self) -> Self:
        self.began_at = time.monotonic()
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=_LONGEST_LINE,
        )
        return self

    async def __aexit__(self, *_exc: object) -> None:
        process = self.process
        with suppress(ProcessLookupError):
            process.kill()
        # What is still in the pipes has to be read, or the transport stays open.
        await process.communicate()

    @property
    def process(self) -> asyncio.subprocess.Process:
        """Return the process, which runs."""
        assert self._process is not None
        return self._process

    @property
    def has_ended(self) -> bool:
        """Say whether it has ended by itself."""
        return self.process.returncode is not None

    async def told(self) -> Any:
        """Return what it says next."""
        assert self.process.stdout is not None
        async with asyncio.timeout(_PATIENCE):
            line = await self.process.stdout.readline()
        if not line:
            raise ProcessEnded(str(self._command[-1]))
        return json.loads(line)

    async def ask(self, words: str) -> Any:
        """Return its answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{words}\n".encode())
        return await self.told()

    def cpu_seconds(self) -> float:
        """Return the processor time of this process and its children.

        By the clock that clock_getcpuclockid(3) gives, which is far finer than the ticks in `/proc`.
        """
        return sum(time.clock_gettime(~pid << 3 | 2) for pid in self._tree())

    def memory(self, kind: str) -> float:
        """Return the resident megabytes of this process and its children: `Pss`, shared pages by parts, or `Rss`."""
        return sum(_memory(pid, kind) for pid in self._tree())

    def _tree(self) -> list[int]:
        found = [self.process.pid]
        for pid in found:
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                found += map(int, children.read_text().split())
        return found


def _memory(pid: int, kind: str) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    (kilobytes,) = (line.split()[1] for line in lines if line.startswith(f"{kind}:"))
    return int(kilobytes) / _MEGABYTE
