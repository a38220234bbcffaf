"""What an owner hands to strangers holds nothing that identifies or opens anything."""

from collections.abc import Iterator, Mapping
import json
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_ENTITY_ID, SERVICE_TURN_ON
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.cameras import Cameras
from tests.reference_hub import Opened, ReferenceHub

from .front_door import DOMAIN, pair
from .own_cameras import OwnCamera, install
from .phones import register_phone


@pytest.fixture
async def entry(
    hass: HomeAssistant, hub: ReferenceHub, served: Cameras, hass_admin_user: MockUser
) -> ConfigEntry:
    """A hub with one camera that is being watched, and a place that is known."""
    for component in ("diagnostics", DOMAIN):
        assert await async_setup_component(hass, component, {})
    pixel = register_phone(hass, "Ben's Pixel", "Google")
    ben = await hass.auth.async_create_user("Ben", group_ids=["system-users"])
    (porch,) = await install(hass, OwnCamera("Anna's porch", served.url("porch")))
    people = {
        "notify": [pixel],
        "openers": [ben.id],
        "automations_may_open": True,
    }
    entry = await pair(
        hass, hub.invitation(), labels={porch: "Front door"}, people=people
    )
    (share,) = entry.subentries.values()
    place = {
        "latitude": 32.29877,
        "longitude": -90.18486,
        "radius_m": 500,
        "heading_deg": 7,
    }
    hass.config_entries.async_update_subentry(
        entry, share, data={**share.data, "place": place}
    )
    await watch(hass, hub, entry, hass_admin_user)
    return entry


async def watch(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, admin: MockUser
) -> None:
    """Open the camera and let a named officer in."""
    registry = er.async_get(hass)
    switch = next(
        entity.entity_id
        for entity in er.async_entries_for_config_entry(registry, entry.entry_id)
        if entity.translation_key == "sharing"
    )
    await hass.services.async_call(
        "switch",
        SERVICE_TURN_ON,
        {ATTR_ENTITY_ID: switch},
        blocking=True,
        context=Context(user_id=admin.id),
    )
    listed = await hub.camera_is("open", "Front door")
    opened = await hub.open_session(listed["camera"], officer="Officer J. Doe")
    assert isinstance(opened, Opened)
    await hub.fragments(opened.session, 1)


async def test_diagnostics_say_how_things_stand(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, entry: ConfigEntry
) -> None:
    told: Any = await get_diagnostics_for_config_entry(hass, hass_client, entry)

    assert told["options"] == {
        "phones": 1,
        "openers": 1,
        "automations_may_open": True,
    }
    (share,) = told["shares"]
    assert share["place"] == {"radius_m": 500, "has_heading": True}
    assert share["video"]["codec"].startswith("avc1.")
    states = {
        entity["key"]: entity["state"]
        for entity in told["entities"]
        if "state" in entity
    }
    assert {key for key, state in states.items() if state == "on"} == {
        "being_watched",
        "connected",
        "hub_sharing",
        "sharing",
        "viewable",
    }


async def test_diagnostics_hold_no_secret_no_name_and_no_place(
    hass: HomeAssistant,
    hub: ReferenceHub,
    served: Cameras,
    hass_client: ClientSessionGenerator,
    entry: ConfigEntry,
) -> None:
    told = json.dumps(await get_diagnostics_for_config_entry(hass, hass_client, entry))

    shares = [dict(share.data) for share in entry.subentries.values()]
    kept = [dict(entry.data), dict(entry.options), shares, entry.title]
    kept.append(json.loads(entry.data["discovery"]))
    secrets = {text for text in strings(kept) if len(text) > 1}
    secrets |= {"Officer", "Doe", "Jackson", "Anna", "porch", "pixel", "32.29", "90.18"}
    secrets |= {served.url("porch"), hub.hub_id, *hub.homes()}
    secrets -= {entry.data["accepted_at"], "always", shares[0]["video"]["codec"]}
    assert len(secrets) > 30
    assert [secret for secret in secrets if secret in told] == []


def strings(value: Any) -> Iterator[str]:
    """Give every string that is kept anywhere inside."""
    match value:
        case str():
            yield value
        case Mapping():
            for each in value.values():
                yield from strings(each)
        case list() | tuple():
            for each in value:
                yield from strings(each)
