"""A house of its own for one run: two hubs, two cameras, and everything its owner's rules may speak of."""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from homeassistant import loader
from homeassistant.components.alarm_control_panel.const import DOMAIN as PANEL
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import (
    Context,
    Event,
    EventStateChangedData,
    HomeAssistant,
    ServiceCall,
    callback,
)
from homeassistant.helpers import entity_registry as er, frame
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockUser,
    async_mock_service,
    async_test_home_assistant,
)

from custom_components.latchstring.household import HOUSEHOLD_KEY, Household
from tests.cameras import serve
from tests.ha.front_door import PEOPLE, pair
from tests.ha.own_cameras import OwnCamera, install
from tests.hub import Authority, ReferenceHub, Viewer

from .clock import Clock, HouseLoop, wall_clock
from .entities import every_day, schedule
from .house import PORCH, YARD, entity_of_share, key_of, rename, set_rules
from .scene import nothing_much

BEGIN = datetime(2026, 11, 18, 18, tzinfo=UTC)
PHONE = "mobile_app_alex"
LABELS = (PORCH, YARD)
HOURS = (("00:00:00", "01:30:00"), ("11:00:00", "12:30:00"), ("22:00:00", "24:00:00"))
UNKNOWN = {"session": "s-" + "0" * 16}

NAMED = {
    "never": ("input_boolean.guests", "input_boolean.visitors"),
    "schedule": ("schedule.hours", "schedule.times"),
    "alarm": ("alarm_control_panel.house", "alarm_control_panel.home"),
    "camera": ("camera.porch", "camera.door"),
}
"""What can be renamed, with the two names it goes by."""


class DrivenHouse:
    """Started and stopped by whoever drives it; between its steps nothing in it moves."""

    hass: HomeAssistant
    clock: Clock
    owner: str
    phone: list[ServiceCall]

    def __init__(self, authority: Authority, folder: Path) -> None:
        self.entries: list[ConfigEntry] = []
        self.hubs: list[ReferenceHub] = []
        self.faults: list[str] = []
        self.schedule_said: list[tuple[int, str]] = []
        self._names = dict.fromkeys(NAMED, 0)
        self._keys: dict[str, str] = {}
        self._authority = authority
        self._folder = folder
        self._runner = asyncio.Runner(loop_factory=HouseLoop)
        self._parts = AsyncExitStack()
        self._wall = wall_clock(BEGIN)

    def __enter__(self) -> Self:
        self._frozen = self._wall.__enter__()
        self.run(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._stop())
        self._runner.close()
        self._wall.__exit__(None, None, None)

    def run[T](self, step: Coroutine[Any, Any, T]) -> T:
        """Let the house move until a step is done."""
        return self._runner.run(step)

    async def _start(self) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, HouseLoop)
        loop.set_exception_handler(self._report)
        hass = self.hass = await self._parts.enter_async_context(
            async_test_home_assistant(loop, config_dir=str(self._folder))
        )
        self.clock = Clock(hass, loop, self._frozen)
        frame.async_setup(hass)
        hass.data.pop(loader.DATA_CUSTOM_COMPONENTS)
        group = await hass.auth.async_get_group("system-admin")
        assert group is not None
        self.owner = MockUser(groups=[group]).add_to_hass(hass).id
        await self._set_up_entities()
        await self._set_up_phone()
        await self._pair()

    async def _set_up_entities(self) -> None:
        hass = self.hass
        hass.bus.async_listen("state_changed", self._note_schedule)
        await schedule(hass, every_day(*HOURS))
        guests = {"guests": {"name": "Guests", "initial": False}}
        assert await async_setup_component(
            hass, "input_boolean", {"input_boolean": guests}
        )
        er.async_get(hass).async_get_or_create(
            PANEL, "own", "house", suggested_object_id="house"
        )
        hass.states.async_set("alarm_control_panel.house", "armed_away")
        await hass.async_block_till_done()
        self._keys = {
            what: key_of(hass, NAMED[what][0])
            for what in ("never", "schedule", "alarm")
        }

    async def _set_up_phone(self) -> None:
        MockConfigEntry(
            domain="mobile_app", data={"device_name": "Alex", "manufacturer": "Apple"}
        ).add_to_hass(self.hass)
        self.phone = async_mock_service(self.hass, "notify", PHONE)

    async def _pair(self) -> None:
        served = await self._parts.enter_async_context(
            serve(scenes={"porch": nothing_much, "yard": nothing_much})
        )
        cameras = [
            OwnCamera(name, served.url(name.lower()), device=name)
            for name in ("Porch", "Yard")
        ]
        ids = await install(self.hass, *cameras)
        for _ in range(2):
            hub = await self._parts.enter_async_context(ReferenceHub(self._authority))
            labels = dict(zip(ids, LABELS, strict=True))
            entry = await pair(self.hass, hub.invitation(), labels=labels)
            self.hass.config_entries.async_update_entry(
                entry, options={**PEOPLE, "notify": [PHONE]}
            )
            await hub.home_connected()
            self.hubs.append(hub)
            self.entries.append(entry)
        for number in range(2):
            for label in LABELS:
                await self.set_rules(number, label, frozenset(), has_never=False)
                await self.turn(number, "sharing", label, on=True)

    async def _stop(self) -> None:
        for entry in self.entries:
            await self.hass.config_entries.async_unload(entry.entry_id)
        await self.hass.async_stop(force=True)
        await self._parts.aclose()

    async def set_rules(
        self,
        number: int,
        label: str,
        openings: frozenset[str],
        *,
        has_never: bool,
        minutes: int = 60,
    ) -> None:
        """Change the rules of one camera for one hub."""
        never = [{"entity": self._keys["never"], "clear": ["off"]}]
        await set_rules(
            self.hass,
            self.entries[number],
            label,
            openings=sorted(openings),
            schedule=self._keys["schedule"],
            alarms=[self._keys["alarm"]],
            never=never if has_never else [],
            limits={"minutes": minutes},
        )

    async def turn(self, number: int, key: str, label: str | None, *, on: bool) -> None:
        """Turn a switch of ours, as the owner."""
        await self.hass.services.async_call(
            "switch",
            "turn_on" if on else "turn_off",
            {"entity_id": self.entity(number, key, label)},
            blocking=True,
            context=Context(user_id=self.owner),
        )

    def entity(self, number: int, key: str, label: str | None) -> str:
        """Find an entity of ours: of a camera or (no label) of the hub."""
        return entity_of_share(self.hass, self.entries[number], key, label)

    def name(self, what: str) -> str:
        """Give the name that something goes by now."""
        return NAMED[what][self._names[what]]

    async def rename(self, what: str) -> None:
        """Give something its other name."""
        old = self.name(what)
        self._names[what] = 1 - self._names[what]
        said = self.hass.states.get(old)
        rename(self.hass, old, self.name(what))
        if what == "alarm":
            assert said is not None
            self.hass.states.async_remove(old)
            self.hass.states.async_set(self.name(what), said.state)
        await self.hass.async_block_till_done()

    async def says(self, what: str, state: str | None) -> None:
        """Let something say this, or (None) be gone."""
        if state is None:
            self.hass.states.async_remove(self.name(what))
        else:
            self.hass.states.async_set(self.name(what), state)

    def said(self, what: str) -> str | None:
        """Give what something says now."""
        state = self.hass.states.get(self.name(what))
        return state.state if state else None

    async def ask(self, number: int, label: str, viewer: str) -> tuple[str, bool]:
        """Let a viewer ask the owner; give the request, and whether the phone rang."""
        told = len(self._questions())
        request, answer = await self.hubs[number].ask_to_watch(
            self.camera(number, label), viewer=Viewer(officer=viewer)
        )
        assert answer["result"] == {}, answer
        await self.hass.async_block_till_done()
        return request, len(self._questions()) > told

    def _questions(self) -> list[dict[str, Any]]:
        """Give what the phone was asked."""
        told = (each.data["data"] for each in self.phone)
        return [each for each in told if "actions" in each]

    async def press(self, button: int) -> None:
        """Answer on the phone."""
        action = self._questions()[-1]["actions"][button]["action"]
        self.hass.bus.async_fire(
            "mobile_app_notification_action",
            {"action": action},
            context=Context(user_id=self.owner),
        )
        await self.hass.async_block_till_done()

    def camera(self, number: int, label: str) -> str:
        """Give what a hub knows a camera by."""
        return str(self.listed(number)[label]["camera"])

    def listed(self, number: int) -> dict[str, dict[str, Any]]:
        """Give a hub's list of cameras, by label."""
        return {each["label"]: each for each in self.hubs[number].cameras()}

    async def reload(self, number: int) -> None:
        """Load one hub anew."""
        entry = self.entries[number]
        assert await self.hass.config_entries.async_reload(entry.entry_id)
        await self.hass.async_block_till_done()
        await self.hubs[number].home_connected()

    async def restart(self) -> None:
        """Begin from what is stored, as Home Assistant does when it starts."""
        for entry in self.entries:
            assert await self.hass.config_entries.async_unload(entry.entry_id)
        await self.hass.data[HOUSEHOLD_KEY].async_close()
        self.hass.data[HOUSEHOLD_KEY] = await Household.async_open(self.hass)
        for entry, hub in zip(self.entries, self.hubs, strict=True):
            assert await self.hass.config_entries.async_setup(entry.entry_id)
            await self.hass.async_block_till_done()
            await hub.home_connected()

    async def is_quiet(self) -> None:
        """Wait until the house has done all it had to do, and each hub has heard all it had to say."""
        await self.hass.async_block_till_done()
        for hub in self.hubs:
            assert (await hub.request("session.close", UNKNOWN))["result"] == {}

    def last_entry(self) -> datetime:
        """Say when the house last wrote something down."""
        at = self.hass.data[HOUSEHOLD_KEY].record.last_entry_at
        assert at is not None
        return at

    @callback
    def _note_schedule(self, event: Event[EventStateChangedData]) -> None:
        """Keep what the schedule says, and since when."""
        state = event.data["new_state"]
        if state is not None and state.domain == "schedule":
            loop = asyncio.get_running_loop()
            assert isinstance(loop, HouseLoop)
            self.schedule_said.append((loop.passed, state.state))

    def _report(
        self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]
    ) -> None:
        """Keep what went wrong unseen; who hangs up while both still shake hands does no wrong."""
        is_hang_up = isinstance(context.get("exception"), ConnectionError)
        if not (is_hang_up and "incoming connection" in context["message"]):
            self.faults.append(repr(context))
