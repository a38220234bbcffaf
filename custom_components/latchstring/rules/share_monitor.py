"""What in the house opens or blocks a share by itself: its schedule, its alarms, its "never while" entities."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ..core.model import Window
    from ..settings.rules import Rules
    from ..tracking.users import MayOpen
    from .entity_monitor import EntityMonitor


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareMonitor:
    """The rules of one share, with the monitors of all that its hub's rules name, by key.

    `may_open` says whose hand may open it.
    """

    rules: Rules
    monitors: Mapping[str, EntityMonitor]
    may_open: MayOpen

    @property
    def is_ready(self) -> bool:
        """Return whether what opens it by itself has reported since this start."""
        schedule = self.rules.schedule
        return schedule is None or self.monitors[schedule].has_schedule

    @property
    def schedule(self) -> tuple[Window, ...]:
        """Return the coming windows of its schedule."""
        schedule = self.rules.schedule
        return self.monitors[schedule].windows(self.may_open) if schedule else ()

    @property
    def never_while(self) -> frozenset[str]:
        """Return the keys of what keeps it closed: its "never while" entities, or those they speak for."""
        return frozenset().union(
            *(
                self.monitors[never.entity].in_the_way(never.clear, self.may_open)
                for never in self.rules.never
            )
        )

    @property
    def own_entities(self) -> frozenset[str]:
        """Return the keys of what counts for nothing, because it is an entity of ours or made of one."""
        return frozenset(key for key in self._named if self.monitors[key].holds_ours)

    def unheard_since(self, moment: datetime) -> frozenset[str]:
        """Return the keys of what it waits for in vain: it has said nothing since a moment, or longer."""
        return frozenset().union(
            *(self.monitors[key].unheard_since(moment) for key in self._named)
        )

    @property
    def _named(self) -> frozenset[str]:
        """Return the keys of all that its rules name."""
        rules = self.rules
        named = {never.entity for never in rules.never}
        named |= {*rules.alarms} if rules.opens_by_alarm else set()
        named |= {rules.schedule} if rules.schedule else set()
        return frozenset(named)
