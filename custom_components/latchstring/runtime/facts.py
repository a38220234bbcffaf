"""The facts of a share, gathered from the parts that know them."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from ..core.model import Facts
from ..household.consent import HubConsent

if TYPE_CHECKING:
    from ..core.model import Hub, Share
    from ..gate import HubLogWriter
    from ..household.household import Household
    from ..rules.monitor import RuleMonitor
    from ..rules.timed_openings import TimedOpenings
    from .agreement_watch import AgreementWatch
    from .presence import Presence

SHARE_ENTITIES: Final = frozenset({"sharing", "being_watched"})
"""Without its switch the owner couldn't close a camera, without the other not see who watches: both must be there."""

HUB_ENTITIES: Final = frozenset({"hub_sharing"})


class ShareFacts:
    """The facts of one hub's shares. What could not be loaded or was not reported is on the closed side."""

    def __init__(
        self,
        household: Household,
        *,
        hub: Hub,
        shares: Callable[[], Mapping[str, Share]],
        presence: Presence,
        openings: TimedOpenings,
        rules: RuleMonitor,
        agreement: AgreementWatch,
        hub_log: HubLogWriter,
    ) -> None:
        self._household = household
        self._hub_id = hub.log
        self._shares = shares
        self._presence = presence
        self._openings = openings
        self._rules = rules
        self._agreement = agreement
        self._hub_log = hub_log

    def of(self, share_id: str) -> Facts:
        """Return the facts of a share as they are now."""
        household, share = self._household, self._shares()[share_id]
        stored = household.consent.hub(self._hub_id)
        hub = stored or HubConsent()
        monitor, opened = self._rules.of(share_id), self._openings.of(share_id)
        return Facts(
            gathered=True,
            store_readable=stored is not None,
            reviewed=self._is_reviewed,
            clock_trusted=household.clock.doubt is None,
            record_writable=household.record.writable and self._hub_log.has_caught_up,
            agreement_accepted=self._agreement.is_accepted,
            hub_sharing=hub.sharing and self._presence.has(self._hub_id, HUB_ENTITIES),
            camera_sharing=hub.share(share_id).sharing
            and self._presence.has(share_id, SHARE_ENTITIES),
            source_unchanged=self._is_unchanged(share, hub.share(share_id).source),
            never_clear=not monitor.never_while,
            ready=household.cameras.has_reported(share.camera) and monitor.is_ready,
            schedule=monitor.schedule,
            alarm=opened.alarm,
            owner=opened.owner,
            approvals=opened.approvals,
        )

    @property
    def _is_reviewed(self) -> bool:
        """Return whether neither this home was restored without a review, nor this hub's log ended."""
        is_closed = self._household.record.log(self._hub_id).is_closed
        return not self._household.consent.restored and not is_closed

    def _is_unchanged(self, share: Share, consented: str | None) -> bool:
        """Return whether a camera shows the source that its owner consented to, as far as it has reported one."""
        cameras = self._household.cameras
        return consented is not None and (
            not cameras.has_reported(share.camera)
            or cameras.shows(share.camera, consented)
        )
