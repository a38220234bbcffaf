"""What Home Assistant remembers of entities over its start: it stands there as their state, and nobody has said it yet.

A phone's tracker, a battery's sensor and others come back with the state they had, and may not report for hours.
"""

from datetime import datetime
from typing import Final

from homeassistant.core import CoreState, HomeAssistant, State, callback
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .undocumented import is_restored_by

STARTED_KEY: Final[HassKey[datetime | None]] = HassKey(f"{DOMAIN}_started")
"""When Home Assistant had started; None: it has not yet. Not there: it had before we came, and nobody noted when."""

HELPERS: Final = frozenset(
    {
        "counter",
        "input_boolean",
        "input_button",
        "input_datetime",
        "input_number",
        "input_select",
        "input_text",
        "schedule",
        "timer",
    }
)
"""Domains in which remembering is all there is: what the owner set stands until they set it anew."""


@callback
def async_note_start(hass: HomeAssistant) -> None:
    """Tell what is said from what was remembered, where Home Assistant still starts."""
    if hass.state is CoreState.running:
        return

    @callback
    def started(hass: HomeAssistant) -> None:
        hass.data[STARTED_KEY] = dt_util.utcnow()

    hass.data[STARTED_KEY] = None
    async_at_started(hass, started)


def is_remembered(hass: HomeAssistant, state: State) -> bool:
    """Say whether a state stands there since Home Assistant started, put there by an entity that restores its state."""
    if (
        STARTED_KEY not in hass.data
        or state.domain in HELPERS
        or not is_restored_by(hass, state.entity_id)
    ):
        return False
    started = hass.data[STARTED_KEY]
    return started is None or state.last_reported <= started
