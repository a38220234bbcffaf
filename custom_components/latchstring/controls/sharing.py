"""The sharing switches. Off takes effect before anything is waited for; on waits for everything."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from ..const import DOMAIN
from ..core.entries import SYSTEM
from ..household.consent import HubConsent, ShareConsent
from ..settings.hub import hub_of
from .household_log import HouseholdLogWriter

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import Context, HomeAssistant

    from ..core.entries import Actor
    from ..core.model import Share
    from ..household.household import Household
    from ..relay import ConsentedStream
    from ..rules.timed_openings import TimedOpenings
    from .guard import OpeningGuard


class Sharing:
    """Switches one hub and its cameras on and off."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        *,
        household: Household,
        household_log: HouseholdLogWriter,
        guard: OpeningGuard,
        openings: TimedOpenings,
        on_change: Callable[[Collection[str] | None], None],
    ) -> None:
        """`on_change` takes the shares (None: all of the hub) whose switch has changed, as soon as it has."""
        self._hass = hass
        self._entry = entry
        self._household = household
        self._household_log = household_log
        self._guard = guard
        self._openings = openings
        self._on_change = on_change

    def is_on(self, share: Share | None) -> bool:
        """Return whether the switch of a camera (None: of the hub) is on."""
        consent = self._consent
        return (consent.share(share.share_id) if share else consent).sharing

    def is_of_another_source(self, share: Share) -> bool:
        """Return whether the switch of a camera was turned on for another source than it was seen to show last."""
        # A camera that is gone shows it no more. One that shows none for a while may yet show it again.
        consent, cameras = self._consent.share(share.share_id), self._household.cameras
        return (
            consent.sharing
            and cameras.has_reported(share.camera)
            and not cameras.shows(share.camera, consent.source)
            and (cameras.shows_any(share.camera) or cameras.is_gone(share.camera))
        )

    def shown_source(self, share: Share) -> str | None:
        """Return the source of a camera that its owner consented to, while the camera shows it; else None."""
        source = self._consent.share(share.share_id).source
        return source if self._household.cameras.shows(share.camera, source) else None

    def missed_picture(self, share: Share) -> str | None:
        """Return why whoever asked last for the picture of a camera whose switch is on saw none; None: they saw it."""
        if not self.is_on(share):
            return None
        return self._household.cameras.missed_picture(share.camera)

    def source(self, share: Share) -> ConsentedStream:
        """Return the connection to the source the owner consented to, and to no other that the camera may show."""
        consented = self._consent.share(share.share_id).source or ""
        return self._household.cameras.source(share.camera, consented)

    async def async_open(self, share: Share | None, context: Context | None) -> None:
        """Switch a camera (None: the hub) on, for the source that it shows now and for no other.

        Raises ServiceValidationError when the caller may not, and HomeAssistantError when it can't be stored, or when
        any switch of this hub is turned off meanwhile: closing wins.
        """
        attempt = await self._guard.async_begin(context)
        if self._household.consent.hub(self._entry.entry_id) is None:
            raise HomeAssistantError(
                translation_domain=DOMAIN, translation_key="store_unreadable"
            )
        source = await self._async_source(share) if share else None
        self._guard.require_not_voided(attempt)
        await self._guard.async_require_recorded(
            attempt,
            self._household_log.async_switched_on(
                _switch(share), share, actor=attempt.actor
            ),
        )
        self._put(share, ShareConsent(sharing=True, source=source))
        if not await self._household.consent.async_save():
            self._put(share, ShareConsent())
            self._changed(share)
            await self._household_log.async_switched_off(
                _switch(share), share, actor=SYSTEM
            )
            raise HomeAssistantError(
                translation_domain=DOMAIN, translation_key="store_unwritable"
            )
        self._changed(share)

    @callback
    def close(self, share: Share | None) -> None:
        """Switch a camera (None: the hub) off, at once. `async_keep_closed` must follow.

        What opened the camera for a while ends too: switched on again, it opens by its rules alone.
        """
        self._guard.void()
        if self._household.consent.hub(self._entry.entry_id) is not None:
            self._put(share, ShareConsent())
        if share:
            self._openings.close([share.share_id])
        self._changed(share)

    async def async_keep_closed(self, share: Share | None, actor: Actor) -> None:
        """Store what is closed already, and record who closed it."""
        await self._household.consent.async_save()
        await self._household_log.async_switched_off(_switch(share), share, actor=actor)

    @property
    def _consent(self) -> HubConsent:
        return self._household.consent.hub(self._entry.entry_id) or HubConsent()

    def _changed(self, share: Share | None) -> None:
        self._on_change([share.share_id] if share else None)

    def _put(self, share: Share | None, position: ShareConsent) -> None:
        consent = (
            self._consent.with_share(share.share_id, position)
            if share
            else replace(self._consent, sharing=position.sharing)
        )
        self._household.consent.put(self._entry.entry_id, consent)

    async def _async_source(self, share: Share) -> str:
        cameras = self._household.cameras
        if (source := await cameras.async_identify(share.camera)) is not None:
            return source
        if cameras.shows_any(share.camera):
            raise ServiceValidationError(
                translation_domain=DOMAIN, translation_key="camera_not_recognizable"
            )
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="camera_has_no_source"
        )


async def async_close_unloaded(
    household: Household, entry: ConfigEntry, share: Share, actor: Actor
) -> None:
    """Switch a camera off whose hub is not loaded, so that it stays closed when it is. The caller saves the consent."""
    if (hub := household.consent.hub(entry.entry_id)) is not None:
        household.consent.put(entry.entry_id, hub.without_share(share.share_id))
    household_log = HouseholdLogWriter(household.log, hub=hub_of(entry))
    await household_log.async_switched_off(_switch(share), share, actor=actor)


def _switch(share: Share | None) -> str:
    return "sharing" if share else "hub_sharing"
