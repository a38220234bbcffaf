"""Whether a "never while" entity lets a camera open: only by an explicit clear state, said now and under its name.

A rename closes, because nobody knows whether whatever speaks through the entity follows it. The entity is clear again
once it has reported anew, be it the same; what Home Assistant writes when it adds it again is no report. A helper,
which says nothing by itself, is turned on and off by its owner. A restart or reload begins anew for all of them.
What is made of others is clear only while all of them say something, and what Home Assistant remembered over its start
is no word of now. An entity of ours, or what is made of one, is never clear: it would let a hub's own doing open. What
became clear because one of ours changed is not either, until it says another thing for another reason; nor is what
somebody cleared by hand who may not open, or a group that they composed.
"""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from homeassistant.core import HomeAssistant, State
from homeassistant.util import dt as dt_util

from ..tracking.composition import silent
from ..tracking.states import says_something, state_of

if TYPE_CHECKING:
    from ..tracking.members import MemberTracker
    from ..tracking.users import MayOpen


class NeverMonitor:
    """Whether one entity keeps cameras closed, for all shares that never open while it does."""

    def __init__(self, hass: HomeAssistant, key: str, members: MemberTracker) -> None:
        self._hass = hass
        self._key = key
        self._members = members
        self._unheard_since: datetime | None = None

    @property
    def _is_heard(self) -> bool:
        return self._unheard_since is None

    def unheard_since(self, moment: datetime) -> bool:
        """Return whether it has reported nothing under its name since a moment, or longer."""
        return self._unheard_since is not None and self._unheard_since <= moment

    def in_the_way(self, clear: Collection[str], may_open: MayOpen) -> frozenset[str]:
        """Return the keys of the entities that keep this one from being clear; empty if it is.

        `clear` are the states that count as clear, `may_open` says whose hand may have turned it to one.
        """
        composition = self._members.composition
        if composition.ours:
            return composition.ours | {self._key}
        state = state_of(self._hass, self._key)
        if not self._is_heard or state is None or state.state not in clear:
            return frozenset({self._key})
        composed = self._members.composers.items()
        by_hand = (
            *self._members.changed_by_hand.items(),
            *((each, user_id) for each, users in composed for user_id in users),
        )
        return (
            silent(self._hass, composition)
            | self._members.our_doing
            | {each for each, user_id in by_hand if not may_open(user_id)}
        )

    def begin_anew(self) -> None:
        """Believe the state it has, whatever the entity was called before."""
        self._unheard_since = None

    def state_changed(self, before: State | None, now: State | None) -> None:
        """Note a change of state; None: there was, or is, none, or the entity comes back after a rename."""
        if before is not None and says_something(now):
            self._unheard_since = None

    def said_again(self) -> bool:
        """Note that the entity reported the same state again, and return whether that makes a difference."""
        if self._is_heard:
            return False
        if state_of(self._hass, self._key) is not None:
            self._unheard_since = None
        return self._is_heard

    def renamed(self) -> None:
        """Note that it was renamed, and has reported nothing under its new name yet."""
        self._unheard_since = dt_util.utcnow()
