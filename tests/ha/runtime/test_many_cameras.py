"""What many cameras share turns for all of them at once, and costs no more than it must."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
import os
from typing import Any, Final

from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.setup import async_setup_component
import pytest

from custom_components.latchstring.core.decision import decide
from tests.ha.counted import at_each_event, calls_of, fired, warnings
from tests.ha.rules import entities
from tests.ha.two_cameras import alarms
from tests.ha.watching import turn_off, turn_on
from tests.reference_hub import Authority, ReferenceHub

from .many import GUESTS, MOST_A_HUB, NEVER_WITH_GUESTS, Many, many

SHARES: Final = int(os.environ.get("LATCHSTRING_SHARES", "120"))
"""More of them take minutes: `LATCHSTRING_SHARES=2000 scripts/test tests/ha/runtime/test_many_cameras.py`."""
HUBS: Final = max(2, SHARES // MOST_A_HUB)
EACH: Final = SHARES // HUBS
ALL: Final = (EACH,) * HUBS
AGAIN: Final = 3
"""So often is a cost counted that something else may add to."""
FEW: Final = 3
"""Events that one share may cost when it turns."""

CAMERA: Final = "camera.camera_0_view"
HOURS: Final = "schedule.hours"
PANEL: Final = "alarm_control_panel.house"
PHONE: Final = "device_tracker.sam"
LISTENED: Final = "binary_sensor.listened"
DERIVED: Final = (LISTENED, "group.family", "person.sam", "binary_sensor.template")
CLEAR: Final = ["off", "not_home"]


def never_while(entity_id: str) -> dict[str, Any]:
    never = [{"entity": entity_id, "clear": CLEAR}]
    return {"openings": ["always"], "never": never}


def cameras_heard_of(hub: ReferenceHub) -> int:
    """Count the lists of cameras that a hub was sent."""
    return sum(
        heard.direction == "from home" and heard.message.get("method") == "cameras"
        for heard in hub.transcript
    )


async def test_what_all_share_turns_each_of_them_once_and_quietly(
    hass: HomeAssistant,
    authority: Authority,
    owner: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    hass.states.async_set(GUESTS, "off")
    async with many(
        hass, authority, owner=owner, cameras=ALL, rules=lambda _: NEVER_WITH_GUESTS
    ) as house:
        assert house.viewable() == HUBS * EACH
        caplog.clear()
        for state, viewable in (("on", 0), ("off", HUBS * EACH)):
            with fired(hass) as counted:
                house.say(GUESTS, state)
                await house.is_shown()

            assert house.viewable() == viewable
            assert counted.events <= FEW * HUBS * EACH
            assert set(counted.writes.values()) == {1}
        assert warnings(caplog) == []


@dataclass(frozen=True, slots=True, kw_only=True)
class Closes:
    """Something that opens every camera of a house, by these rules, and what closes them all again."""

    rules: Mapping[str, Any]
    entity_id: str
    opens: str
    closes: str | None


CLOSES: Final = {
    "never": Closes(
        rules=NEVER_WITH_GUESTS, entity_id=GUESTS, opens="off", closes="on"
    ),
    "schedule": Closes(
        rules={"openings": ["schedule"], "schedule": HOURS},
        entity_id=HOURS,
        opens="on",
        closes="off",
    ),
    "alarm": Closes(
        rules={"openings": ["alarm"], "alarms": [PANEL]},
        entity_id=PANEL,
        opens="triggered",
        closes="disarmed",
    ),
    "camera": Closes(
        rules={"openings": ["always"]}, entity_id=CAMERA, opens="idle", closes=None
    ),
}


@pytest.mark.parametrize("expected_lingering_timers", [True])  # the schedule's own
@pytest.mark.parametrize("by", CLOSES.values(), ids=CLOSES)
async def test_every_hub_is_cut_before_anything_is_told_of_it(
    hass: HomeAssistant, authority: Authority, owner: str, by: Closes
) -> None:
    await entities.all_day(hass)
    hass.states.async_set(GUESTS, "off")
    hass.states.async_set(PANEL, "armed_away")
    async with many(
        hass, authority, owner=owner, cameras=(1, 1, 1), rules=lambda _: by.rules
    ) as house:
        house.say(by.entity_id, by.opens)
        await house.is_shown()
        assert house.viewable() == 3
        listed_as = "ask" if "never" in by.rules else "open"
        await house.watch((0, 0), (1, 0), (2, 0), listed_as=listed_as)
        assert house.uploads() == 3
        left: list[int] = []

        with at_each_event(hass, lambda: left.append(house.uploads())):
            house.say(by.entity_id, by.closes)
            assert house.uploads() == 0
            await house.is_shown()

        its_own, *of_ours = left
        assert its_own == 3
        assert of_ours
        assert not any(of_ours)


@pytest.mark.parametrize("shares", [1, SHARES])
async def test_what_is_derived_from_a_change_in_the_same_moment_cuts(
    hass: HomeAssistant,
    authority: Authority,
    owner: str,
    shares: int,
) -> None:
    """Home Assistant's own group, person and template follow the phone when it changes; so does a listener."""
    hass.states.async_set(PHONE, "not_home")
    number = HUBS if shares > 1 else 1
    each = [*DERIVED, *[PHONE] * (shares // number)][:MOST_A_HUB]
    async with many(
        hass,
        authority,
        owner=owner,
        cameras=[len(each)] * number,
        rules=lambda camera: never_while(each[camera]),
    ) as house:
        await follow(hass)
        watched = await house.watch(*((0, camera) for camera in range(len(DERIVED))))
        assert house.uploads() == len(DERIVED)

        house.say(PHONE, "home")

        assert house.uploads() == 0
        for session in watched:
            assert (await house.hubs[0].upload_ended(session.session)).end == "reset"
        await house.is_shown()
        assert house.viewable() == 0


async def follow(hass: HomeAssistant) -> None:
    """Set up what is derived from the phone, so that it hears of the phone after we do."""
    hass.states.async_set(LISTENED, "off")

    @callback
    def listen(_event: Event[Any]) -> None:
        hass.states.async_set(LISTENED, "on")

    async_track_state_change_event(hass, PHONE, listen)
    person = {"id": "sam", "name": "Sam", "device_trackers": [PHONE]}
    assert await async_setup_component(hass, "person", {"person": [person]})
    family = {"family": {"entities": [PHONE]}}
    assert await async_setup_component(hass, "group", {"group": family})
    await entities.template(hass, f"{{{{ is_state('{PHONE}', 'home') }}}}")


async def test_an_alarm_for_all_is_one_and_so_is_its_end(
    hass: HomeAssistant,
    authority: Authority,
    owner: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    hass.states.async_set(PANEL, "armed_away")
    by_alarm = {"openings": ["alarm"], "alarms": [PANEL]}
    async with many(
        hass, authority, owner=owner, cameras=ALL, rules=lambda _: by_alarm
    ) as house:
        assert house.viewable() == 0
        caplog.clear()

        for state, viewable in (("triggered", EACH), ("disarmed", 0)):
            async with all_turn(house, viewable):
                house.say(PANEL, state)

        assert warnings(caplog) == []


async def test_the_panic_button_is_one_alarm_and_so_is_its_end(
    hass: HomeAssistant,
    authority: Authority,
    owner: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with many(
        hass, authority, owner=owner, cameras=(EACH,), rules=lambda _: {"openings": []}
    ) as house:
        (button,) = house.entities("share_all")
        caplog.clear()

        async with all_turn(house, EACH):
            await turn_on(hass, button, user=owner)
        async with all_turn(house, 0):
            await turn_off(hass, button, user=owner)

        assert warnings(caplog) == []


@asynccontextmanager
async def all_turn(house: Many, viewable: int) -> AsyncIterator[None]:
    """See all cameras of all hubs open or close as one: each entity is written once, each hub told once."""
    lists = [cameras_heard_of(hub) for hub in house.hubs]
    told = [len(alarms(hub)) for hub in house.hubs]
    with fired(house.hass) as counted:
        yield
        await house.is_shown()
    for number, hub in enumerate(house.hubs):
        await hub.camera_is("open" if viewable else "closed")
        await told_of(hub, told[number] + 1)
        assert house.viewable(number) == viewable
        assert cameras_heard_of(hub) == lists[number] + 1
        (alarm,) = alarms(hub)[told[number] :]
        assert alarm["state"] == ("began" if viewable else "ended")
        assert set(alarm["cameras"]) == {each["camera"] for each in hub.cameras()}
    assert set(counted.writes.values()) == {1}
    assert counted.events <= FEW * len(house.entities("viewable"))


async def least_cost(
    hass: HomeAssistant,
    *,
    before: Callable[[], Awaitable[None]],
    of: Callable[[], Awaitable[None]],
) -> tuple[int, int]:
    """Count the events and the decisions of doing something, a few times, and return the least of each.

    What is looked at every ten seconds may fall into one time or another.
    """
    costs = []
    for _ in range(AGAIN):
        await before()
        with fired(hass) as counted, calls_of(decide) as decisions:
            await of()
        costs.append((counted.events, decisions.number))
    events, decided = zip(*costs, strict=True)
    return min(events), min(decided)


async def told_of(hub: ReferenceHub, number: int) -> None:
    """Wait until a hub was told so often of an alarm's begin or end."""
    await hub.said_by_home(lambda _message: len(alarms(hub)) >= number)


async def test_what_a_change_costs_grows_with_the_cameras_it_concerns(
    hass: HomeAssistant, authority: Authority, owner: str
) -> None:
    """Four times as many cameras cost at most four times as much, and another hub's cost nothing."""
    few, more = 10, 40
    names = [f"input_boolean.guests_of_{number}" for number in (few, more)]
    for each in names:
        hass.states.async_set(each, "off")
    async with many(
        hass,
        authority,
        owner=owner,
        cameras=(few, more),
        rules=lambda _: never_while(names[0]),
    ) as house:
        for subentry in house.entries[1].subentries.values():
            hass.config_entries.async_update_subentry(
                house.entries[1],
                subentry,
                data={**subentry.data, **never_while(names[1])},
            )
        await house.is_shown()
        assert house.viewable() == few + more

        async def says(name: str, state: str) -> None:
            house.say(name, state)
            await house.is_shown()

        (events, decided), (more_events, more_decided) = [
            await least_cost(
                hass, before=partial(says, name, "off"), of=partial(says, name, "on")
            )
            for name in names
        ]

        assert house.viewable() == 0
        assert 0 < more_events <= more // few * events
        assert 0 < more_decided <= more // few * decided


async def test_what_loading_costs_grows_with_the_cameras(
    hass: HomeAssistant, authority: Authority, owner: str
) -> None:
    few, more = 10, 40
    hass.states.async_set(GUESTS, "off")
    async with many(
        hass,
        authority,
        owner=owner,
        cameras=(few, more),
        rules=lambda _: NEVER_WITH_GUESTS,
    ) as house:

        async def unload(number: int) -> None:
            entry_id = house.entries[number].entry_id
            assert await hass.config_entries.async_unload(entry_id)
            await house.hubs[number].home_disconnected()

        async def load(number: int) -> None:
            entry_id = house.entries[number].entry_id
            assert await hass.config_entries.async_setup(entry_id)
            await house.hubs[number].home_connected()
            await house.hubs[number].home_admits()
            await house.is_shown()

        (events, decided), (more_events, more_decided) = [
            await least_cost(
                hass, before=partial(unload, number), of=partial(load, number)
            )
            for number in range(2)
        ]

        assert house.viewable() == few + more
        assert 0 < more_events <= more // few * events
        # Meanwhile a hub may say something upon which its list, or the other's, is looked at once more.
        assert 0 < more_decided <= more // few * decided + few + more
