"""The way in for whoever opens: they may, it is written down, and nothing was closed meanwhile."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError

from .const import DOMAIN
from .permission import async_require_may_open
from .record import NotRecorded

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import Context, HomeAssistant

    from .core.record import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Somebody who may open begins to, after so many closings."""

    actor: Actor
    closings: int


class Latch:
    """Lets in one after the other what opens cameras to a hub. Pulled in, it keeps out all that was on its way."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Stand before the cameras of one hub."""
        self._hass = hass
        self._entry = entry
        self._closings = 0

    @callback
    def pull_in(self) -> None:
        """Note that something was closed: closing wins over what began to open before."""
        self._closings += 1

    async def async_try(self, context: Context | None) -> Attempt:
        """Begin to open; raises ServiceValidationError when the caller may not."""
        closings = self._closings
        actor = await async_require_may_open(self._hass, self._entry, context)
        return Attempt(actor=actor, closings=closings)

    async def async_lift[T](self, attempt: Attempt, writing: Awaitable[T]) -> T:
        """Wait until it is written down who opens what; raises HomeAssistantError when it must stay closed."""
        try:
            written = await writing
        except NotRecorded as err:
            raise HomeAssistantError(
                translation_domain=DOMAIN, translation_key="record_unwritable"
            ) from err
        self.require_untouched(attempt)
        return written

    @callback
    def require_untouched(self, attempt: Attempt) -> None:
        """Raise HomeAssistantError where something was closed since an attempt began."""
        if attempt.closings != self._closings:
            raise HomeAssistantError(
                translation_domain=DOMAIN, translation_key="closed_meanwhile"
            )
