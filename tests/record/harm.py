"""What can happen to a record's file, done for real."""

import asyncio
import logging
import os
from pathlib import Path
import subprocess
import sys
import threading
from typing import override

from custom_components.latchstring.record import RecordFault

from .keeping import PATIENCE

LOCK = """
import sqlite3, sys
file = sqlite3.connect(sys.argv[1], isolation_level=None)
file.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.read()
"""


class Turns:
    """Hears when `writable` turns."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[bool] = asyncio.Queue()

    def hear(self, writable: bool) -> None:  # noqa: FBT001 - the record calls it so
        assert threading.current_thread() is threading.main_thread()
        self.heard.put_nowait(writable)

    async def next(self) -> bool:
        async with asyncio.timeout(PATIENCE):
            return await self.heard.get()


class Locked:
    """Another process that holds the file's lock."""

    def __init__(self, path: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", LOCK, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.process.stdout
        assert self.process.stdout.readline() == b"locked\n"

    def release(self) -> None:
        self.process.communicate(timeout=PATIENCE)


class Tries(logging.Handler):
    """Counts how often the record was tried and failed."""

    logger = logging.getLogger("custom_components.latchstring.record.writer")

    def __init__(self, *, at_least: int) -> None:
        super().__init__()
        self.left = at_least
        self.loop = asyncio.get_running_loop()
        self.enough = asyncio.Event()
        self.logger.addHandler(self)

    @override
    def emit(self, record: logging.LogRecord) -> None:
        assert record.args == (RecordFault.CORRUPT,)
        self.left -= 1
        if self.left == 0:
            self.loop.call_soon_threadsafe(self.enough.set)

    async def done(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await self.enough.wait()
        self.logger.removeHandler(self)


def place(folder: Path, content: bytes) -> None:
    folder.mkdir()
    (folder / "record.db").write_bytes(content)


def contents(folder: Path) -> bytes:
    return (folder / "record.db").read_bytes()


def remove(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def damage(folder: Path) -> bytes:
    """Overwrite the latter half of the file, and give what now stands there."""
    content = contents(folder)
    half = len(content) // 8192 * 4096
    garbage = os.urandom(4096) * ((len(content) - half) // 4096)
    (folder / "record.db").write_bytes(content[:half] + garbage)
    return garbage


def put_file(folder: Path) -> None:
    folder.write_text("not a folder")


def unput_file(folder: Path) -> None:
    folder.unlink()


def permit(folder: Path) -> None:
    folder.chmod(0o700)
    (folder / "record.db").chmod(0o600)
