"""Whatever closes a camera cuts it, though something is thrown at any single call of ours on the way to the cut.

Two hubs watch two cameras. Then one thing closes some of these shares, and an exception is thrown at the n-th call that
is ours from there to where anything is waited for; for each n, all that was closed is opened anew.
"""

import asyncio
from collections import Counter
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterator,
    Mapping,
)
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import logging
import os
from pathlib import Path
from typing import Any, Final

from homeassistant.components.person import DOMAIN as PERSON
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from yarl import URL

from tests.cameras import Cameras
from tests.ha.front_door import pair
from tests.ha.own_cameras import OwnCamera, install
from tests.ha.watching import recorded, text_of, turn_off, turn_on
from tests.hub import Authority, Opened, Options, ReferenceHub, Seen
from tests.hub.homes import Connection

from . import entities
from .clock import Clock
from .house import PORCH, YARD, entity_of_share, key_of, set_rules, share_of
from .thrown import Calls, Thrown, at_every_call

# What an exception keeps from being awaited is its own doing.
pytestmark = pytest.mark.filterwarnings(
    "ignore:coroutine .* was never awaited:RuntimeWarning"
)

EVERY_CALL: Final = os.environ.get("LATCHSTRING_EVERY_CALL") == "1"
"""Whether every call is gone through of every way to close, and not of the first alone."""

STEPS: Final = {"never": 1}
"""Of the calls of each way to close every tenth is tried; of these, so many."""

AN_END: Final = timedelta(minutes=5)
"""Whoever has watched for almost as long as anybody may is let in anew."""

TURNS: Final = 50
"""Turns of the loop in which all is shown that waits for nothing else."""

TCP: Final = Path("/proc/net/tcp")
OVER: Final = {"06", "07"}
"""States of a connection over which nothing can be sent any more: time-wait and closed."""

GUESTS: Final = "input_boolean.guests"
PANEL: Final = "alarm_control_panel.house"

type Seat = tuple[str, str]
"""A hub, and the label of a camera."""

SEATS: Final[tuple[Seat, ...]] = (("a", PORCH), ("a", YARD), ("b", PORCH), ("b", YARD))
NAMED: Final[frozenset[Seat]] = frozenset({*SEATS} - {("a", YARD)})
"""Those whose rules name what turns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """Two cameras that two hubs may see, and who watches."""

    hass: HomeAssistant
    clock: Clock
    owner: str
    cameras: Mapping[str, OwnCamera]
    hubs: Mapping[str, ReferenceHub]
    entries: Mapping[str, ConfigEntry]
    watching: dict[Seat, Opened] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)

    def entity(self, key: str, seat: Seat) -> str:
        """Find an entity of ours of one share."""
        hub, label = seat
        return entity_of_share(self.hass, self.entries[hub], key, label)

    async def set_rules(self, **rules: Any) -> None:
        """Let the shares that name something have these rules."""
        for hub, label in NAMED:
            await set_rules(self.hass, self.entries[hub], label, **rules)

    def says(self, entity_id: str, state: str) -> None:
        """Let an entity say something."""
        self.hass.states.async_set(entity_id, state)

    async def opens(self) -> None:
        """Let a viewer watch each share that nobody watches."""
        for seat, opened in tuple(self.watching.items()):
            if datetime.fromisoformat(opened.ends_by) < self.clock.now + AN_END:
                await self.leaves(seat)
        await asyncio.gather(*map(self._watch, {*SEATS} - self.watching.keys()))

    async def _watch(self, seat: Seat) -> None:
        name, label = seat
        hub = self.hubs[name]
        (camera,) = (each for each in hub.cameras() if each["label"] == label)
        opened = await hub.open_session(camera["camera"])
        assert isinstance(opened, Opened), (seat, opened)
        session = hub.sessions.get(opened.session)
        assert session is not None
        await hub.changes.until(lambda: session.upload)
        self.watching[seat] = opened
        self.sessions[opened.session] = ""

    async def sees(self) -> None:
        """Wait until everybody who watches has seen more."""
        for (name, _), opened in self.watching.items():
            hub = self.hubs[name]
            now = hub.seen(opened.carried_by).fragments
            await hub.fragments(opened.carried_by, now + 3)

    def seen(self, seat: Seat) -> Seen:
        """Return what a hub was sent of a camera."""
        return self.hubs[seat[0]].seen(self.watching[seat].carried_by)

    async def was_cut(self, seat: Seat) -> None:
        """Wait until nothing can come any more."""
        hub, opened = self.hubs[seat[0]], self.watching.pop(seat)
        assert (await hub.upload_ended(opened.carried_by)).end == "reset"

    async def leaves(self, seat: Seat) -> None:
        """Let a viewer leave whom nobody cut."""
        hub, opened = self.hubs[seat[0]], self.watching.pop(seat)
        await hub.close_session(opened.session)
        await hub.upload_ended(opened.carried_by)
        await hub.ended(opened.session)

    def uploads(self, name: str) -> int:
        """Count the connections over which something could still be sent to a hub, as the kernel has them."""
        port = URL(self.hubs[name].presence.ingest_origin).port
        rows = (row.split() for row in TCP.read_text().splitlines()[1:])
        return sum(
            int(there.partition(":")[2], 16) == port and state not in OVER
            for _, _, there, state, *_ in rows
        )

    async def settles(self) -> None:
        """Wait until all is shown that does not wait for a time."""
        for _ in range(TURNS):
            await asyncio.sleep(0)
        await self.hass.async_block_till_done()

    def stale(self, seat: Seat) -> list[str]:
        """Return the entities of a share that still show that it can be seen or is."""
        shown = {"viewable": "off", "being_watched": "off", "viewers": "nobody"}
        return [
            entity_id
            for key, state in shown.items()
            if text_of(self.hass, entity_id := self.entity(key, seat)) != state
        ]

    async def was_recorded(self) -> None:
        """Let everybody leave, and see that the record has one end for each session that ever was."""
        for seat in tuple(self.watching):
            await self.leaves(seat)
        for kind in ("session_started", "session_ended", "session_cut"):
            entries = await recorded(self.hass, kind)
            counts = Counter(each["session"] for each in entries)
            odd = {
                k: (counts[k], v) for k, v in self.sessions.items() if counts[k] != 1
            }
            assert not odd, (kind, odd)

    def is_let_in(self, seat: Seat) -> bool:
        """Return whether the gate still has somebody watch."""
        name, label = seat
        entry = self.entries[name]
        share = share_of(entry, label)
        return bool(entry.runtime_data.gate.sessions(share.subentry_id))

    def connected(self) -> list[Connection | None]:
        """Return the connection that each hub has with the home."""
        return [hub.control.home(None).connection for hub in self.hubs.values()]


type Step = Callable[[Street], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """What closes some shares, all of it before it first waits, and what opens them again.

    `shows`: it goes on to show that, within the same call.
    """

    closes: frozenset[Seat]
    prepare: Step
    close: Step
    reopen: Step
    shows: bool = False


def says(entity_id: str, *states: str) -> Step:
    """Let an entity say these states, one after the other."""

    async def say(street: Street) -> None:
        for state in states:
            street.says(entity_id, state)

    return say


def switches(turn: Callable[..., Awaitable[None]], key: str, label: str | None) -> Step:
    """Turn a switch of the first hub's."""

    async def switch(street: Street) -> None:
        entity_id = entity_of_share(street.hass, street.entries["a"], key, label)
        await turn(street.hass, entity_id, user=street.owner)

    return switch


async def nothing(_street: Street) -> None:
    """Prepare nothing."""


async def names_guests(street: Street) -> None:
    """Let nothing open while there are guests."""
    street.says(GUESTS, "off")
    await street.set_rules(never=[{"entity": GUESTS, "clear": ["off"]}])


async def names_a_group(street: Street) -> None:
    """Let nothing open while a group has a member that is on."""
    street.says("binary_sensor.left", "off")
    street.says("binary_sensor.right", "off")
    doors = await entities.group(
        street.hass, "binary_sensor.left", "binary_sensor.right"
    )
    key = key_of(street.hass, doors)
    await street.set_rules(never=[{"entity": key, "clear": ["off"]}])


async def names_a_template(street: Street) -> None:
    """Let nothing open while a template says so."""
    street.says(GUESTS, "off")
    template = await entities.template(
        street.hass, "{{ is_state('input_boolean.guests', 'on') }}"
    )
    key = key_of(street.hass, template)
    await street.set_rules(never=[{"entity": key, "clear": ["off"]}])


async def names_a_person(street: Street) -> None:
    """Let nothing open while somebody is at home."""
    street.says("device_tracker.sam", "not_home")
    person = {"id": "sam", "name": "Sam", "device_trackers": ["device_tracker.sam"]}
    assert await async_setup_component(street.hass, PERSON, {PERSON: [person]})
    await street.hass.async_block_till_done()
    key = key_of(street.hass, "person.sam")
    await street.set_rules(never=[{"entity": key, "clear": ["not_home"]}])


async def names_an_alarm(street: Street) -> None:
    """Let an alarm open, which goes on."""
    street.says(PANEL, "armed_away")
    await street.set_rules(openings=["alarm"], alarms=[PANEL], alarm_minutes=60)
    street.says(PANEL, "triggered")
    await street.hass.async_block_till_done()


async def names_a_schedule(street: Street) -> None:
    """Let a schedule open, which is on."""
    key = await entities.all_day(street.hass)
    await street.set_rules(openings=["schedule"], schedule=key)


async def takes_the_camera_away(street: Street) -> None:
    """Remove the porch's camera."""
    street.hass.states.async_remove(street.cameras[PORCH].entity_id)


async def brings_the_camera_back(street: Street) -> None:
    """Let the porch's camera be there again."""
    street.cameras[PORCH].async_write_ha_state()


CLOSINGS: Final[Mapping[str, Closing]] = {
    "never": Closing(
        closes=NAMED,
        prepare=names_guests,
        close=says(GUESTS, "on"),
        reopen=says(GUESTS, "off"),
    ),
    "group": Closing(
        closes=NAMED,
        prepare=names_a_group,
        close=says("binary_sensor.left", "on"),
        reopen=says("binary_sensor.left", "off"),
    ),
    "template": Closing(
        closes=NAMED,
        prepare=names_a_template,
        close=says(GUESTS, "on"),
        reopen=says(GUESTS, "off"),
    ),
    "person": Closing(
        closes=NAMED,
        prepare=names_a_person,
        close=says("device_tracker.sam", "home"),
        reopen=says("device_tracker.sam", "not_home"),
    ),
    "disarm": Closing(
        closes=NAMED,
        prepare=names_an_alarm,
        close=says(PANEL, "disarmed"),
        reopen=says(PANEL, "armed_away", "triggered"),
    ),
    "schedule": Closing(
        closes=NAMED,
        prepare=names_a_schedule,
        close=says("schedule.hours", "off"),
        reopen=says("schedule.hours", "on"),
    ),
    "switch": Closing(
        closes=frozenset({("a", PORCH)}),
        prepare=nothing,
        close=switches(turn_off, "sharing", PORCH),
        reopen=switches(turn_on, "sharing", PORCH),
        shows=True,
    ),
    "hub's switch": Closing(
        closes=frozenset({("a", PORCH), ("a", YARD)}),
        prepare=nothing,
        close=switches(turn_off, "hub_sharing", None),
        reopen=switches(turn_on, "hub_sharing", None),
        shows=True,
    ),
    "camera": Closing(
        closes=frozenset({("a", PORCH), ("b", PORCH)}),
        prepare=nothing,
        close=takes_the_camera_away,
        reopen=brings_the_camera_back,
    ),
}


def step(name: str) -> int:
    """Return which of the calls of a way to close are tried."""
    return int(os.environ.get("STEP", "0")) or (
        1 if EVERY_CALL else STEPS.get(name, 10)
    )


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
    vars(clock.loop).pop(
        "time", None
    )  # Home Assistant's runner has its loops read another clock
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
    """A way to close that was prepared, and everybody watches."""

    street: Street
    closing: Closing
    told: Told

    def is_done(self) -> bool:
        """Return whether all is cut, and what comes now is shown."""
        closes = self.closing.closes
        return self.closing.shows and not any(map(self.street.is_let_in, closes))

    async def faults(self, calls: Calls, *, until_shown: bool = False) -> list[str]:
        """Close once and open again, and return all that was not as it must be."""
        faults = [each async for each in self._closed(calls, until_shown=until_shown)]
        await self.closing.reopen(self.street)
        await self.street.settles()
        await self.street.opens()
        self.street.clock.loop.skip(1)  # a hub may ask only so often
        print(calls.made, calls.thrown_at)
        return [f"{calls.thrown_at}: {each}" for each in faults]

    async def _closed(self, calls: Calls, *, until_shown: bool) -> AsyncIterator[str]:
        street, closes = self.street, self.closing.closes
        goes_on = street.watching.keys() - closes
        connected = street.connected()
        with calls:
            closed = asyncio.Task(
                self.closing.close(street), loop=street.hass.loop, eager_start=True
            )
            if until_shown:
                await street.settles()
        not_cut = {seat for seat in closes if street.is_let_in(seat)}
        for name in street.hubs:
            left, right = street.uploads(name), sum(hub == name for hub, _ in goes_on)
            if left != right:
                yield f"{left} uploads to hub {name}, not {right}"
        try:
            await closed
        except Thrown as error:
            self.told.raised(error)
        await street.settles()
        if until_shown and not calls.threw_in("show_queue.py"):
            late = {seat for seat in closes if street.stale(seat)}
            if len(late) > 1:
                yield f"{late} are shown late"
        await street.clock.passes(seconds=10)
        await street.settles()
        for seat in closes:
            for entity_id in street.stale(seat):
                yield f"{entity_id} shows {text_of(street.hass, entity_id)}"
            if seat in not_cut:
                yield f"{seat} was not cut"
                await street.leaves(seat)
            else:
                await street.was_cut(seat)
        for seat in goes_on:
            if (end := street.seen(seat).end) is not None:
                yield f"{seat} ended too, by {end}"
                del street.watching[seat]
        if street.connected() != connected:
            yield "a hub was disconnected"
        if not self.told.is_only(calls):
            yield f"told: {self.told.all}"
        self.told.clear()


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
    faults: list[str] = []

    for calls in at_every_call(step=step(name), until=to_try.is_done):
        faults += await to_try.faults(calls)

    assert not faults, "\n".join(faults)
    await to_try.street.sees()
    await to_try.street.was_recorded()
    assert not to_try.told.all


async def test_all_else_is_shown_whatever_is_thrown(tried: Try) -> None:
    to_try = await tried("disarm")
    faults: list[str] = []

    for calls in at_every_call(step=step("shown"), within="ShowQueue._turn"):
        faults += await to_try.faults(calls, until_shown=True)
        faults += await to_try.faults(
            Calls()
        )  # what failed is logged again once it has worked

    assert not faults, "\n".join(faults)
    await to_try.street.was_recorded()
    assert not to_try.told.all
