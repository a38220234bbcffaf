"""The queue of what is to be displayed: never within a dispatch of Home Assistant's, and a little in each loop turn.

Cutting waits for nothing, so it has happened by the time anything is displayed. What changes meanwhile waits for the
next round: so each round ends, and nothing waits longer than two.
"""

import asyncio
from collections import deque
from collections.abc import Collection
import logging
from typing import TYPE_CHECKING, Final, Protocol

from homeassistant.core import HomeAssistant, callback

from ..failures import Failures

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOGGER = logging.getLogger(__name__)

SHOWING: Final = "Showing"

MOST_SHARES: Final = 200
"""How many are displayed in one turn of the loop at most."""

MOST_SECONDS: Final = 0.02
"""Seconds of a turn of the loop after which no more are begun in it."""


class DisplayedHub(Protocol):
    """A hub whose shares are displayed."""

    def is_first(self, share_id: str) -> bool:
        """Return whether a share comes before others: it was open, or somebody watches it or did."""

    def show_share(self, share_id: str) -> None:
        """Display one share as it is now, raising nothing."""

    def show_hub(self) -> None:
        """Display the hub as it is now, after its shares, raising nothing."""


class DisplayQueue:
    """The shares of all hubs that are to be displayed, and then their hubs."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._next: dict[DisplayedHub, dict[str, None]] = {}
        self._shares: deque[tuple[DisplayedHub, str]] = deque()
        self._hubs: deque[DisplayedHub] = deque()
        self._task: asyncio.Task[None] | None = None
        self._failures = Failures(_LOGGER)
        self._waiting: list[asyncio.Future[None]] = []
        self._waiting_for_round: list[asyncio.Future[None]] = []

    @callback
    def mark(self, hub: DisplayedHub, share_ids: Collection[str]) -> None:
        """Queue these shares of a hub, and the hub itself."""
        self._next.setdefault(hub, {}).update(dict.fromkeys(share_ids))
        self._wake()

    @callback
    def show_now(self, hub: DisplayedHub, share_id: str) -> None:
        """Display a share at once, if it is queued."""
        marked = self._next.get(hub, {})
        if share_id in marked or (hub, share_id) in self._shares:
            marked.pop(share_id, None)
            hub.show_share(share_id)

    async def async_settled(self) -> None:
        """Wait until all that is queued by now is displayed."""
        if self._next or self._shares or self._hubs:
            settled = self._hass.loop.create_future()
            self._waiting.append(settled)
            self._wake()
            await settled

    @callback
    def forget(self, hub: DisplayedHub) -> None:
        """Drop all that is queued of a hub."""
        self._next.pop(hub, None)
        self._shares = deque(each for each in self._shares if each[0] is not hub)
        self._hubs = deque(each for each in self._hubs if each is not hub)

    def _wake(self) -> None:
        """Begin in the next turn of the loop, in a task that Home Assistant waits for."""
        if self._task is None or self._task.done():
            self._task = self._hass.async_create_task(
                self._async_show(), "latchstring show", eager_start=False
            )

    async def _async_show(self) -> None:
        """Display a little in each turn of the loop, until nothing is left; if something fails, the rest."""
        while (
            self._next
            or self._shares
            or self._hubs
            or self._waiting
            or self._waiting_for_round
        ):
            try:
                self._show_some()
                self._failures.worked(SHOWING, "what turned")
            except Exception:  # noqa: BLE001 - it is logged, and the rest is to be displayed
                self._failures.caught(SHOWING, "what turned")
            await asyncio.sleep(0)

    def _show_some(self) -> None:
        """Display for as long as a turn of the loop may take."""
        if not (self._shares or self._hubs):
            self._begin()
        until = self._hass.loop.time() + MOST_SECONDS
        for _ in range(MOST_SHARES):
            if not self._show_next() or self._hass.loop.time() >= until:
                break
        if not (self._shares or self._hubs):
            self._end()

    def _show_next(self) -> bool:
        """Display one more, and return whether there was one."""
        if self._shares:
            hub, share_id = self._shares.popleft()
            hub.show_share(share_id)
        elif self._hubs:
            self._hubs.popleft().show_hub()
        else:
            return False
        return True

    def _begin(self) -> None:
        """Begin a round with what was queued, what is open or watched first, if that can be found out."""
        self._hubs.extend(self._next)
        self._shares.extend(self._marked())
        self._next = {}
        self._waiting_for_round += self._waiting
        self._waiting = []
        self._shares = deque(sorted(self._shares, key=_comes_later))

    def _end(self) -> None:
        """Wake whoever waits for what was queued before this round began."""
        for waiting in self._waiting_for_round:
            if not waiting.done():
                waiting.set_result(None)
        self._waiting_for_round = []

    def _marked(self) -> Iterator[tuple[DisplayedHub, str]]:
        for hub, share_ids in self._next.items():
            for share_id in share_ids:
                yield hub, share_id


def _comes_later(each: tuple[DisplayedHub, str]) -> bool:
    hub, share_id = each
    return not hub.is_first(share_id)
