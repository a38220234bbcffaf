"""The other end of `keeper`: starting it, telling it what to do, and ending it."""

import asyncio
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
import shutil
import subprocess
import sys

PATIENCE = 30
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

    async def kill(self) -> list[str]:
        """Kill -9, and give what it had still said."""
        assert self.process.stdout
        self.process.kill()
        async with asyncio.timeout(PATIENCE):
            left = await self.process.stdout.read()
            await self.process.wait()
        # A line cut short was never heard.
        return left.decode().split("\n")[:-1]


@asynccontextmanager
async def keeping(
    folder: Path, *options: str, tmpfs: bool = False
) -> AsyncGenerator[Kept]:
    """Run a keeper; with `tmpfs` its folder's parent is a disk of one megabyte."""
    keeper = (sys.executable, "-m", "tests.record.keeper", str(folder), *options)
    mount = 'mount -t tmpfs -o size=1m none "$0" && exec "$@"'
    inside = (*IN_A_NAMESPACE, "sh", "-c", mount, str(folder.parent))
    process = await asyncio.create_subprocess_exec(
        *(inside if tmpfs else ()), *keeper, stdin=PIPE, stdout=PIPE
    )
    try:
        yield Kept(process)
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
