"""The hubs that are loaded now, and which of them a request is about."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError

from ..const import DOMAIN
from ..controls.request_answers import request_over

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry

    from ..gate import Request
    from .hub import HubRuntime


def loaded_hubs(hass: HomeAssistant) -> list[HubRuntime]:
    """Return every hub whose config entry is loaded."""
    entries: list[ConfigEntry[HubRuntime]] = hass.config_entries.async_loaded_entries(
        DOMAIN
    )
    return [entry.runtime_data for entry in entries]


def waiting_request(
    hubs: Iterable[HubRuntime], request_id: str
) -> tuple[HubRuntime, Request]:
    """Return the one of these hubs whose request this is, and the request; or raise ServiceValidationError."""
    found = [
        (runtime, request)
        for runtime in hubs
        if (request := runtime.requests.get(request_id)) is not None
    ]
    if not found:
        raise request_over()
    # Hubs choose the ids of their requests, so two may have chosen one: then nobody can say whose is meant.
    if len(found) > 1:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="request_ambiguous"
        )
    return found[0]
