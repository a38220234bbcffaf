"""What happens in this Home Assistant for a while: what is fired, decided, written and logged; how the loop is held.

The interpreter counts the calls (PEP 669), so nothing is wrapped and nothing else is slowed down.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
import gc
import logging
import sys
import time
from types import CodeType
from typing import Any, Final, override

from homeassistant.core import EventBus, StateMachine

from custom_components.latchstring.core.decision import decide
from custom_components.latchstring.relay import Upload

TOOL: Final = sys.monitoring.PROFILER_ID
BEGINS: Final = sys.monitoring.events.PY_START

FIRE: Final[CodeType] = EventBus.async_fire_internal.__code__
WRITE: Final[CodeType] = StateMachine.async_set_internal.__code__
DECIDE: Final[CodeType] = decide.__code__
CUT: Final[CodeType] = Upload.cut.__code__
COUNTED: Final = (FIRE, WRITE, DECIDE, CUT)

EVERY: Final = 0.001
"""Seconds between two looks at the loop."""

QUIET: Final = 0.25
"""Seconds without an event after which it is over."""

SHOWN: Final = 3
"""So much of what was logged is told."""


class Counts(logging.Handler):
    """What has happened since `counting` began; `entity_ids` are those whose writes count."""

    def __init__(self, entity_ids: Collection[str]) -> None:
        super().__init__(logging.WARNING)
        self.events = 0
        self.decisions = 0
        self.writes: Counter[str] = Counter()
        self.cuts: dict[int, tuple[float, float]] = {}
        self.logged: list[str] = []
        self.held = 0.0
        self.busy = 0.0
        self.collected = 0.0
        self.last_event = time.monotonic()
        self.worked = 0.0
        self._entity_ids = frozenset(entity_ids)
        self._began = time.thread_time()
        self._looked = (time.monotonic(), time.thread_time())
        self._next_look: asyncio.TimerHandle | None = None
        self._collects_since: float | None = None

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self.logged.append(f"{record.levelname} {record.name}: {record.getMessage()}")

    def as_response(self) -> dict[str, Any]:
        """Return all of it; times in milliseconds, those of work without what the machine did for others meanwhile."""
        return {
            "events": self.events,
            "decisions": self.decisions,
            "writes": self.writes.total(),
            "most_writes": max(self.writes.values(), default=0),
            "held": self.held * 1000,
            "busy": self.busy * 1000,
            "collected": self.collected * 1000,
            "worked": self.worked * 1000,
            "logged": len(self.logged),
            "first_logged": self.logged[:SHOWN],
        }

    async def quiet(self) -> None:
        """Wait until nothing has happened for a moment."""
        while (left := self.last_event + QUIET - time.monotonic()) > 0:  # noqa: ASYNC110 - nothing tells it
            await asyncio.sleep(left)

    def called(self, code: CodeType, _offset: int) -> None:
        """Count a call that begins."""
        if code is DECIDE:
            self.decisions += 1
            return
        if code is CUT:
            self.cuts.setdefault(
                id(_argument("self")),
                (time.monotonic(), time.thread_time() - self._began),
            )
            return
        self.last_event = time.monotonic()
        self.worked = time.thread_time() - self._began
        if code is FIRE:
            self.events += 1
        elif (entity_id := _argument("entity_id")) in self._entity_ids:
            self.writes[entity_id] += 1

    def collects(self, phase: str, _info: dict[str, int]) -> None:
        """See how long the interpreter collects garbage, which holds the loop whatever it does."""
        now = time.monotonic()
        if phase == "start":
            self._collects_since = now
        elif self._collects_since is not None:
            self.collected = max(self.collected, now - self._collects_since)

    def look(self) -> None:
        """See how long the loop was away, and look again soon."""
        looked = now, worked = time.monotonic(), time.thread_time()
        self.held = max(self.held, now - self._looked[0])
        self.busy = max(self.busy, worked - self._looked[1])
        self._looked = looked
        self._next_look = asyncio.get_running_loop().call_later(EVERY, self.look)

    def look_no_more(self) -> None:
        """Stop looking, after a last time."""
        self.look()
        if self._next_look is not None:
            self._next_look.cancel()


def _argument(name: str) -> Any:
    """Return an argument of the call that is being counted."""
    return sys._getframe(2).f_locals[name]  # noqa: SLF001 - it is how the interpreter tells


@contextmanager
def counting(entity_ids: Collection[str]) -> Iterator[Counts]:
    """Count until the block is left."""
    counts = Counts(entity_ids)
    sys.monitoring.use_tool_id(TOOL, __name__)
    sys.monitoring.register_callback(TOOL, BEGINS, counts.called)
    for code in COUNTED:
        sys.monitoring.set_local_events(TOOL, code, BEGINS)
    logging.getLogger().addHandler(counts)
    gc.callbacks.append(counts.collects)
    counts.look()
    try:
        yield counts
    finally:
        counts.look_no_more()
        gc.callbacks.remove(counts.collects)
        logging.getLogger().removeHandler(counts)
        for code in COUNTED:
            sys.monitoring.set_local_events(TOOL, code, 0)
        sys.monitoring.register_callback(TOOL, BEGINS, None)
        sys.monitoring.free_tool_id(TOOL)


async def settled() -> None:
    """Collect all garbage there is, and wait until nothing happens.

    To go through all objects of a home with 12,000 entities takes Python most of a second, in which nothing else runs.
    Part of them are the benchmark's, which looks for the uploads among all of them. So it is done now.
    """
    gc.collect()
    with counting(()) as before:
        await before.quiet()
