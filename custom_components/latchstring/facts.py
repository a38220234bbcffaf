"""What is true of a share right now, gathered from whoever knows it."""

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from homeassistant.core import CALLBACK_TYPE, callback

from .consent import HubConsent
from .core.model import Facts

if TYPE_CHECKING:
    from .core.model import Share
    from .household import Household
    from .openings import Opened
    from .share_watch import ShareWatch

SHARE_ENTITIES: Final = frozenset({"sharing", "being_watched"})
"""Without its switch the owner couldn't close a camera, without the other not see who watches: both must be there."""

HUB_ENTITIES: Final = frozenset({"hub_sharing"})


class Presence:
    """Which of our entities are there. One that its user disables or removes closes what it stands for."""

    def __init__(self, on_turned: Callable[[str], None]) -> None:
        """Know of none; `on_turned` takes the share or hub of which one is there that was not, or is no more."""
        self._on_turned = on_turned
        self._there: Counter[tuple[str, str]] = Counter()

    @callback
    def enter(self, owner_id: str, key: str) -> CALLBACK_TYPE:
        """Note that an entity of a share or hub is there, until the function given back is called the first time."""
        self._there[owner_id, key] += 1
        if self._there[owner_id, key] == 1:
            self._on_turned(owner_id)

        is_there = True

        @callback
        def leave() -> None:
            nonlocal is_there
            self._there[owner_id, key] -= is_there
            is_there = False
            if not self._there[owner_id, key]:
                self._on_turned(owner_id)

        return leave

    def has(self, owner_id: str, keys: frozenset[str]) -> bool:
        """Say whether all of these entities are there."""
        return all(self._there[owner_id, key] for key in keys)


def facts_of(
    household: Household,
    entry_id: str,
    share: Share,
    *,
    presence: Presence,
    agreement_accepted: bool,
    has_caught_up: bool,
    watch: ShareWatch,
    opened: Opened,
) -> Facts:
    """Gather what is true of a share. What nobody could load or has reported is on the closed side."""
    stored = household.consent.hub(entry_id)
    hub = stored or HubConsent()
    consent = hub.share(share.share_id)
    cameras = household.cameras
    return Facts(
        gathered=True,
        store_readable=stored is not None,
        reviewed=not household.consent.restored
        and not household.record.is_over(entry_id),
        clock_trusted=household.clock.doubt is None,
        record_writable=household.record.writable and has_caught_up,
        agreement_accepted=agreement_accepted,
        hub_sharing=hub.sharing and presence.has(entry_id, HUB_ENTITIES),
        camera_sharing=consent.sharing and presence.has(share.share_id, SHARE_ENTITIES),
        source_unchanged=consent.source is not None
        and (
            not cameras.has_reported(share.camera)
            or cameras.shows(share.camera, consent.source)
        ),
        never_clear=not watch.never_while,
        ready=cameras.has_reported(share.camera) and watch.is_ready,
        schedule=watch.schedule,
        alarm=opened.alarm,
        owner=opened.owner,
        approvals=opened.approvals,
    )
