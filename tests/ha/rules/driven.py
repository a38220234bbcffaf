"""A house of its own for one run: three hubs, two cameras, and everything its owner's rules may speak of."""

import asyncio
from collections.abc import Collection, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from copy import deepcopy
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from itertools import count
import logging
from pathlib import Path
from typing import Any, Self

from homeassistant import loader
from homeassistant.components.alarm_control_panel import DOMAIN as PANEL
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import (
    Context,
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import (
    entity_registry as er,
    frame,
    issue_registry as ir,
)
from homeassistant.helpers.entity_component import EntityComponent
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import (
    MockUser,
    async_test_home_assistant,
)

from custom_components.latchstring.backup import async_post_backup, async_pre_backup
from custom_components.latchstring.core.clock import Doubt
from custom_components.latchstring.household.consent import CONSENT_KEY
from custom_components.latchstring.household.household import HOUSEHOLD_KEY, Household
from custom_components.latchstring.repairs import async_create_fix_flow
from custom_components.latchstring.runtime.hub import HubRuntime
from tests.cameras import serve
from tests.ha.front_door import DOMAIN, pair
from tests.ha.own_cameras import OwnCamera, install, registered
from tests.ha.reviewing import known_anew
from tests.reference_hub import Authority, Conduct, Forgery, ReferenceHub, Viewer
from tests.reference_hub.homes import Connection

from .clock import Clock, HouseLoop, wall_clock
from .entities import Gate, every_day, gate, group, schedule
from .failing import Errors
from .house import PORCH, YARD, change_rules, entity_of_share, key_of, rename, share_of
from .model import DOORS, OWNER, ROOMS, Hand, Limits
from .scene import nothing_much
from .setting_up import Moment, while_set_up

BEGIN = datetime(2026, 11, 18, 18, tzinfo=UTC)
HUBS = (0, 1, 2)
LABELS = (PORCH, YARD)
OPENERS = (("kim",), (), ())
"""The members who may open to each hub when all begins."""

MEMBERS = ("sam", "kim")
HOURS = (("00:00:00", "01:30:00"), ("11:00:00", "12:30:00"), ("22:00:00", "24:00:00"))
UNKNOWN = {"session": "s-" + "0" * 16}
BOUND = 60.0
"""Seconds in which what must come has come, on the busiest machine."""

GONE = 12
"""Seconds after which nobody may watch any more without a hub's connection, and a little more."""

NAMED = {
    "never": ("input_boolean.guests", "input_boolean.visitors"),
    "schedule": ("schedule.hours", "schedule.times"),
    "alarm": ("alarm_control_panel.house", "alarm_control_panel.home"),
    "camera": ("camera.porch", "camera.door"),
}
"""What can be renamed, with the two names it goes by."""

RESTORING = frozenset({"gate", "den"})
"""The sensors that come back with the state they had."""

OTHER_NAME = "_as_we_say"
"""What an entity of ours has at the end of its other name."""


class DrivenHouse:
    """Started and stopped by whoever drives it; between its steps nothing in it moves."""

    hass: HomeAssistant
    clock: Clock
    owner: str

    def __init__(
        self, authority: Authority, storage: dict[str, Any], folder: Path
    ) -> None:
        self.storage = storage
        self.entries: list[ConfigEntry] = []
        self.hubs: list[ReferenceHub] = []
        self.faults: list[str] = []
        self.errors = Errors()
        self.schedule_said: list[tuple[int, str]] = []
        self.gone: dict[str, er.RegistryEntry] = {}
        self._names = dict.fromkeys(NAMED, 0)
        self._by_hand = {"alarm"}
        self._others = count()
        self.keys: dict[str, str] = {}
        self.people: dict[Hand, str | None] = {None: None}
        self._restoring: dict[str, Gate] = {}
        self.is_disturbed = False
        self._authority = authority
        self._folder = folder
        self._runner = asyncio.Runner(loop_factory=HouseLoop)
        self._parts = AsyncExitStack()
        self._wall = wall_clock(BEGIN)

    def __enter__(self) -> Self:
        self._frozen = self._wall.__enter__()
        logging.getLogger().addHandler(self.errors)
        self.run(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._stop())
        self._runner.close()
        logging.getLogger().removeHandler(self.errors)
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
        self.people[OWNER] = self.owner
        for each in MEMBERS:
            added = await hass.auth.async_create_user(each, group_ids=["system-users"])
            self.people[each] = added.id
        await self._set_up_entities()
        await self._pair()

    async def _set_up_entities(self) -> None:
        hass = self.hass
        hass.bus.async_listen("state_changed", self._note_schedule)
        hass.bus.async_listen("state_changed", self._look_who_is_left)
        await schedule(hass, every_day(*HOURS))
        guests = {"guests": {"name": "Guests", "initial": False}}
        assert await async_setup_component(
            hass, "input_boolean", {"input_boolean": guests}
        )
        er.async_get(hass).async_get_or_create(
            PANEL, "own", "house", suggested_object_id="house"
        )
        hass.states.async_set("alarm_control_panel.house", "armed_away")
        for name, members in (("Doors", DOORS), ("Rooms", ROOMS)):
            await self._set_up_group(name, members)
        await hass.async_block_till_done()
        self.keys |= {
            what: key_of(hass, NAMED[what][0])
            for what in ("never", "schedule", "alarm")
        }

    async def _set_up_group(self, name: str, members: Collection[str]) -> None:
        """Set up a group of two sensors, one of which restores its state."""
        for each in members:
            if each in RESTORING:
                self._restoring[each] = await gate(self.hass, each.title())
            self.say_sensor(each, on=False)
        await group(self.hass, *map(sensor_id, members), name=name)
        self.keys[name] = key_of(self.hass, sensor_id(name.lower()))

    async def _pair(self) -> None:
        served = await self._parts.enter_async_context(
            serve(scenes={"porch": nothing_much, "yard": nothing_much})
        )
        cameras = [
            OwnCamera(name, served.url(name.lower()), device=name)
            for name in ("Porch", "Yard")
        ]
        self._porch = cameras[0]
        ids = await install(self.hass, *cameras)
        for _ in HUBS:
            hub = await self._parts.enter_async_context(ReferenceHub(self._authority))
            labels = dict(zip(ids, LABELS, strict=True))
            entry = await pair(self.hass, hub.invitation(), labels=labels)
            self.hubs.append(hub)
            self.entries.append(entry)
            number = len(self.hubs) - 1
            await self.let_open(number, *OPENERS[number])
            await self.is_connected(number)
        for number in HUBS:
            for label in LABELS:
                await self.set_rules(
                    number,
                    label,
                    openings=frozenset(),
                    has_never=False,
                    limits=Limits(),
                )
                await self.hass.async_block_till_done()
                await self.turn(number, "sharing", label, on=True)

    async def _stop(self) -> None:
        for entry in self.entries:
            await self.hass.config_entries.async_unload(entry.entry_id)
        await self.hass.async_stop(force=True)
        await self._parts.aclose()

    async def set_rules(self, number: int, label: str, **rules: Any) -> None:
        """Change the rules of one camera for one hub."""
        self.change_rules(number, label, **rules)

    def change_rules(
        self,
        number: int,
        label: str,
        *,
        openings: frozenset[str],
        has_never: bool,
        limits: Limits,
    ) -> None:
        """Change the rules of one camera for one hub, at once."""
        never = [
            {"entity": self.keys[each], "clear": ["off"]} for each in ("never", "Rooms")
        ]
        purposes = limits.purposes
        change_rules(
            self.hass,
            self.entries[number],
            label,
            openings=sorted(openings),
            schedule=self.keys["schedule"],
            alarms=[self.keys["alarm"], self.keys["Doors"]],
            never=never if has_never else [],
            limits={
                **asdict(limits),
                "purposes": None if purposes is None else sorted(purposes),
            },
        )

    async def let_open(self, number: int, *members: str) -> None:
        """Let these members open to a hub, and no others."""
        entry, openers = self.entries[number], [self.people[each] for each in members]
        options = {**entry.options, "openers": openers}
        self.hass.config_entries.async_update_entry(entry, options=options)
        await self.hass.async_block_till_done()

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

    def runtimes(self) -> Iterator[HubRuntime]:
        """Give what is alive of the hubs that are loaded."""
        for entry in self.entries:
            if entry.state is ConfigEntryState.LOADED:
                yield entry.runtime_data

    @contextmanager
    def disturbed(self) -> Iterator[None]:
        """Let time pass or parts fail: then it turns before anybody hears what may be seen."""
        self.is_disturbed = True
        try:
            yield
        finally:
            self.is_disturbed = False

    def share_id(self, number: int, label: str) -> str:
        """Give the share of a camera for one hub."""
        return share_of(self.entries[number], label).subentry_id

    def name(self, what: str) -> str:
        """Give the name that something goes by now."""
        return NAMED[what][self._names[what]]

    async def rename(self, what: str) -> None:
        """Give something its other name."""
        old = self.name(what)
        self._names[what] = 1 - self._names[what]
        said = self.hass.states.get(old)
        rename(self.hass, old, self.name(what))
        if what in self._by_hand and said is not None:
            self.hass.states.async_remove(old)
            self.hass.states.async_set(self.name(what), said.state)
        await self.hass.async_block_till_done()

    async def remove(self, what: str) -> None:
        """Remove something, and let what is of another integration take its name and say the same."""
        registry, name, said = er.async_get(self.hass), self.name(what), self.said(what)
        self.gone[what] = registered(registry, name)
        registry.async_remove(name)
        await self.hass.async_block_till_done()
        self.hass.states.async_remove(name)
        # A new one each time: what comes back into the registry comes under its last name.
        self._create(what, "another", f"{what} {next(self._others)}")
        await self.says(what, said)

    async def add_again(self, what: str) -> None:
        """Add what was removed under its other name, and take away what took its name and says the same."""
        other, said = self.name(what), self.said(what)
        known = self.gone.pop(what)
        self._names[what] = 1 - self._names[what]
        self._by_hand.add(what)
        self._create(what, known.platform, known.unique_id)
        await self.says(what, said)
        er.async_get(self.hass).async_remove(other)
        self.hass.states.async_remove(other)
        await self.hass.async_block_till_done()

    def _create(self, what: str, platform: str, unique_id: str) -> None:
        domain, name = self.name(what).split(".")
        created = er.async_get(self.hass).async_get_or_create(
            domain, platform, unique_id, suggested_object_id=name
        )
        assert created.entity_id == self.name(what), created

    async def camera_goes(self) -> None:
        """Let the first camera be gone, as one is that its owner disables."""
        self.hass.states.async_remove(self.name("camera"))

    async def camera_comes(self) -> None:
        """Let the first camera be there again."""
        self._porch.async_write_ha_state()

    async def remove_ours(self, number: int, key: str, label: str | None) -> None:
        """Remove an entity of ours; it is there again when its hub is loaded anew."""
        er.async_get(self.hass).async_remove(self.entity(number, key, label))
        await self.hass.async_block_till_done()

    async def rename_ours(self, number: int, key: str, label: str | None) -> None:
        """Give an entity of ours another name, or its old one back."""
        old = self.entity(number, key, label)
        known = old.removesuffix(OTHER_NAME)
        rename(self.hass, old, known if old != known else old + OTHER_NAME)
        await self.hass.async_block_till_done()

    async def says(self, what: str, state: str | None, by: Hand = None) -> None:
        """Let something say this, or (None) be gone, because somebody turned it."""
        if state is None:
            self.hass.states.async_remove(self.name(what))
        else:
            self.hass.states.async_set(self.name(what), state, context=self._by(by))

    async def sensor_says(self, what: str, by: Hand, *, on: bool) -> None:
        """Let a member of a group say something, because somebody turned it."""
        self.say_sensor(what, by, on=on)

    def say_sensor(self, what: str, by: Hand = None, *, on: bool) -> None:
        """Let a member of a group say something, at once. What restores its state is turned by nobody's hand."""
        if what in RESTORING:
            self._restoring[what].report(is_open=on)
        else:
            state = "on" if on else "off"
            self.hass.states.async_set(sensor_id(what), state, context=self._by(by))

    async def load_anew(self, what: str) -> None:
        """Let an integration that is loaded anew take a sensor away, and add it with the state it had."""
        component: EntityComponent[Gate] = self.hass.data["binary_sensor"]
        await component.async_remove_entity(sensor_id(what))
        await self.hass.async_block_till_done()
        self._restoring[what] = Gate(what.title())
        await component.async_add_entities([self._restoring[what]])
        await self.hass.async_block_till_done()

    def _by(self, by: Hand) -> Context:
        return Context(user_id=self.people[by])

    def hand(self, what: str) -> Hand:
        """Say by whose hand something came to say what it says."""
        state = self.hass.states.get(
            self.name(what) if what in NAMED else sensor_id(what)
        )
        user_id = state.context.user_id if state else None
        return next(each for each, them in self.people.items() if them == user_id)

    def said(self, what: str) -> str | None:
        """Give what something says now."""
        state = self.hass.states.get(self.name(what))
        return state.state if state else None

    async def ask(
        self,
        number: int,
        camera: str,
        *viewers: Viewer,
        minutes: int = 15,
        request: str | None = None,
    ) -> list[str]:
        """Let viewers ask the owner at once; give their requests. `request`: by this id."""
        forgery = Forgery(params={"request": request} if request else {})
        asked = await asyncio.gather(
            *(
                self.hubs[number].ask_to_watch(
                    camera, viewer=viewer, minutes=minutes, forgery=forgery
                )
                for viewer in viewers
            )
        )
        assert all(answer["result"] == {} for _, answer in asked), asked
        await self.hass.async_block_till_done()
        return [request for request, _ in asked]

    def still_asks(self, number: int, request: str) -> bool:
        """Say whether the owner is still asked about a request of a hub, among the repairs."""
        about = {"entry_id": self.entries[number].entry_id, "request": request}
        issues = ir.async_get(self.hass).issues.values()
        return any(each.data == about for each in issues)

    async def answer(
        self, number: int | None, request: str, action: str, **said: Any
    ) -> str | None:
        """Answer a request of a hub (None: without saying whose); give why that does not count, None where it does."""
        if number is not None:
            said["hub"] = self.entries[number].entry_id
        try:
            await self.hass.services.async_call(
                DOMAIN,
                action,
                {"request": request, **said},
                blocking=True,
                context=Context(user_id=self.owner),
            )
        except ServiceValidationError as err:
            return err.translation_key
        return None

    def camera(self, number: int, label: str) -> str:
        """Give what a hub knows a camera by."""
        return str(self.listed(number)[label]["camera"])

    def listed(self, number: int) -> dict[str, dict[str, Any]]:
        """Give a hub's list of cameras, by label."""
        return {each["label"]: each for each in self.hubs[number].cameras()}

    async def stop_sharing(self, camera: str) -> None:
        """End what opened a camera for a while, for every hub."""
        await self.hass.services.async_call(
            "latchstring",
            "stop_sharing",
            target={"entity_id": camera},
            blocking=True,
            context=Context(user_id=self.owner),
        )

    async def reload(self, number: int) -> None:
        """Load one hub anew."""
        entry, before = self.entries[number], self.connection(number)
        assert await self.hass.config_entries.async_reload(entry.entry_id)
        await self.hass.async_block_till_done()
        await self.is_connected(number, before)

    async def edit_while_set_up(
        self, number: int, label: str, moment: Moment, guests: str, **rules: Any
    ) -> None:
        """Load one hub anew; meanwhile, change the rules of one camera and let the guests come or go."""

        def edit() -> None:
            self.change_rules(number, label, **rules)
            self.hass.states.async_set(self.name("never"), guests)

        with while_set_up(self.hass, self.entries[number], moment, edit) as done:
            await self.reload(number)
            await asyncio.wait_for(done, BOUND)

    async def restart(self, consent: Any = None) -> None:
        """Begin from what is stored, as Home Assistant does when it starts; from this consent where it is given."""
        before = self.connections()
        for entry in self.entries:
            assert await self.hass.config_entries.async_unload(entry.entry_id)
        await self.hass.data[HOUSEHOLD_KEY].async_close()
        if consent is not None:
            self.storage[CONSENT_KEY] = consent
        self.hass.data[HOUSEHOLD_KEY] = await Household.async_open(self.hass)
        for number, entry in enumerate(self.entries):
            assert await self.hass.config_entries.async_setup(entry.entry_id)
            await self.hass.async_block_till_done()
            await self.is_connected(number, before[number])

    async def back_up(self) -> Any:
        """Make a backup; give the consent that is in it."""
        await async_pre_backup(self.hass)
        consent = deepcopy(self.storage[CONSENT_KEY])
        await async_post_backup(self.hass)
        return consent

    async def review(self, *, keep: bool, without: int | None) -> None:
        """Look at what was restored, and keep all of it or nothing; wait until each hub knows the house by new keys.

        `without`: this hub is not loaded meanwhile.
        """
        before = [hub.homes() for hub in self.hubs]
        away = [] if without is None else [self.entries[without].entry_id]
        for entry_id in away:
            assert await self.hass.config_entries.async_unload(entry_id)
        flow = await async_create_fix_flow(self.hass, "restored", None)
        flow.hass = self.hass
        form: Any = await flow.async_step_init()  # type: ignore[attr-defined]  # every flow begins so
        (kept,) = form["data_schema"].schema.values()
        options = [each["value"] for each in kept.config["options"]]
        done = await flow.async_step_confirm({"keep": options if keep else []})  # type: ignore[attr-defined]  # likewise
        assert done["type"] == "create_entry", done
        for entry_id in away:
            assert await self.hass.config_entries.async_setup(entry_id)
        for hub, known in zip(self.hubs, before, strict=True):
            await hub.home_admits(await known_anew(hub, known))
        await self.hass.async_block_till_done()

    async def drop(self, number: int) -> None:
        """Let a hub lose the connection, and wait until the house has come back."""
        before = self.connection(number)
        await self.hubs[number].disconnect()
        await self.is_connected(number, before)

    async def lose(self, number: int) -> None:
        """Let a hub be gone for longer than anybody may watch without it."""
        hub = self.hubs[number]
        hub.conduct = Conduct(control_status=503)
        await hub.disconnect()
        for _ in range(GONE):
            self.clock.loop.jump(1)
            await self.is_quiet(*(each for each in HUBS if each != number))

    async def find(self, number: int) -> None:
        """Let a hub be there again, and load it anew: the house would take its time to come back."""
        self.hubs[number].conduct = Conduct()
        await self.reload(number)

    def connection(self, number: int) -> Connection | None:
        """Give the connection that a hub has with the house now."""
        (home,) = self.hubs[number].control.homes()
        return home.connection

    def connections(self) -> list[Connection | None]:
        """Give the connection of each hub."""
        return [self.connection(number) for number in HUBS]

    async def is_connected(
        self, number: int, instead_of: Connection | None = None
    ) -> None:
        """Wait until the house has dialled in, and has what it needs to admit anybody."""
        (home,) = self.hubs[number].control.homes()
        await self.hubs[number].changes.until(
            lambda: home.is_here and home.connection is not instead_of, BOUND
        )
        await self.hubs[number].home_admits()

    async def is_quiet(self, *numbers: int) -> None:
        """Wait until the house has done all it had to do, and each hub has heard all it had to say."""
        await self.hass.async_block_till_done()
        for number in numbers or HUBS:
            answer = await self.hubs[number].request("session.close", UNKNOWN)
            assert answer["result"] == {}

    async def is_settled(self) -> None:
        """Wait until each hub has done all that followed, so that nothing more will be written down."""
        await self.is_quiet()
        await self._has_heard_of_all()

    async def _has_heard_of_all(self) -> None:
        """Wait until no hub still has to put its name to a tree: by a clock that goes on, it is late with that."""
        for hub in self.hubs:
            await hub.settled()
        await self.hass.async_block_till_done()

    async def clock_is_forged(self, ahead: timedelta) -> None:
        """Set the clock on the wall, with which no hub agrees, or back to what they go by."""
        for hub in self.hubs:
            hub.conduct = replace(
                hub.conduct, clock_ahead=hub.conduct.clock_ahead - ahead
            )
        await self.clock.is_set(seconds=ahead.total_seconds())
        await self._has_heard_of_all()

    async def confirm_clock(self) -> None:
        """Say that the clock is right, as an administrator."""
        flow: Any = await async_create_fix_flow(self.hass, "clock_untrusted", None)
        flow.hass = self.hass
        done = await flow.async_step_confirm({})
        assert done["type"] == "create_entry", done
        await self._has_heard_of_all()

    async def passes(self, *, seconds: int) -> None:
        """Let time pass, and wait until no hub is to be asked any more whether it agrees with the clock."""
        await self.clock.passes(seconds=seconds)
        clock = self.hass.data[HOUSEHOLD_KEY].clock
        async with asyncio.timeout(60):
            while clock.doubt is Doubt.LEAPED:  # noqa: ASYNC110 - nothing tells it
                await asyncio.sleep(0.01)
        await self._has_heard_of_all()

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

    @callback
    def _look_who_is_left(self, event: Event[EventStateChangedData]) -> None:
        """Find fault with whatever is shown while somebody watches who may not any more."""
        entry = er.async_get(self.hass).async_get(event.data["entity_id"])
        if self.is_disturbed or entry is None or entry.platform != DOMAIN:
            return
        for runtime in self.runtimes():
            for session in runtime.gate.sessions():
                decision = runtime.decisions.of(session.share_id, session.asker)
                if not decision.open:
                    self.faults.append(f"{entry.entity_id} comes before the cut")

    def _report(
        self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]
    ) -> None:
        """Keep what went wrong unseen; who hangs up while both still shake hands does no wrong."""
        is_hang_up = isinstance(context.get("exception"), ConnectionError)
        if not (is_hang_up and "incoming connection" in context["message"]):
            self.faults.append(repr(context))


def sensor_id(what: str) -> str:
    """Give the name of a group, or of a member of one."""
    return f"binary_sensor.{what}"
