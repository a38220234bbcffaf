"""The tasks and threads of this Home Assistant."""

import asyncio
from collections import Counter
import ctypes
import gc
import re
import threading
from typing import Any, Final

_NUMBER: Final = re.compile(r"[_-]?\d+$")


def balance() -> dict[str, Any]:
    """Return them by name, after all garbage has been collected and the memory that is free given back."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    threads = (_NUMBER.sub("", each.name) for each in threading.enumerate())
    return {
        "tasks": Counter(map(_name, asyncio.all_tasks())),
        "threads": Counter(threads),
    }


def _name(task: asyncio.Task[Any]) -> str:
    return getattr(task.get_coro(), "__qualname__", "unnamed")
