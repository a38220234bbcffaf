"""Whether a "never while" entity lets a camera open: only by an explicit clear state, said now and under its name.

A rename closes, because nobody knows whether whatever speaks through the entity follows it. The entity is clear again
once it has reported anew, be it the same; what Home Assistant writes when it adds it again is no report. A helper,
which says nothing by itself, is turned on and off by its owner. A restart or reload begins anew for all of them.
What is made of others is clear only while all of them say something, and what Home Assistant remembered over its start
is no word of now. An entity of ours, or what is made of one, is never clear: it would let a hub's own doing open. What
became clear because one of ours changed is not either, until it says another thing for another reason.
"""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, State, callback

from .composition import silent
from .following import Following, says_something, state_of
from .members import Listener

if TYPE_CHECKING:
    from .members import Members


class NeverWatch:
    """Watches one entity for one share."""

    def __init__(
        self,
        hass: HomeAssistant,
        key: str,
        *,
        members: Members,
        on_turned: Callable[[], None],
    ) -> None:
        """Take the entity at its word; `on_turned` is called when that may be another."""
        self._hass = hass
        self._key = key
        self._members = members
        self._on_turned = on_turned
        self._is_heard = True
        self._following: Following | None = None

    def in_the_way(self, clear: Collection[str]) -> frozenset[str]:
        """Return the keys of what keeps it from saying now, under its own name, one of these states; none: it does."""
        composition = self._members.composition
        if composition.ours:
            return composition.ours | {self._key}
        state = state_of(self._hass, self._key)
        if not self._is_heard or state is None or state.state not in clear:
            return frozenset({self._key})
        return silent(self._hass, composition) | self._members.our_doing

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Watch. Return a callback to stop."""
        following = self._following = Following(
            self._hass,
            self._key,
            self._state_turned,
            on_repeated=self._said_again,
            on_renamed=self._renamed,
        )
        stop_members = self._members.listen(
            Listener(
                on_ours=self._on_turned,
                on_turned=self._on_turned,
                on_heard=self._on_turned,
            )
        )

        @callback
        def stop() -> None:
            following.stop()
            stop_members()

        return stop

    @callback
    def _state_turned(self, before: State | None, now: State | None) -> None:
        if before is not None and says_something(now):
            self._is_heard = True
        self._look()

    @callback
    def _said_again(self) -> None:
        if self._following is None or self._following.comes_back or self._is_heard:
            return
        self._is_heard = state_of(self._hass, self._key) is not None
        self._on_turned()

    @callback
    def _renamed(self) -> None:
        self._is_heard = False
        self._look()

    def _look(self) -> None:
        """Have it decided anew, whatever comes of looking at what the entity is made of."""
        try:
            self._members.look_again()
        finally:
            self._on_turned()
