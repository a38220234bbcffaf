"""Diagnostics of one hub, for whoever helps: counts and states, no names, no secrets.

Values are selected, not redacted: what somebody forgets to select is missing, what
somebody forgets to redact would be public.
"""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from .const import (
    CONF_ACCEPTED_AT,
    CONF_AUTOMATIONS_MAY_OPEN,
    CONF_CAMERA,
    CONF_HEADING_DEG,
    CONF_NOTIFY,
    CONF_OPENERS,
    CONF_OPENINGS,
    CONF_PLACE,
    CONF_RADIUS_M,
    CONF_STAYS_CONNECTED,
    CONF_VIDEO,
)
from .household.household import HOUSEHOLD_KEY
from .settings.hub import accepted_offer
from .tracking.camera_sources import CameraSources

STATE_PLATFORMS: Final = frozenset({Platform.SWITCH, Platform.BINARY_SENSOR})
"""The platforms whose states are included: they are on or off; a sensor's would name a viewer."""

STATE_ATTRIBUTES: Final = ("reason", "until", "no_picture", "restored")


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: ConfigEntry
) -> dict[str, Any]:
    """Return one hub's pairing, options, shares and entities."""
    registry = er.async_get(hass)
    return {
        "agreement": _agreement(entry),
        "options": _options(entry.options),
        "shares": [_share(hass, share) for share in entry.subentries.values()],
        "entities": [
            _entity(hass, entity)
            for entity in er.async_entries_for_config_entry(registry, entry.entry_id)
        ],
    }


def _agreement(entry: ConfigEntry) -> dict[str, Any]:
    offer = accepted_offer(entry)
    terms = offer.agreement.terms
    return {
        "accepted_at": entry.data[CONF_ACCEPTED_AT],
        "text_length": len(offer.agreement.text),
        "ingest_origins": len(offer.ingest_origins),
        "purposes": len(terms.purposes),
        "retention_days": terms.retention_days,
        "facial_recognition": terms.facial_recognition,
        "analytics": terms.analytics,
        "onward_disclosure": len(terms.onward_disclosure),
    }


def _options(options: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "phones": len(options.get(CONF_NOTIFY, ())),
        "openers": len(options.get(CONF_OPENERS, ())),
        "automations_may_open": options.get(CONF_AUTOMATIONS_MAY_OPEN),
    }


def _share(hass: HomeAssistant, share: ConfigSubentry) -> dict[str, Any]:
    place = share.data[CONF_PLACE]
    return {
        "camera": _camera(hass.data[HOUSEHOLD_KEY].cameras, share.data[CONF_CAMERA]),
        "stays_connected": share.data.get(CONF_STAYS_CONNECTED, False),
        "openings": share.data[CONF_OPENINGS],
        "video": share.data[CONF_VIDEO],
        "place": place
        and {
            "radius_m": place[CONF_RADIUS_M],
            "has_heading": place[CONF_HEADING_DEG] is not None,
        },
    }


def _camera(cameras: CameraSources, camera: str) -> dict[str, Any]:
    """Return whether a camera is read or tried, by whom and why, and why no picture comes."""
    stream = cameras.stream(camera)
    choice = stream.choice if stream else None
    return {
        "read_or_tried": stream is not None and stream.is_connected,
        "read_by": choice and choice.by,
        "because_of": choice and choice.because,
        "no_picture": cameras.no_picture(camera),
    }


def _entity(hass: HomeAssistant, entity: er.RegistryEntry) -> dict[str, Any]:
    data: dict[str, Any] = {
        "domain": entity.domain,
        "key": entity.translation_key,
        "disabled_by": entity.disabled_by,
    }
    state = hass.states.get(entity.entity_id)
    if state is not None and entity.domain in STATE_PLATFORMS:
        attributes = {
            name: state.attributes[name]
            for name in STATE_ATTRIBUTES
            if name in state.attributes
        }
        data |= {"state": state.state, "attributes": attributes}
    return data
