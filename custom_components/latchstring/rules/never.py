"""Whether a "never while" entity lets a camera open: only by an explicit clear state, reported now, under its name.

A rename closes, because nobody knows whether whatever reports through the entity follows it. The entity is clear again
once it has reported anew, be it the same; what Home Assistant writes when it adds it again is no report. A helper,
which reports nothing by itself, must be turned on and off by its owner. A restart or reload resets all of them. What is
made of others is clear only while all of them report something, and a state that Home Assistant only restored is no
report. An entity of ours, or what is made of one, is never clear: a hub's own doing would let cameras open. What became
clear because one of ours changed is not either, until it reports another state for another reason; nor is what somebody
cleared by hand who may not open, or a group that they composed.
"""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from homeassistant.core import HomeAssistant, State
from homeassistant.util import dt as dt_util

from ..tracking.composition import silent
from ..tracking.states import is_report, state_of

if TYPE_CHECKING:
    from ..tracking.members import MemberTracker
    from ..tracking.users import MayOpen


class NeverMonitor:
    """Whether one entity keeps cameras closed, for all shares that never open while it does."""

    def __init__(self, hass: HomeAssistant, key: str, members: MemberTracker) -> None:
        self._hass = hass
        self._key = key
        self._members = members
        self._silent_since: datetime | None = None

    @property
    def _has_reported(self) -> bool:
        return self._silent_since is None

    def silent_since(self, moment: datetime) -> bool:
        """Return whether the entity has reported nothing under its name since a moment, or longer."""
        return self._silent_since is not None and self._silent_since <= moment

    def blockers(self, clear: Collection[str], may_open: MayOpen) -> frozenset[str]:
        """Return the keys of the entities that keep this one from being clear; empty if it is.

        `clear` are the states that count as clear, `may_open` says who may have changed it to one by hand.
        """
        composition = self._members.composition
        if composition.ours:
            return composition.ours | {self._key}
        state = state_of(self._hass, self._key)
        if not self._has_reported or state is None or state.state not in clear:
            return frozenset({self._key})
        composed = self._members.composers.items()
        by_hand = (
            *self._members.changed_by_hand.items(),
            *((each, user_id) for each, users in composed for user_id in users),
        )
        return (
            silent(self._hass, composition)
            | self._members.caused_by_us
            | {each for each, user_id in by_hand if not may_open(user_id)}
        )

    def reset(self) -> None:
        """Take the state that the entity has for its report, whatever it was called before."""
        self._silent_since = None

    def state_changed(self, before: State | None, now: State | None) -> None:
        """Note a change of state; None: there was, or is, none, or the entity comes back after a rename."""
        if before is not None and is_report(now):
            self._silent_since = None

    def state_repeated(self) -> bool:
        """Note that the entity reported the same state again; return whether it had not reported before."""
        if self._has_reported:
            return False
        if state_of(self._hass, self._key) is not None:
            self._silent_since = None
        return self._has_reported

    def renamed(self) -> None:
        """Note that the entity was renamed, and has reported nothing under its new name yet."""
        self._silent_since = dt_util.utcnow()
