"""The guard of every opening of a hub: its caller may open, it is recorded, and nothing was closed meanwhile."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError

from ..const import DOMAIN
from ..record import NotRecorded
from .permissions import async_require_may_open

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import Context, HomeAssistant

    from ..core.entries import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningAttempt:
    """An opening in progress: who opens, and how often something was closed before it began."""

    actor: Actor
    closings: int


class OpeningGuard:
    """Lets openings of one hub's cameras through. A close voids every opening in progress."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        self._hass = hass
        self._entry = entry
        self._closings = 0

    @callback
    def void(self) -> None:
        """Void every opening in progress, as something is closed: closing wins over what began to open before."""
        self._closings += 1

    async def async_begin(self, context: Context | None) -> OpeningAttempt:
        """Begin an opening; raises ServiceValidationError when the caller may not open."""
        closings = self._closings
        actor = await async_require_may_open(self._hass, self._entry, context)
        return OpeningAttempt(actor=actor, closings=closings)

    async def async_require_recorded[T](
        self, attempt: OpeningAttempt, writing: Awaitable[T]
    ) -> T:
        """Wait until it is recorded who opens what; raises HomeAssistantError when it must stay closed."""
        try:
            written = await writing
        except NotRecorded as err:
            raise HomeAssistantError(
                translation_domain=DOMAIN, translation_key="record_unwritable"
            ) from err
        self.require_not_voided(attempt)
        return written

    @callback
    def require_not_voided(self, attempt: OpeningAttempt) -> None:
        """Raise HomeAssistantError if something was closed since an opening began."""
        if attempt.closings != self._closings:
            raise HomeAssistantError(
                translation_domain=DOMAIN, translation_key="closed_meanwhile"
            )
