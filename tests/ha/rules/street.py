"""A street of two cameras that two hubs watch, and what closes some of their shares at once."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from homeassistant.components.person import DOMAIN as PERSON
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from yarl import URL

from tests.ha.own_cameras import OwnCamera
from tests.ha.watching import recorded, text_of, turn_off, turn_on
from tests.reference_hub import Opened, ReferenceHub
from tests.reference_hub.homes import Connection

from . import entities
from .clock import Clock
from .house import PORCH, YARD, entity_of_share, key_of, set_rules, share_of

AN_END: Final = timedelta(minutes=5)
"""Whoever has watched for almost as long as anybody may is let in anew."""

TURNS: Final = 50
"""Turns of the loop in which all is shown that waits for nothing else."""

TCP: Final = Path("/proc/net/tcp")
OWN_FILES: Final = Path("/proc/self/fd")
NOBODYS: Final = "0"
"""What stands for the file of a connection that was closed and perhaps still sends."""

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
    """Two cameras that two hubs may see, who watches them now, and all sessions that ever were."""

    hass: HomeAssistant
    clock: Clock
    owner: str
    cameras: dict[str, OwnCamera]
    hubs: Mapping[str, ReferenceHub]
    entries: Mapping[str, ConfigEntry]
    watching: dict[Seat, Opened] = field(default_factory=dict)
    sessions: list[str] = field(default_factory=list)
    others: frozenset[str] = field(default_factory=lambda: frozenset(_left_over()))
    """Connections that somebody else left behind, perhaps to a port that is a hub's now."""

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
        self.sessions.append(opened.session)

    async def sees(self) -> None:
        """Wait until everybody who watches has seen more."""
        for (name, _), opened in self.watching.items():
            hub = self.hubs[name]
            now = hub.seen(opened.carried_by).fragments
            await hub.fragments(opened.carried_by, now + 3)

    def goes_on(self, seat: Seat) -> bool:
        """Return whether a hub is still sent a camera."""
        return self.hubs[seat[0]].seen(self.watching[seat].carried_by).end is None

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

    def uploads(self) -> Counter[str]:
        """Count the connections over which something could still be sent to each hub, as the kernel has them."""
        ports = {
            URL(hub.presence.ingest_origin).port: name
            for name, hub in self.hubs.items()
        }
        inodes = own_inodes() | {NOBODYS}
        return Counter(
            ports[port]
            for (here, there), (state, inode) in _connections().items()
            if here + there not in self.others
            and (port := int(there.partition(":")[2], 16)) in ports
            and state not in OVER
            and inode in inodes
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
        """Let everybody leave, and see that the record has one end for each session, and for each time one was open."""
        for seat in tuple(self.watching):
            await self.leaves(seat)
        for kind in ("session_started", "session_ended", "session_cut"):
            entries = await recorded(self.hass, kind)
            assert sorted(each["session"] for each in entries) == sorted(self.sessions)
        turns: dict[str, list[str]] = {}
        for each in await recorded(self.hass, "opened", "closed"):
            turns.setdefault(each["camera"], []).append(each["kind"])
        assert len(turns) == len(SEATS)
        for kinds in turns.values():
            assert all(before != after for before, after in pairwise(kinds)), kinds

    def is_let_in(self, seat: Seat) -> bool:
        """Return whether the gate still has somebody watch."""
        name, label = seat
        entry = self.entries[name]
        share = share_of(entry, label)
        return bool(entry.runtime_data.gate.sessions(share.subentry_id))

    def connected(self) -> list[Connection | None]:
        """Return the connection that each hub has with the home."""
        return [hub.control.home(None).connection for hub in self.hubs.values()]


def _connections() -> dict[tuple[str, str], tuple[str, str]]:
    """Return the state and the file of each connection of this machine, by its ends.

    While others connect, the kernel may show some of them twice in one reading and some not at all.
    """
    rows = [row.split()[:10] for _ in range(2) for row in TCP.read_text().splitlines()]
    return {
        (here, there): (state, inode)
        for _, here, there, state, *_, inode in rows
        if ":" in there
    }


def _left_over() -> Iterator[str]:
    """Yield both ends of each connection that is nobody's any more."""
    for (here, there), (_, inode) in _connections().items():
        if inode == NOBODYS:
            yield here + there


def own_inodes() -> set[str]:
    """Return what the kernel knows the open files of this process by."""
    inodes = set[str]()
    for file in OWN_FILES.iterdir():
        with suppress(OSError):  # closed by another thread
            inodes.add(str(file.stat().st_ino))
    return inodes


type Step = Callable[[Street], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """What closes some shares, all of it before it first waits, and what opens them again.

    `shows`: it goes on to show that before it waits.
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
    await street.cameras[PORCH].async_remove(force_remove=True)


async def brings_the_camera_back(street: Street) -> None:
    """Add the porch's camera again."""
    gone = street.cameras[PORCH]
    back = OwnCamera("Porch", await gone.stream_source(), device="Porch")
    street.cameras[PORCH] = back
    await gone.platform.async_add_entities([back])


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
