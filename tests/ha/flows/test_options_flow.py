"""Changing the people of a hub."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from tests.ha.front_door import default_of, open_dialog, options_of, pair, submit
from tests.ha.phones import register_phone
from tests.reference_hub import ReferenceHub


@pytest.fixture(autouse=True)
async def _administrator(hass: HomeAssistant) -> None:
    """The first user there is owns the home."""
    await hass.auth.async_create_user("Anna", group_ids=["system-admin"])


async def begin_options(hass: HomeAssistant, entry: ConfigEntry) -> ConfigFlowResult:
    return await open_dialog(
        hass.config_entries.options, entry.entry_id, None, ["options"]
    )


async def answer_options(
    hass: HomeAssistant, step: ConfigFlowResult, answers: Mapping[str, Any]
) -> ConfigFlowResult:
    return await submit(hass, hass.config_entries.options, step, answers, ["options"])


async def test_people_can_be_changed_without_disturbing_the_connection(
    hass: HomeAssistant, hub: ReferenceHub
) -> None:
    entry = await pair(hass, hub.invitation())
    runtime = entry.runtime_data
    ben = await hass.auth.async_create_user("Ben", group_ids=["system-users"])
    pixel = register_phone(hass, "Ben's Pixel", "Google")
    step = await begin_options(hass, entry)
    chosen = {
        "notify": [pixel],
        "openers": [ben.id],
        "automations_may_open": True,
    }

    result = await answer_options(hass, step, chosen)

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options.items() >= chosen.items()
    assert entry.runtime_data is runtime


async def test_the_dialog_shows_what_was_chosen_before(
    hass: HomeAssistant, hub: ReferenceHub
) -> None:
    ben = await hass.auth.async_create_user("Ben", group_ids=["system-users"])
    chosen = {"notify": [], "openers": [ben.id], "automations_may_open": True}
    entry = await pair(hass, hub.invitation(), people=chosen)

    step = await begin_options(hass, entry)

    assert {field: default_of(step, field) for field in chosen} == chosen


async def test_a_phone_that_is_away_stays_chosen(
    hass: HomeAssistant, hub: ReferenceHub
) -> None:
    pixel = register_phone(hass, "Ben's Pixel", "Google")
    chosen = {
        "notify": [pixel],
        "openers": [],
        "automations_may_open": False,
    }
    entry = await pair(hass, hub.invitation(), people=chosen)
    await hass.config_entries.async_remove(pixel)

    step = await begin_options(hass, entry)

    assert default_of(step, "notify") == [pixel]
    await answer_options(hass, step, {key: default_of(step, key) for key in chosen})
    assert entry.options["notify"] == [pixel]


async def test_a_person_who_left_is_no_longer_offered(
    hass: HomeAssistant, hub: ReferenceHub
) -> None:
    ben = await hass.auth.async_create_user("Ben", group_ids=["system-users"])
    chosen = {"notify": [], "openers": [ben.id], "automations_may_open": False}
    entry = await pair(hass, hub.invitation(), people=chosen)
    await hass.auth.async_remove_user(ben)

    step = await begin_options(hass, entry)

    assert options_of(step, "openers") == default_of(step, "openers") == []
