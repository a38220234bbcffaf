"""The rules of one share with the monitors of their entities: schedule, alarms, "never while" entities."""

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
    """The rules of one share, with the monitors of all entities that its hub's rules name, by key.

    `may_open` says who may open it by hand.
    """

    rules: Rules
    monitors: Mapping[str, EntityMonitor]
    may_open: MayOpen

    @property
    def is_ready(self) -> bool:
        """Return whether its schedule has reported since this start, if it has one."""
        schedule = self.rules.schedule
        return schedule is None or self.monitors[schedule].has_schedule

    @property
    def schedule(self) -> tuple[Window, ...]:
        """Return the coming windows of its schedule."""
        schedule = self.rules.schedule
        return self.monitors[schedule].windows(self.may_open) if schedule else ()

    @property
    def never_while(self) -> frozenset[str]:
        """Return the keys of what keeps it closed: its "never while" entities, or what they are made of."""
        return frozenset().union(
            *(
                self.monitors[never.entity].blockers(never.clear, self.may_open)
                for never in self.rules.never
            )
        )

    @property
    def own_entities(self) -> frozenset[str]:
        """Return the keys of named entities that have no effect, because they are ours or made of ours."""
        return frozenset(
            key for key in self._named if self.monitors[key].contains_own_entity
        )

    def silent_since(self, moment: datetime) -> frozenset[str]:
        """Return the keys of the entities that it waits for: they have reported nothing since a moment, or longer."""
        return frozenset().union(
            *(self.monitors[key].silent_since(moment) for key in self._named)
        )

    @property
    def _named(self) -> frozenset[str]:
        """Return the keys of all entities that its rules name."""
        rules = self.rules
        named = {never.entity for never in rules.never}
        named |= {*rules.alarms} if rules.opens_by_alarm else set()
        named |= {rules.schedule} if rules.schedule else set()
        return frozenset(named)
