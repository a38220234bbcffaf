"""However often a hub looks and asks, phones say little enough for whatever else they have to say."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import gc

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
    async_mock_service,
)

from custom_components.latchstring.runtime.hub import HubRuntime
from tests.cameras import Cameras
from tests.ha.entities import entity_of
from tests.ha.everything import SHERIFF
from tests.ha.front_door import PEOPLE, pair
from tests.ha.gate.test_requests import ask, time_is_over
from tests.ha.own_cameras import OwnCamera, install
from tests.ha.phones import register_phone
from tests.ha.real_phones import repair
from tests.ha.rules.clock import wall_clock
from tests.ha.watching import ask_the_owner, opened, turn_on
from tests.reference_hub import Agency, Authority, Officer, ReferenceHub, Viewer

NEIGHBOUR = replace(SHERIFF, agreement=Agency().agreement)
CREW = tuple(f"Officer {letter}" for letter in "ABCDEFGH")
USED_UP = "pushes_used_up"
HALF_AN_HOUR = timedelta(minutes=30, seconds=1)


@pytest.fixture
def wall() -> Iterator[FrozenDateTimeFactory]:
    """A clock on the wall that stands at seven minutes past two, local time."""
    with wall_clock(datetime(2026, 12, 1, 22, 7, tzinfo=UTC)) as wall:
        yield wall


@pytest.fixture
async def hub(
    wall: FrozenDateTimeFactory, authority: Authority
) -> AsyncIterator[ReferenceHub]:
    """A hub with a crew that has nothing better to do."""
    officers = tuple(Officer(sub=f"badge-{name}", name=name) for name in CREW)
    async with ReferenceHub(authority, Agency(officers=officers)) as hub:
        yield hub


@pytest.fixture
async def entry(
    hass: HomeAssistant, hub: ReferenceHub, served: Cameras, owner: str
) -> ConfigEntry:
    """An open front door, and the owner's phone."""
    await hass.config.async_set_time_zone("America/Los_Angeles")
    (porch,) = await install(
        hass, OwnCamera("Porch", served.url("porch"), device="Porch")
    )
    entry = await pair(
        hass,
        hub.invitation(),
        labels={porch: "Front door"},
        people={**PEOPLE, "notify": [register_phone(hass, "Alex")]},
    )
    await hub.home_connected()
    await turn_on(hass, user=owner)
    return entry


@pytest.fixture
def phone(hass: HomeAssistant) -> list[ServiceCall]:
    """What the owner's phone was told."""
    return async_mock_service(hass, "notify", "mobile_app_alex")


async def glance(
    hass: HomeAssistant, hub: ReferenceHub, officer: str, **other: str
) -> None:
    """Look for as short as it goes."""
    session = await opened(hub, officer=officer, **other)
    await hub.close_session(session.session)
    await hub.ended(session.session)
    await hass.async_block_till_done()


async def passes(
    hass: HomeAssistant, wall: FrozenDateTimeFactory, time: timedelta
) -> None:
    """Let time pass, for the clock on the wall and for what waits by the other one."""
    wall.tick(time)
    async_fire_time_changed(hass, datetime.now(UTC) + time)
    await hass.async_block_till_done()


def said(phone: Sequence[ServiceCall]) -> list[str]:
    return [each.data["message"] for each in phone]


async def test_a_viewer_who_looks_again_and_again_is_told_once_and_then_counted(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    phone: list[ServiceCall],
    wall: FrozenDateTimeFactory,
) -> None:
    for _ in range(12):
        await glance(hass, hub, CREW[0])

    first, ended = phone
    assert first.data["message"].startswith("Officer A, Jackson PD is watching Front")
    assert ended.data["data"]["tag"] == first.data["data"]["tag"]
    await passes(hass, wall, HALF_AN_HOUR)
    (digest,) = said(phone)[2:]
    assert digest == (
        "Since 2:07 PM, cameras were looked at 11 more times:"
        " Officer A, Jackson PD at Front door (11)."
    )
    assert not repair(hass, entry, USED_UP)

    await glance(hass, hub, CREW[0])

    assert len(phone) == 5


async def test_counted_looks_are_told_in_words_that_name_nobody_where_the_owner_wants_that(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    phone: list[ServiceCall],
    wall: FrozenDateTimeFactory,
) -> None:
    options = {**entry.options, "push_words": "neutral"}
    hass.config_entries.async_update_entry(entry, options=options)
    await hass.async_block_till_done()
    for _ in range(3):
        await glance(hass, hub, CREW[0])

    await passes(hass, wall, HALF_AN_HOUR)

    (digest,) = said(phone)[2:]
    assert digest == "Since 2:07 PM, cameras were looked at 2 more times."


async def test_a_crew_that_looks_uses_its_budget_up_and_the_last_message_says_so(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    phone: list[ServiceCall],
    wall: FrozenDateTimeFactory,
) -> None:
    for officer in CREW:
        await glance(hass, hub, officer)

    begun = [each for each in said(phone) if "is watching" in each]
    assert len(begun) == 5
    assert len(phone) == 10
    no_more = "Until 3:07 PM, further looks are only counted."
    assert [no_more in each for each in begun] == [False] * 4 + [True]
    await passes(hass, wall, HALF_AN_HOUR)
    assert "Officer F, Jackson PD at Front door (1); Officer G" in said(phone)[-1]
    told = repair(hass, entry, USED_UP)
    assert told == {"hub": "Jackson Police Department", "at": "2:07 PM"}

    await passes(hass, wall, HALF_AN_HOUR)
    await glance(hass, hub, CREW[7])

    assert "Officer H, Jackson PD is watching" in said(phone)[-2]
    await passes(hass, wall, timedelta(days=1))
    await passes(hass, wall, timedelta(seconds=11))
    assert not repair(hass, entry, USED_UP)


async def also_told(
    hass: HomeAssistant, entry: ConfigEntry, hub: ReferenceHub, label: str, owner: str
) -> ConfigEntry:
    """Have a second hub see the porch, and the phones of the first told of it."""
    people = {**PEOPLE, "notify": entry.options["notify"]}
    labels = {"camera.porch": label}
    second = await pair(hass, hub.invitation(), labels=labels, people=people)
    await hub.home_admits()
    await turn_on(hass, entity_of(hass, second, "sharing"), user=owner)
    return second


async def test_a_phone_is_told_no_more_in_a_day_however_many_hubs_look(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    phone: list[ServiceCall],
    wall: FrozenDateTimeFactory,
    authority: Authority,
    owner: str,
) -> None:
    """A hub that was the only one had the day for itself until another one was paired, and had its part of it."""
    for _ in range(6):
        for officer in CREW[:5]:
            await glance(hass, hub, officer)
        await passes(hass, wall, HALF_AN_HOUR)
        await passes(hass, wall, HALF_AN_HOUR)
    looks = [each for each in said(phone) if "looked at" not in each]
    assert len(looks) == 60
    phone.clear()

    async with ReferenceHub(
        authority, replace(SHERIFF, officers=hub.agency.officers)
    ) as sheriff:
        second = await also_told(hass, entry, sheriff, "Porch", owner)
        purpose = sheriff.agency.agreement.terms["purposes"][0]["purpose"]
        for officer in CREW[:5]:
            await glance(hass, sheriff, officer, label="Porch", purpose=purpose)

    begun = [each for each in said(phone) if "is watching" in each]
    assert len(begun) == 3
    assert len(phone) == 6
    assert ["only counted" in each for each in begun] == [False, False, True]
    assert repair(hass, second, USED_UP)


async def test_questions_have_a_budget_of_their_own_and_none_of_them_is_lost(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    phone: list[ServiceCall],
) -> None:
    for officer in CREW:
        await glance(hass, hub, officer)
    await ask_the_owner(hass, entry)
    camera = (await hub.camera_is("ask"))["camera"]
    phone.clear()

    for officer in CREW:
        await ask(hass, hub, camera, Viewer(officer=officer))

    assert len(phone) == 4
    assert "no more questions are sent here" in said(phone)[-1]
    waiting = [
        issue
        for issue in ir.async_get(hass).issues.values()
        if issue.translation_key == "request"
    ]
    assert len(waiting) == len(CREW)
    await time_is_over(hass)
    assert said(phone)[4:] == ["clear_notification"] * 4


async def test_who_was_not_told_of_a_look_is_not_told_of_its_end(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    phone: list[ServiceCall],
) -> None:
    hass.config_entries.async_update_entry(
        entry, options={**entry.options, "notify": []}
    )
    session = await opened(hub, officer=CREW[0])
    alex = register_phone(hass, "Alex", key="01JDXAEXPH0NE0000000SEC0ND")
    hass.config_entries.async_update_entry(
        entry, options={**entry.options, "notify": [alex]}
    )

    await hub.close_session(session.session)
    await hub.ended(session.session)
    await hass.async_block_till_done()

    assert not phone


async def test_a_hub_that_never_stops_looking_does_not_silence_another_one(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    phone: list[ServiceCall],
    wall: FrozenDateTimeFactory,
    authority: Authority,
    owner: str,
) -> None:
    """What a phone is told in a day is shared among the hubs that it hears of."""
    async with ReferenceHub(authority, NEIGHBOUR) as sheriff:
        await also_told(hass, entry, sheriff, "Front door", owner)
        for _ in range(7):
            for officer in CREW[:6]:
                await glance(hass, hub, officer)
            await passes(hass, wall, HALF_AN_HOUR)
            await passes(hass, wall, HALF_AN_HOUR)
        phone.clear()

        await glance(hass, sheriff, "Deputy A. Moss")

        begun, ended = said(phone)
        assert begun.startswith("Deputy A. Moss, Hinds SO is watching Front door")
        assert ended.startswith("Deputy A. Moss, Hinds SO stopped watching")


async def test_what_phones_were_told_keeps_nothing_of_a_hub_that_was_removed(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    phone: list[ServiceCall],
) -> None:
    """How often a phone was told outlasts the hub, whose keys are gone with it."""
    await glance(hass, hub, CREW[0])
    assert said(phone)

    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()

    gc.collect()
    assert not [each for each in gc.get_objects() if type(each) is HubRuntime]
