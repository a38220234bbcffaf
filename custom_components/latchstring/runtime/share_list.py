"""The shares of one hub, as its config entry lists them."""

from typing import TYPE_CHECKING

from homeassistant.core import callback

from ..controls.permissions import openers_of
from ..settings.rules import rules_of
from ..settings.shares import shares_of

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry

    from ..core.model import Share
    from ..rules.monitor import RuleMonitor


class ShareList:
    """The shares as they were last read, whose rules are monitored."""

    def __init__(self, entry: ConfigEntry, rules: RuleMonitor) -> None:
        self._entry = entry
        self._rules = rules
        self._openers = openers_of(entry)
        self._shares: dict[str, Share] = {}

    def now(self) -> dict[str, Share]:
        """Return the shares by id."""
        return self._shares

    @callback
    def read(self) -> set[str] | None:
        """Read the entry, and return the shares that changed; None: all, as others than before may open."""
        before, after = self._shares, shares_of(self._entry)
        self._shares = after
        others = self._rules.update(after, rules_of(self._entry))
        self._rules.close_dropped(before, after)
        others |= {
            share_id
            for share_id in before.keys() | after.keys()
            if before.get(share_id) != after.get(share_id)
        }
        openers, self._openers = self._openers, openers_of(self._entry)
        return others if openers == self._openers else None
