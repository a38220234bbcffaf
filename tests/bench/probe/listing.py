"""Listing many cameras for many hubs: the first by the dialogs, all others as they listed the first.

By the dialogs alone it would be 2,000 times six steps, each with a look at the camera, and as many switches turned,
each with an entry on disk: half an hour in which nothing is measured.
"""

from collections.abc import Mapping
import secrets
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, callback
from homeassistant.helpers import entity_registry as er

from custom_components.latchstring.household.consent import HubConsent, ShareConsent
from custom_components.latchstring.household.household import HOUSEHOLD_KEY, Household


async def async_list_alike(call: ServiceCall) -> ServiceResponse:
    """Share cameras with a hub under the rules of another one's first share, with every switch on.

    `cameras` gives the label of each by its entity id. The hub is not loaded meanwhile.
    """
    hass, household = call.hass, call.hass.data[HOUSEHOLD_KEY]
    registry = er.async_get(hass)
    cameras = {
        registry.entities[entity_id].id: label
        for entity_id, label in call.data["cameras"].items()
    }
    hub, like = (
        hass.config_entries.async_get_known_entry(call.data[name])
        for name in ("hub", "like")
    )
    rules = next(iter(like.subentries.values())).data
    await hass.config_entries.async_unload(hub.entry_id)
    _list(hass, hub, cameras, rules)
    household.consent.put(hub.entry_id, await _async_all_on(hub, household))
    await household.consent.async_save()
    await hass.config_entries.async_setup(hub.entry_id)
    return {}


@callback
def _list(
    hass: HomeAssistant,
    hub: ConfigEntry,
    cameras: Mapping[str, str],
    rules: Mapping[str, Any],
) -> None:
    listed = {share.unique_id: share for share in hub.subentries.values()}
    for camera, label in cameras.items():
        its_own = {"camera": camera, "label": label}
        if (share := listed.get(camera)) is not None:
            its_own["camera_id"] = share.data["camera_id"]
            hass.config_entries.async_update_subentry(
                hub, share, data={**rules, **its_own}
            )
            continue
        its_own["camera_id"] = secrets.token_urlsafe(16)
        hass.config_entries.async_add_subentry(
            hub,
            ConfigSubentry(
                data=MappingProxyType({**rules, **its_own}),
                subentry_type="share",
                title=label,
                unique_id=camera,
            ),
        )


async def _async_all_on(hub: ConfigEntry, household: Household) -> HubConsent:
    """Return what consent reads when every switch was turned on for the source that its camera shows now."""
    shares = {
        share_id: ShareConsent(
            sharing=True,
            source=await household.cameras.async_identify(share.data["camera"]),
        )
        for share_id, share in hub.subentries.items()
    }
    return HubConsent(sharing=True, shares=shares)
