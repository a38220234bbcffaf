"""The decisions about the shares of one hub, made anew each time, and when what they rest on changed last."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
import logging
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from ..core.clock import Instant
from ..core.decision import decide
from ..core.model import Asker, Block, Decision, Facts, Reason, Share
from ..failures import Failures

_LOGGER = logging.getLogger(__name__)

DECIDING: Final = "Deciding about"
GATHERING: Final = "Gathering the facts of"


class Decisions:
    """Decides about shares. Whatever fails on the way to a decision closes its share, and no other."""

    def __init__(
        self,
        *,
        shares: Callable[[], Mapping[str, Share]],
        facts: Callable[[str], Facts],
        admission_block: Callable[[], Reason | None],
    ) -> None:
        """`shares` returns the shares, `facts` what is true of one, `admission_block` why no new viewer is admitted."""
        self._shares = shares
        self._facts = facts
        self._admission_block = admission_block
        self._failures = Failures(_LOGGER)
        self._stopped = False

    def of(self, share_id: str, asker: Asker | None = None) -> Decision:
        """Return the decision about a share; one that does not exist is closed like one that is switched off."""
        try:
            share = self._shares().get(share_id)
            if share is None or self._stopped:
                return Decision(open=False, reason=Block.CAMERA_OFF)
            decision = decide(share, self.facts(share_id), asker, dt_util.utcnow())
            self._failures.worked(DECIDING, share_id)
        except Exception:  # noqa: BLE001 - whatever it is, closed is the safe side, and it is logged
            self._failures.caught(DECIDING, share_id)
            return Decision(open=False, reason=Block.FAILED)
        return decision

    def facts(self, share_id: str) -> Facts:
        """Return what is true of one share; none that opens it where they cannot be gathered."""
        try:
            facts = self._facts(share_id)
            self._failures.worked(GATHERING, share_id)
        except Exception:  # noqa: BLE001 - whatever it is, closed is the safe side, and it is logged
            self._failures.caught(GATHERING, share_id)
            return Facts()
        return facts

    @property
    def admits(self) -> bool:
        """Return whether new viewers are admitted to what is open: not while the hub's cosignature is due."""
        return self._admission_block() is None

    def admission(self, share_id: str, asker: Asker | None = None) -> Decision:
        """Return the decision about a share for a viewer who isn't watching yet."""
        return self.for_somebody_new(self.of(share_id, asker))

    def for_somebody_new(self, decision: Decision) -> Decision:
        """Return a decision as it is for a viewer who isn't watching yet."""
        reason = self._admission_block() if decision.open else None
        return replace(decision, open=False, reason=reason) if reason else decision

    def stop(self) -> None:
        """Close everything for good."""
        self._stopped = True


class FactChanges:
    """When a fact of each share changed last: what a camera sent before then may be of a time when it was closed.

    Whether the fact opened, closed or did neither is not asked. A change that fails half-way counts for all shares.
    """

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._of_all = self._now()
        self._by_share: dict[str, Instant] = {}

    def note(self, share_ids: Collection[str] | None = None) -> None:
        """Note that a fact of these shares (None: of all) changes now."""
        now = self._now()
        before, self._of_all = self._of_all, now
        if share_ids is not None:
            self._by_share.update(dict.fromkeys(share_ids, now))
            self._of_all = before

    def last(self, share_id: str) -> Instant:
        """Return when a fact of a share changed last, or when this began."""
        return max(
            self._of_all,
            self._by_share.get(share_id, self._of_all),
            key=lambda each: each.steady,
        )

    def open_since(self, share_id: str, decision: Decision) -> float:
        """Return a moment of the loop's clock since which a share has not been closed; `decision` opens it now."""
        changed, opened = self.last(share_id), decision.last_change
        if opened is not None and opened > changed.at:
            return self._now().steady  # by time alone, and that is the other clock's
        return changed.steady

    def _now(self) -> Instant:
        return Instant(at=dt_util.utcnow(), steady=self._hass.loop.time())
