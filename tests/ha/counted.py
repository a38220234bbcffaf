"""What a change costs, counted and never timed: events, states written by each entity, calls of a function."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
import logging
import sys
from types import CodeType
from typing import Any, Final, override

from homeassistant.const import (
    ATTR_RESTORED,
    EVENT_LOGGING_CHANGED,
    EVENT_STATE_CHANGED,
    EVENT_STATE_REPORTED,
    MATCH_ALL,
)
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
import pytest

from .front_door import DOMAIN

COUNTS: Final = 4
"""The number of a tool that nobody else is."""
WRITES: Final = (EVENT_STATE_CHANGED, EVENT_STATE_REPORTED)


@dataclass(slots=True, kw_only=True)
class Fired:
    """What was fired because of what is ours, and how often each entity of ours wrote itself, changed or not.

    What Home Assistant writes of one that it takes away is not its own.
    """

    events: int = 0
    writes: Counter[str] = field(default_factory=Counter)


@contextmanager
def fired(hass: HomeAssistant) -> Iterator[Fired]:
    """Count the events that are about us until the block is left."""
    counted = Fired()

    def is_ours(data: Mapping[str, Any]) -> bool:
        known = er.async_get(hass).async_get(str(data.get("entity_id")))
        return data.get("domain") == DOMAIN or (
            known is not None and known.platform == DOMAIN
        )

    @callback
    def count(event: Event[Any]) -> None:
        if str(event.event_type).startswith(DOMAIN) or is_ours(event.data):
            counted.events += 1
        if event.event_type in WRITES and is_ours(event.data):
            state = event.data["new_state"]
            if state is not None and not state.attributes.get(ATTR_RESTORED):
                counted.writes[event.data["entity_id"]] += 1

    stop = [
        hass.bus.async_listen(MATCH_ALL, count),
        hass.bus.async_listen(EVENT_STATE_REPORTED, count, callback(is_ours)),
    ]
    try:
        yield counted
    finally:
        for each in stop:
            each()


@dataclass(slots=True, kw_only=True)
class Calls:
    """How often a function was called."""

    number: int = 0


@contextmanager
def calls_of(function: Callable[..., object]) -> Iterator[Calls]:
    """Count the calls of a function until the block is left, as a profiler does."""
    calls = Calls()

    def begins(_code: CodeType, _offset: int) -> None:
        calls.number += 1

    with _at_each_call(function, begins):
        yield calls


@contextmanager
def raising(
    function: Callable[..., object],
    error: Exception,
    on: Callable[[Mapping[str, Any]], bool],
) -> Iterator[Calls]:
    """Let a function raise before it does anything, when it is called with such arguments; count that."""
    calls = Calls()

    def begins(_code: CodeType, _offset: int) -> None:
        if on(sys._getframe(1).f_locals):  # noqa: SLF001 - the only way to what it is called with
            calls.number += 1
            raise error

    with _at_each_call(function, begins):
        yield calls


@contextmanager
def _at_each_call(
    function: Callable[..., object], begins: Callable[[CodeType, int], None]
) -> Iterator[None]:
    monitoring, start = sys.monitoring, sys.monitoring.events.PY_START
    code: CodeType = function.__code__
    monitoring.use_tool_id(COUNTS, __name__)
    try:
        monitoring.register_callback(COUNTS, start, begins)
        monitoring.set_local_events(COUNTS, code, start)
        yield
    finally:
        monitoring.free_tool_id(COUNTS)


class _Firing(logging.Handler):
    """Hears Home Assistant say of each event that it is fired, which may be long before anybody is told of it."""

    def __init__(self, look: Callable[[], None]) -> None:
        super().__init__(logging.DEBUG)
        self._look = look

    @override
    def emit(self, record: logging.LogRecord) -> None:
        if record.msg == "Bus:Handling %s":
            self._look()


@contextmanager
def at_each_event(hass: HomeAssistant, look: Callable[[], None]) -> Iterator[None]:
    """Look around whenever an event is fired: within a dispatch, Home Assistant only queues it then."""
    logger = logging.getLogger("homeassistant.core")
    level, handler = logger.level, _Firing(look)
    logger.setLevel(logging.DEBUG)
    hass.bus.async_fire(EVENT_LOGGING_CHANGED)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        hass.bus.async_fire(EVENT_LOGGING_CHANGED)


def warnings(log: pytest.LogCaptureFixture) -> list[str]:
    """Return what was logged that an owner would have to read; how long a slow machine took is not among it."""
    return [
        f"{each.name}: {each.getMessage()}"
        for each in log.records
        if each.levelno >= logging.WARNING and each.name != "asyncio"
    ]
