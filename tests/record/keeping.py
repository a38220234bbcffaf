"""The other end of `keeper`: starting it, telling it what to do, and ending it."""

import asyncio
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import os
from pathlib import Path
import shutil
import signal
import subprocess
import sys

PATIENCE = 30
KEEPER = (sys.executable, "-m", "tests.record.keeper")
IN_A_NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")


class Kept:
    """A running keeper."""

    def __init__(self, process: Process) -> None:
        self.process = process

    async def hear(self) -> str:
        assert self.process.stdout
        async with asyncio.timeout(PATIENCE):
            return (await self.process.stdout.readline()).decode().strip()

    async def tell(self, command: str) -> str:
        assert self.process.stdin
        self.process.stdin.write(f"{command}\n".encode())
        return await self.hear()


class Nursery(Kept):
    """Has one keeper at a time, which bears a load until it is killed."""

    async def breed(self, folder: Path, name: str) -> int:
        """Let one begin, and give its number once it has opened its record."""
        child = int(await self.tell(f"{folder} {name}"))
        assert await self.hear() == "open"
        return child

    async def kill(self, child: int) -> list[str]:
        """Kill -9, and give what it had still said."""
        os.kill(child, signal.SIGKILL)
        left = []
        while (line := await self.hear()) != "gone":
            left.append(line)
        # The last line is empty or was cut short, and then never heard.
        return left[:-1]


@asynccontextmanager
async def keeping(
    folder: Path, *options: str, tmpfs: bool = False
) -> AsyncGenerator[Kept]:
    """Run a keeper; with `tmpfs` its folder's parent is a disk of one megabyte."""
    keeper = (*KEEPER, str(folder), *options)
    mount = 'mount -t tmpfs -o size=1m none "$0" && exec "$@"'
    inside = (*IN_A_NAMESPACE, "sh", "-c", mount, str(folder.parent))
    async with _running(*(inside if tmpfs else ()), *keeper) as process:
        yield Kept(process)


@asynccontextmanager
async def nursery() -> AsyncGenerator[Nursery]:
    """Run a process that starts keepers quickly."""
    async with _running(*KEEPER, "--nursery") as process:
        yield Nursery(process)


@asynccontextmanager
async def _running(*command: str) -> AsyncGenerator[Process]:
    """Run a process, and end it by having nothing more to tell it."""
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    try:
        yield process
    finally:
        assert process.stdin
        process.stdin.close()
        try:
            async with asyncio.timeout(PATIENCE):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def can_mount(folder: Path) -> bool:
    """Say whether this system lets us mount a disk of our own."""
    if shutil.which("unshare") is None:
        return False
    mount = ("mount", "-t", "tmpfs", "none", str(folder))
    tried = subprocess.run((*IN_A_NAMESPACE, *mount), capture_output=True, check=False)
    return tried.returncode == 0
