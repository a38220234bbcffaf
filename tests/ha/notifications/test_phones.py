"""A chosen phone is told whatever it is called by now, no other one is, and a repair says where it can't be told."""

from datetime import UTC, datetime, timedelta

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import (
    MockUser,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker

from custom_components.latchstring.tracking.phone_registrations import migrated_phones
from tests.ha.gate.test_requests import ask
from tests.ha.phones import register_phone
from tests.ha.real_phones import RealPhone, repair
from tests.ha.repaired import details
from tests.ha.watching import look, turn_on, watch
from tests.reference_hub import ReferenceHub

from .test_notifications import notify

WATCHING = "Officer J. Doe, Jackson PD is watching Front door: Burglary in progress."
UNTOLD = "phones_untold"


@pytest.fixture
async def alex(
    hass: HomeAssistant,
    entry: ConfigEntry,
    owner: str,
    aioclient_mock: AiohttpClientMocker,
) -> RealPhone:
    """The owner's phone, which the hub's options name."""
    phone = await RealPhone.register(hass, aioclient_mock, "Alex's iPhone", owner)
    notify(hass, entry, phone.key)
    await turn_on(hass, user=owner)
    return phone


async def looked_at(hass: HomeAssistant) -> None:
    """Let Latchstring look at what only time turns."""
    async_fire_time_changed(hass, datetime.now(UTC) + timedelta(seconds=11))
    await hass.async_block_till_done()


async def test_a_phone_that_was_renamed_goes_on_being_told(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, alex: RealPhone
) -> None:
    assert hass.services.has_service("notify", "mobile_app_alex_s_iphone")
    await alex.rename("iPhone")
    assert not hass.services.has_service("notify", "mobile_app_alex_s_iphone")

    await watch(hub)
    await hass.async_block_till_done()

    assert [each["message"] for each in alex.pushed] == [WATCHING]
    assert not repair(hass, entry, UNTOLD)


async def test_a_phone_that_takes_the_name_of_the_owners_hears_nothing(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    alex: RealPhone,
    member: MockUser,
) -> None:
    other = await RealPhone.register(hass, alex.relay, "Alex's iPhone", member.id)

    await watch(hub)
    await hass.async_block_till_done()

    assert not other.pushed
    (told,) = alex.pushed
    assert told["message"] == WATCHING
    assert "data" not in told
    said = (await details(hass, entry, UNTOLD))["phones"]
    assert "iPhone" in said
    assert "same name as another phone" in said
    await other.rename("Sam's iPhone")
    await looked_at(hass)
    assert not repair(hass, entry, UNTOLD)


async def test_a_question_is_put_to_no_phone_of_the_same_name(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    alex: RealPhone,
    member: MockUser,
    asked_for: str,
) -> None:
    notify(hass, entry, alex.key)
    other = await RealPhone.register(hass, alex.relay, "Alex's iPhone", member.id)

    await ask(hass, hub, asked_for)

    assert not other.pushed
    (asked,) = alex.pushed
    assert "asks to watch Front door" in asked["message"]
    assert "data" not in asked
    entry.runtime_data.requests.refused(
        entry.runtime_data.requests.waiting[0].request_id
    )
    await hass.async_block_till_done()
    assert len(alex.pushed) == 1


async def test_a_phone_that_was_removed_is_missed(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, alex: RealPhone
) -> None:
    await hass.config_entries.async_remove(alex.key)
    await looked_at(hass)

    assert "no longer registered" in (await details(hass, entry, UNTOLD))["phones"]
    await watch(hub)
    await hass.async_block_till_done()
    assert not alex.pushed
    notify(hass, entry)
    await looked_at(hass)
    assert not repair(hass, entry, UNTOLD)


async def test_a_phone_that_is_not_set_up_is_missed_until_it_is(
    hass: HomeAssistant, entry: ConfigEntry, alex: RealPhone
) -> None:
    await hass.config_entries.async_unload(alex.key)
    await looked_at(hass)

    assert "cannot be reached" in (await details(hass, entry, UNTOLD))["phones"]
    assert await hass.config_entries.async_setup(alex.key)
    await looked_at(hass)
    assert not repair(hass, entry, UNTOLD)


async def test_a_phone_that_could_not_be_told_is_a_repair_until_it_can(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    reached = False
    told = []

    async def send(call: ServiceCall) -> None:
        if not reached:
            raise HomeAssistantError("not connected to local push notifications")
        told.append(call.data["message"])

    hass.services.async_register("notify", "mobile_app_alex", send)
    notify(hass, entry, register_phone(hass, "Alex"))
    await turn_on(hass, user=owner)
    await look(hub)
    await hass.async_block_till_done()

    assert "Alex** could not be told" in (await details(hass, entry, UNTOLD))["phones"]
    assert caplog.text.count("Notifying Alex failed") == 1
    reached = True
    await watch(hub, officer="Officer R. Lee")
    await hass.async_block_till_done()
    assert len(told) == 1
    assert not repair(hass, entry, UNTOLD)


async def test_phones_that_were_chosen_by_name_are_found(hass: HomeAssistant) -> None:
    alex = register_phone(hass, "Alex's iPhone")
    for key in ("01JDXAEXPH0NE0000000000TW1", "01JDXAEXPH0NE0000000000TW2"):
        register_phone(hass, "Twin", key=key)
    by_name = ["mobile_app_alex_s_iphone", "mobile_app_twin", "mobile_app_lost"]

    migrated = migrated_phones(hass, {"notify": by_name, "keep_days": 30})

    assert migrated == {
        "notify": [alex, "mobile_app_twin", "mobile_app_lost"],
        "keep_days": 30,
    }
    assert migrated_phones(hass, migrated) == migrated
    assert migrated_phones(hass, {}) == {"notify": []}


async def test_a_name_that_is_no_phones_any_more_is_missed(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    notify(hass, entry, "mobile_app_sams_old_phone")
    await looked_at(hass)

    said = (await details(hass, entry, UNTOLD))["phones"]
    assert "sams old phone** is no longer registered" in said
