"""Loading, unloading and switching decide once what turns, show it once, and touch nothing else."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event
import pytest

from custom_components.latchstring.core.decision import decide
from tests.ha.counted import calls_of, fired
from tests.ha.restarting import start, stop
from tests.ha.rules import entities
from tests.ha.rules.house import key_of, rename
from tests.ha.watching import is_on, turn_off
from tests.reference_hub import Authority

from .many import Many, many

CAMERAS: Final = 20
ALWAYS: Final = {"openings": ["always"]}
DOOR: Final = "binary_sensor.door"
GUARDS: Final = ("sharing", "being_watched")
OURS: Final = ("sharing", "share_now", "viewable", "being_watched", "viewers", "access")


@pytest.fixture
async def house(
    hass: HomeAssistant, authority: Authority, owner: str
) -> AsyncIterator[Many]:
    """One hub with many cameras, which are all open."""
    async with many(
        hass, authority, owner=owner, cameras=(CAMERAS,), rules=lambda _: ALWAYS
    ) as house:
        yield house


async def load(hass: HomeAssistant, entry: ConfigEntry) -> None:
    assert await hass.config_entries.async_setup(entry.entry_id)


async def unload(hass: HomeAssistant, entry: ConfigEntry) -> None:
    assert await hass.config_entries.async_unload(entry.entry_id)


async def reload(hass: HomeAssistant, entry: ConfigEntry) -> None:
    assert await hass.config_entries.async_reload(entry.entry_id)


async def restart(hass: HomeAssistant, entry: ConfigEntry) -> None:
    await stop(hass, entry)
    await start(hass, entry)


def of_a_start(house: Many) -> Mapping[str, int]:
    """Each once, and whether it can be viewed once more: when the hub has answered the first checkpoint."""
    twice = house.entities("viewable")
    return dict.fromkeys(ours(house), 1) | dict.fromkeys(twice, 2)


async def test_loading_writes_each_entity_once(house: Many) -> None:
    (entry,), (hub,) = house.entries, house.hubs
    await unload(house.hass, entry)

    with fired(house.hass) as counted:
        await load(house.hass, entry)
        await hub.camera_is("open")
        await house.is_shown()

    assert house.viewable() == CAMERAS
    assert written(counted.writes, house) == of_a_start(house)


async def test_unloading_writes_none(house: Many) -> None:
    """Home Assistant writes each once, as it takes it away."""
    (entry,) = house.entries

    with fired(house.hass) as counted:
        await unload(house.hass, entry)
        await house.is_shown()

    assert written(counted.writes, house) == {}


@pytest.mark.parametrize("again", [reload, restart])
async def test_loading_anew_writes_each_entity_once(
    house: Many, again: Callable[[HomeAssistant, ConfigEntry], Awaitable[None]]
) -> None:
    (entry,), (hub,) = house.entries, house.hubs

    with fired(house.hass) as counted:
        await again(house.hass, entry)
        await hub.camera_is("open")
        await house.is_shown()

    assert house.viewable() == CAMERAS
    assert written(counted.writes, house) == of_a_start(house)


async def test_a_hub_that_comes_back_is_no_news_to_a_camera(house: Many) -> None:
    (hub,) = house.hubs
    (home,) = hub.homes()

    with fired(house.hass) as counted:
        await hub.disconnect()
        await hub.home_disconnected(home)
        await hub.home_connected()
        await house.is_shown()

    assert written(counted.writes, house) == {}


async def test_a_switch_off_that_also_ends_something_timed_costs_no_more(
    house: Many,
) -> None:
    sharing, share_now = house.entities("sharing"), house.entities("share_now")
    viewable = house.entities("viewable")
    await house.turn_on(*share_now[0:6:2])

    async def cost(camera: int) -> tuple[Mapping[str, int], int]:
        with fired(house.hass) as counted, calls_of(decide) as decisions:
            await turn_off(house.hass, sharing[camera])
            await house.is_shown()
        return counted.writes, decisions.number

    without = [await cost(camera) for camera in (1, 3, 5)]
    with_it = [await cost(camera) for camera in (0, 2, 4)]

    assert [writes for writes, _ in with_it] == [
        {sharing[camera]: 1, share_now[camera]: 1, viewable[camera]: 1}
        for camera in (0, 2, 4)
    ]
    # What is looked at every ten seconds may fall into one time or another.
    assert min(decided for _, decided in with_it) == min(
        decided for _, decided in without
    )


@pytest.mark.parametrize("guard", GUARDS)
async def test_a_guard_that_goes_closes_its_camera_and_no_other(
    house: Many, guard: str
) -> None:
    guards = {key: house.entities(key) for key in GUARDS}
    viewable = house.entities("viewable")
    others = {each for key in OURS for each in house.entities(key)[1:]}
    sessions = await house.watch((0, 0), (0, 1), listed_as="open")
    (other,) = (each for each in GUARDS if each != guard)

    with fired(house.hass) as counted:
        disable(house.hass, guards[guard][0])
        assert house.uploads() == 1
        await house.is_shown()
        assert not is_on(house.hass, viewable[0])
        disable(house.hass, guards[other][0])
        await house.is_shown()

    assert counted.writes.keys() & others == set()
    assert (await house.hubs[0].upload_ended(sessions[0].session)).end == "reset"
    seen = house.hubs[0].seen(sessions[1].session)
    await house.hubs[0].fragments(sessions[1].session, seen.fragments + 3)
    assert is_on(house.hass, viewable[1])


def ours(house: Many) -> set[str]:
    """Give our entities but the one that follows the connection."""
    registry = er.async_get(house.hass)
    (entry,) = house.entries
    return {
        each.entity_id
        for each in er.async_entries_for_config_entry(registry, entry.entry_id)
        if each.translation_key != "connected"
    }


def written(writes: dict[str, int], house: Many) -> dict[str, int]:
    """Leave out the entity that follows the connection."""
    return {key: number for key, number in writes.items() if key in ours(house)}


def disable(hass: HomeAssistant, entity_id: str) -> None:
    er.async_get(hass).async_update_entity(
        entity_id, disabled_by=er.RegistryEntryDisabler.USER
    )


def remove(hass: HomeAssistant, entity_id: str) -> None:
    er.async_get(hass).async_remove(entity_id)


def rename_it(hass: HomeAssistant, entity_id: str) -> None:
    rename(hass, entity_id, f"{entity_id}_2")


def unlist(hass: HomeAssistant, entity_id: str) -> None:
    """Take the camera off its hub's list."""
    known = er.async_get(hass).async_get(entity_id)
    assert known is not None
    entry = hass.config_entries.async_get_entry(known.config_entry_id or "")
    assert entry is not None
    hass.config_entries.async_remove_subentry(entry, known.config_subentry_id or "")


@pytest.mark.parametrize(
    ("happens", "whose"),
    [
        *((each, DOOR) for each in (disable, remove, rename_it)),
        *((each, "viewable") for each in (disable, remove, rename_it)),
        *((each, "being_watched") for each in (disable, rename_it)),
        *((each, "sharing") for each in (disable, remove)),
        (unlist, "viewable"),
    ],
)
async def test_what_goes_in_the_middle_of_a_change_keeps_nothing_open(
    hass: HomeAssistant,
    authority: Authority,
    owner: str,
    happens: Callable[[HomeAssistant, str], None],
    whose: str,
) -> None:
    """A listener that Home Assistant calls before it calls us does it."""
    door = await entities.door(hass)
    door.report(is_open=False)
    middle: list[Callable[[], None]] = []

    @callback
    def turned(_event: Event[Any]) -> None:
        while middle:
            middle.pop()()

    async_track_state_change_event(hass, DOOR, turned)
    never = [{"entity": key_of(hass, DOOR), "clear": ["off"]}]
    rules = {"openings": ["always"], "never": never}
    async with many(
        hass, authority, owner=owner, cameras=(2, 1), rules=lambda _: rules
    ) as house:
        await house.watch((0, 0), (0, 1), (1, 0))
        assert house.uploads() == 3
        entity_id = DOOR if whose == DOOR else house.entities(whose)[0]
        middle.append(lambda: happens(hass, entity_id))

        door.report(is_open=True)

        assert not middle
        assert house.uploads() == 0
        await house.is_shown()
        assert not any(is_on(hass, each) for each in house.entities("viewable", 1))
