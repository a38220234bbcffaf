"""Sharing now: the owner opens cameras for a while, one or (the panic button) all, and that ends by itself.

What a block closes is not opened. A block that comes later closes the camera and leaves its window alone: once it is
gone, the camera is open again until the window's end.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from homeassistant.components import persistent_notification
from homeassistant.core import callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util

from ..const import CONF_SHARE_NOW_MINUTES, DOMAIN
from ..core.model import Block
from ..household.actors import async_actor
from ..localize import Sentences
from ..settings.options import DEFAULT_PEOPLE

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import Context, HomeAssistant

    from ..core.entries import Actor
    from ..core.model import Decision, Share
    from ..rules.timed_openings import TimedOpenings
    from .guard import OpeningGuard
    from .household_log import HouseholdLogWriter

type Blocked = list[tuple[Share, Block]]


class ShareNow:
    """Opens one hub's cameras for a while. No share means all of them, by the panic button."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        *,
        guard: OpeningGuard,
        household_log: HouseholdLogWriter,
        openings: TimedOpenings,
        shares: Callable[[], Mapping[str, Share]],
        decision: Callable[[str], Decision],
    ) -> None:
        """`shares` returns the hub's shares of now, `decision` what is decided about one now."""
        self._hass = hass
        self._entry = entry
        self._guard = guard
        self._household_log = household_log
        self._openings = openings
        self._shares = shares
        self._decision = decision

    def is_on(self, share: Share | None) -> bool:
        """Return whether the owner has opened a camera (None: all, by the panic button), and that is not over."""
        now = dt_util.utcnow()
        if share is not None:
            return self._openings.of(share.share_id).is_open_by_owner(now)
        opened = map(self._openings.of, self._shares())
        return any(each.is_panic and each.is_open_by_owner(now) for each in opened)

    async def async_open(self, share: Share | None, context: Context | None) -> None:
        """Open for as long as the hub's options say. Raises HomeAssistantError with the reason why not."""
        if share is None:
            await self._async_open_all(context)
        else:
            blocked = await self.async_open_some([share], context)
            await async_require_unblocked(self._hass, blocked)

    async def async_open_some(
        self,
        shares: Collection[Share],
        context: Context | None,
        *,
        length: timedelta | None = None,
    ) -> Blocked:
        """Open these cameras, and return those that blocks keep closed."""
        attempt = await self._guard.async_begin(context)
        blocked = self._blocked(shares)
        if free := _without(shares, blocked):
            await self._guard.async_require_recorded(
                attempt,
                self._household_log.async_switched_on(
                    "share_now", *free, actor=attempt.actor
                ),
            )
            self._openings.open_by_owner(_ids(free), length or self._length)
        return blocked

    async def _async_open_all(self, context: Context | None) -> None:
        """Open whatever can be opened, and notify how many cameras stay closed; raises only if all do."""
        attempt = await self._guard.async_begin(context)
        shares = self._shares().values()
        if not shares:
            raise ServiceValidationError(
                translation_domain=DOMAIN, translation_key="no_camera_listed"
            )
        blocked = self._blocked(shares)
        if not (free := _without(shares, blocked)):
            await async_require_unblocked(self._hass, blocked)
        await self._guard.async_require_recorded(
            attempt,
            self._household_log.async_switched_on(
                "share_all", None, actor=attempt.actor
            ),
        )
        self._openings.open_by_owner(_ids(free), self._length, is_panic=True)
        await self._async_notify(blocked)

    @callback
    def close(self, share: Share | None) -> None:
        """End what the owner opened, at once. `async_keep_closed` must follow."""
        self._guard.void()
        self._openings.close_owner([share.share_id] if share else self._shares())
        if share is None:
            self._dismiss()

    async def async_keep_closed(self, share: Share | None, actor: Actor) -> None:
        """Record who closed what is closed already."""
        switch = "share_now" if share else "share_all"
        await self._household_log.async_switched_off(switch, share, actor=actor)

    @callback
    def stop(self, shares: Collection[Share]) -> None:
        """End whatever opened these cameras for a while, at once. `async_note_stopped` must follow."""
        self._guard.void()
        self._openings.close(_ids(shares))

    async def async_note_stopped(
        self, shares: Collection[Share], context: Context | None
    ) -> None:
        """Record who ended what is over already."""
        actor = await async_actor(self._hass, context)
        await self._household_log.async_stopped(*shares, actor=actor)

    @property
    def _length(self) -> timedelta:
        options = {**DEFAULT_PEOPLE, **self._entry.options}
        return timedelta(minutes=options[CONF_SHARE_NOW_MINUTES])

    def _blocked(self, shares: Collection[Share]) -> Blocked:
        decided = ((share, self._decision(share.share_id).reason) for share in shares)
        return [(share, why) for share, why in decided if isinstance(why, Block)]

    async def _async_notify(self, blocked: Blocked) -> None:
        """Notify that the last press of the panic button did not open all. Guests may read it, so it names none."""
        if not blocked:
            self._dismiss()
            return
        words = await Sentences.load(self._hass)
        persistent_notification.async_create(
            self._hass,
            words.say("stays_closed", "some", count=str(len(blocked))),
            title=words.say("stays_closed", "title"),
            notification_id=self._notification_id,
        )

    @callback
    def _dismiss(self) -> None:
        persistent_notification.async_dismiss(self._hass, self._notification_id)

    @property
    def _notification_id(self) -> str:
        return f"{DOMAIN}_share_all_{self._entry.entry_id}"


async def async_require_unblocked(hass: HomeAssistant, blocked: Blocked) -> None:
    """Raise ServiceValidationError that names these cameras and why they stay closed, if there are any."""
    if not blocked:
        return
    words = await Sentences.load(hass)
    named = [_named(words, share.label, why) for share, why in blocked]
    raise ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key="cameras_blocked",
        translation_placeholders={"cameras": "; ".join(named)},
    )


def _without(shares: Collection[Share], blocked: Blocked) -> list[Share]:
    left_out = {share.share_id for share, _ in blocked}
    return [share for share in shares if share.share_id not in left_out]


def _ids(shares: Collection[Share]) -> list[str]:
    return [share.share_id for share in shares]


def _named(words: Sentences, label: str, why: Block) -> str:
    return words.say("stays_closed", "camera", camera=label, reason=words.reason(why))
