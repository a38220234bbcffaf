"""Whatever closes a camera cuts it, though something is thrown at any single call of ours on the way to the cut.

Two hubs watch two cameras. Then one thing closes some of these shares, and an exception is thrown at the n-th call that
is ours from there to where anything is waited for. Then, for each n: before the loop turns once, no connection is left
over which a byte of a closed share could be sent, and every other one is; the exception is told once; both hubs stay
connected; after ten seconds everything is shown as it is; and what is clear again can be watched again. In the end the
record has one end for each session.

There are thousands of calls. With LATCHSTRING_EVERY_CALL=1 in the environment each is tried; else of those that one
function makes the last, as all that was to come is behind it, or the first, as all that is to come is before it.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
import logging
import os
from typing import Any, Final

from homeassistant.core import HomeAssistant
import pytest

from custom_components.latchstring.core.canonical import canonical_json
from custom_components.latchstring.rules import entity_monitor
from tests.cameras import Cameras
from tests.ha.front_door import pair
from tests.ha.own_cameras import OwnCamera, install
from tests.ha.watching import turn_on
from tests.reference_hub import Authority, Options, ReferenceHub

from .clock import Clock
from .house import PORCH, YARD, set_rules, share_of
from .street import CLOSINGS, SEATS, Closing, Street
from .thrown import Calls, Thrown

EVERY_CALL: Final = os.environ.get("LATCHSTRING_EVERY_CALL") == "1"

LESS: Final = {"group": 3, "template": 3, "person": 3, "disarm": 2, "schedule": 2}
"""Ways to close on which much is called that is also on others: at so many of their calls one is tried."""

SHOWS: Final = (
    "household/display_queue.py",
    "runtime/display.py",
    "entity.py",
    "controls/household_log.py",
    "runtime/reports/alarms.py",
    "runtime/hub_issues.py",
    "gate/gate.py",
    "gate/hub_log.py",
    "gate/listeners.py",
    "gate/handler.py",
    "gate/end_recorder.py",
    "gate/session_entries.py",
)
"""Where it is kept what is shown when, and that it is."""

pytestmark = [
    pytest.mark.timeout(3 * 3600 if EVERY_CALL else 300),
    # what an exception keeps from being awaited is its own doing
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
]


class Told:
    """All errors that Home Assistant or a caller is told of: in its log, by its loop, or by an exception."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog
        self._others: list[tuple[str, BaseException | None]] = []

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take what nobody caught from the loop, which Home Assistant logs."""
        loop = asyncio.get_running_loop()
        before = loop.get_exception_handler()
        loop.set_exception_handler(
            lambda _loop, context: self._others.append(
                (context["message"], context.get("exception"))
            )
        )
        try:
            yield
        finally:
            loop.set_exception_handler(before)

    def raised(self, error: BaseException) -> None:
        """Note what the caller of an action is told."""
        self._others.append(("raised", error))

    @property
    def all(self) -> list[tuple[str, BaseException | None]]:
        """Return what was told since it was cleared."""
        logged = (
            each for each in self._caplog.records if each.levelno >= logging.ERROR
        )
        return self._others + [
            (f"{each.name}: {each.getMessage()}", each.exc_info and each.exc_info[1])
            for each in logged
        ]

    def is_only(self, calls: Calls) -> bool:
        """Return whether what was thrown was told once, and nothing else was."""
        thrown = [calls.exception] if calls.thrown_at else []
        return [_origin(error) for _, error in self.all] == thrown

    def clear(self) -> None:
        """Forget what was told."""
        self._caplog.clear()
        self._others.clear()


def _origin(error: BaseException | None) -> BaseException | None:
    """Return what an error came of."""
    while error and (cause := error.__cause__ or error.__context__):
        error = cause
    return error


@pytest.fixture
async def hubs(
    authority: Authority, clock: Clock
) -> AsyncIterator[dict[str, ReferenceHub]]:
    """Two hubs, each with a port for nothing but uploads."""
    # Home Assistant's runner gives each loop another clock than its own.
    vars(clock.loop).pop("time", None)
    options = Options(own_ingest_port=True)
    async with (
        ReferenceHub(authority, options=options) as first,
        ReferenceHub(authority, options=options) as second,
    ):
        yield {"a": first, "b": second}


@pytest.fixture
async def street(
    hass: HomeAssistant,
    clock: Clock,
    hubs: dict[str, ReferenceHub],
    served: Cameras,
    owner: str,
) -> Street:
    """Two cameras that two hubs may see as long as they are switched on."""
    cameras = {
        PORCH: OwnCamera("Porch", served.url("porch"), device="Porch"),
        YARD: OwnCamera("Yard", served.url("yard"), device="Yard"),
    }
    labels = dict(zip(await install(hass, *cameras.values()), cameras, strict=True))
    street = Street(
        hass=hass,
        clock=clock,
        owner=owner,
        cameras=cameras,
        hubs=hubs,
        entries={
            name: await pair(hass, hub.invitation(), labels=labels)
            for name, hub in hubs.items()
        },
    )
    for hub in hubs.values():
        await hub.home_connected()
    for seat in SEATS:
        name, label = seat
        await set_rules(hass, street.entries[name], label, openings=["always"])
        await turn_on(hass, street.entity("sharing", seat), user=owner)
    return street


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A way to close that was prepared, while everybody watches."""

    street: Street
    closing: Closing
    told: Told

    def is_shown(self) -> bool:
        """Return whether all is cut, and what comes now is shown."""
        closes = self.closing.closes
        return self.closing.shows and not any(map(self.street.is_let_in, closes))

    async def faults(self, calls: Calls, *, until_shown: bool = False) -> list[str]:
        """Close once and open again, and return all that was not as it must be."""
        street = self.street
        connected = street.connected()
        faults = await self._closed(calls, until_shown=until_shown)
        await street.clock.passes(seconds=10)
        await street.settles()
        for seat in self.closing.closes:
            faults += [f"{each} shows what was" for each in street.stale(seat)]
            await (street.leaves if street.is_let_in(seat) else street.was_cut)(seat)
        if street.connected() != connected:
            faults.append("a hub was disconnected")
        if not self.told.is_only(calls):
            faults.append(f"told: {self.told.all}")
        self.told.clear()
        await self._open()
        return [f"{calls.thrown_at}: {each}" for each in faults]

    async def _closed(self, calls: Calls, *, until_shown: bool) -> list[str]:
        street, closes = self.street, self.closing.closes
        others = street.watching.keys() - closes
        with calls:
            closed: asyncio.Task[None] = asyncio.Task(
                self.closing.close(street), loop=street.hass.loop, eager_start=True
            )
            if until_shown:
                await street.settles()
        faults = [f"{each} was not cut" for each in closes if street.is_let_in(each)]
        if (left := street.uploads()) != Counter(hub for hub, _ in others):
            faults.append(f"there are uploads to {left}")
        try:
            await closed
        except Thrown as error:
            self.told.raised(error)
        await street.settles()
        faults += [f"{each} was cut too" for each in others if not street.goes_on(each)]
        late = [seat for seat in closes if street.stale(seat)]
        if (
            until_shown
            and not calls.threw_in("household/display_queue.py")
            and len(late) > 1
        ):
            faults.append(f"{late} are shown late")
        return faults

    async def _open(self) -> None:
        await self.closing.reopen(self.street)
        await self.street.settles()
        await self.street.opens()
        self.street.clock.loop.jump(1)  # a hub may ask only so often


type Try = Callable[[str], Awaitable[Tried]]


@pytest.fixture
async def tried(street: Street, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Try]:
    """Prepare a way to close, and have everybody watch."""
    told = Told(caplog)

    async def begin(name: str) -> Tried:
        closing = CLOSINGS[name]
        await closing.prepare(street)
        await street.opens()
        await street.sees()
        caplog.clear()
        return Tried(street=street, closing=closing, told=told)

    with told.listening():
        yield begin


@pytest.mark.parametrize("name", CLOSINGS)
async def test_it_is_cut_whatever_is_thrown(tried: Try, name: str) -> None:
    to_try = await tried(name)
    counted = Calls(until=to_try.is_shown)
    faults = await to_try.faults(counted)

    some = counted.lasts[:: LESS.get(name, 1)]
    for calls in counted.again(None if EVERY_CALL else some):
        faults += await to_try.faults(calls)

    assert not faults, "\n".join(faults)
    await to_try.street.sees()
    await to_try.street.was_recorded()
    assert not to_try.told.all


async def test_all_else_is_shown_whatever_is_thrown(tried: Try) -> None:
    to_try = await tried("disarm")
    counted = Calls(within="DisplayQueue._show_some")
    faults = await to_try.faults(counted, until_shown=True)

    some = counted.firsts(*SHOWS)
    for calls in counted.again(None if EVERY_CALL else some):
        faults += await to_try.faults(calls, until_shown=True)
        faults += await to_try.faults(Calls())  # what has worked is told again

    assert not faults, "\n".join(faults)
    await to_try.street.was_recorded()
    assert not to_try.told.all


async def test_what_is_switched_off_is_kept_though_it_is_not_shown(
    tried: Try, hass_storage: dict[str, Any]
) -> None:
    to_try = await tried("switch")
    street = to_try.street
    entry = street.entries["a"]

    with (
        Calls(throw_at=1, within="OwnersSwitch._show_now") as calls,
        pytest.raises(Thrown),
    ):
        await to_try.closing.close(street)

    assert calls.thrown_at is not None
    kept = hass_storage["latchstring.consent"]["data"]["hubs"][entry.entry_id]
    assert kept["shares"][share_of(entry, PORCH).subentry_id]["sharing"] is False


def cuts_nobody_unasked(street: Street, patch: pytest.MonkeyPatch) -> None:
    """Where nobody can be asked any more, the gate leaves everybody in."""
    for entry in street.entries.values():
        patch.setattr(entry.runtime_data.gate, "cut", lambda _share_ids, _how: None)


def keeps_it_to_itself(_street: Street, patch: pytest.MonkeyPatch) -> None:
    """What fails when something is taken in is told to nobody."""
    patch.setattr(logging.getLogger(entity_monitor.__name__), "disabled", True)


@pytest.mark.parametrize(
    ("err", "found"),
    [(cuts_nobody_unasked, "was not cut"), (keeps_it_to_itself, "told: []")],
)
async def test_an_error_is_found(
    tried: Try,
    monkeypatch: pytest.MonkeyPatch,
    err: Callable[[Street, pytest.MonkeyPatch], None],
    found: str,
) -> None:
    to_try = await tried("never")
    err(to_try.street, monkeypatch)

    faults = await to_try.faults(Calls(throw_at=1, within="EntityTracker._changed"))

    assert any(found in each for each in faults)


def test_it_is_thrown_at_each_call_once() -> None:
    with Calls() as counted:
        canonical_json({"reader": {"a": 1}, "b": ["c"]})
    tried = [*counted.again()]

    for calls in tried:
        with suppress(Thrown), calls:
            canonical_json({"reader": {"a": 1}, "b": ["c"]})

    thrown = [calls.thrown_at and calls.thrown_at.number for calls in tried]
    assert thrown == [*range(1, counted.made + 1)]
    assert [calls.made for calls in tried] == thrown
    assert counted.thrown_at is None


def test_where_nothing_is_called_nothing_was_tried() -> None:
    with Calls() as counted:
        sorted("others")

    with pytest.raises(AssertionError, match="nothing"):
        next(counted.again())
