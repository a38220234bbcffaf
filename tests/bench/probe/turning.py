"""Turning one entity that many shares name, and waiting until all that follows from it is shown."""

import asyncio
import time

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, callback
from homeassistant.helpers import entity_registry as er

from .const import LATCHSTRING
from .counting import QUIET, Counts, counting, settled


async def async_turn(call: ServiceCall) -> ServiceResponse:
    """Perform an action on an entity, and count until every share's "viewable" is in the state `viewable`.

    After `patience` seconds it counts no longer; `unshown` says how many were not in that state by then. Without an
    action it counts for a moment what happens by itself.
    """
    hass = call.hass
    entries = [
        each
        for each in er.async_get(hass).entities.values()
        if each.platform == LATCHSTRING
    ]
    viewable = [
        each.entity_id for each in entries if each.translation_key == "viewable"
    ]
    ours = [each.entity_id for each in entries]
    await settled()
    with counting(ours) as counts:
        entered = time.monotonic()
        if action := call.data.get("perform"):
            domain, name = action.split(".")
            await hass.services.async_call(
                domain,
                name,
                {"entity_id": call.data["on"]},
                blocking=True,
                context=call.context,
            )
            unshown = await _async_shown(
                hass, counts, viewable, call.data["viewable"], call.data["patience"]
            )
        else:
            unshown = 0
            await asyncio.sleep(QUIET)
    return {
        **counts.as_response(),
        "entered": entered,
        "cuts": [(at - entered) * 1000 for at, _ in counts.cuts.values()],
        "cut_work": [worked * 1000 for _, worked in counts.cuts.values()],
        "took": (counts.last_event - entered) * 1000,
        "shares": len(viewable),
        "unshown": unshown,
    }


async def _async_shown(
    hass: HomeAssistant,
    counts: Counts,
    entity_ids: list[str],
    wanted: str,
    patience: float,
) -> int:
    """Wait until all is shown and quiet; return how many do not show it."""

    @callback
    def unshown() -> int:
        states = map(hass.states.get, entity_ids)
        return sum(state is None or state.state != wanted for state in states)

    by = time.monotonic() + patience
    await counts.quiet()
    while unshown() and time.monotonic() < by:
        await asyncio.sleep(QUIET)
        await counts.quiet()
    return unshown()
