"""What a counterpart noted and when, asked for by who started it: a line on stdin, a line of JSON on stdout."""

import asyncio
from collections.abc import Callable
import json
import sys
import time
from typing import Any

type Noted = tuple[str, str, float]
"""Of which stream, which picture, and when by the monotonic clock, which all processes share."""


class Logbook:
    """Everything since it was asked for last."""

    def __init__(self) -> None:
        self._noted: list[Noted] = []

    def note(self, stream: str, picture: str, at: float | None = None) -> None:
        """Note a picture, now unless it is said when."""
        self._noted.append((stream, picture, time.monotonic() if at is None else at))

    def take(self, _asked: str) -> list[Noted]:
        """Return what was noted, and forget it."""
        noted, self._noted = self._noted, []
        return noted


def say(words: Any) -> None:
    """Tell the process that started this one."""
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


async def answer(answers: Callable[[str], Any]) -> None:
    """Answer each line until there are no more; this process ends with who started it."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    while line := await reader.readline():
        say(answers(line.decode().strip()))
