"""The decisions about the shares of one hub, made anew each time. They need no gate."""

from collections.abc import Callable, Mapping
from dataclasses import replace
import logging
from typing import Final

from homeassistant.util import dt as dt_util

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
