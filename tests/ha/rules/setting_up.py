"""What somebody does while a hub is set up."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A moment of a set-up: when so many of its entities are shown, or so many turns of the loop after it begins."""

    shown: int = 0
    turns: int = 0


@contextmanager
def while_set_up(
    hass: HomeAssistant, entry: ConfigEntry, moment: Moment, act: Callable[[], None]
) -> Iterator[asyncio.Future[None]]:
    """Do something at a moment of the next set-up of an entry; give what is done when that is."""
    shown, done = count(1), hass.loop.create_future()

    def is_set_up() -> bool:
        return entry.state is ConfigEntryState.SETUP_IN_PROGRESS

    def act_in(turns: int) -> None:
        if turns:
            hass.loop.call_soon(act_in, turns - 1)
            return
        try:
            act()
            done.set_result(None)
        except Exception as error:  # noqa: BLE001 - raised where it is waited for
            done.set_exception(error)

    @callback
    def turned() -> None:
        if is_set_up() and not moment.shown:
            act_in(moment.turns)

    @callback
    def show(event: Event[EventStateChangedData]) -> None:
        entity = er.async_get(hass).async_get(event.data["entity_id"])
        is_its_own = entity is not None and entity.config_entry_id == entry.entry_id
        if is_set_up() and is_its_own and next(shown) == moment.shown:
            act_in(0)

    undo = (
        entry.async_on_state_change(turned),
        hass.bus.async_listen("state_changed", show),
    )
    try:
        yield done
    finally:
        for each in undo:
            each()
