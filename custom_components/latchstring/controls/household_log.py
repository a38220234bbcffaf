"""Writes to the household's own log, about one hub: who switched what, and when a camera became viewable."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from functools import partial
import logging
from typing import TYPE_CHECKING

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..core.entries import (
    SYSTEM,
    Actor,
    Closed,
    HouseholdEntry,
    Opened,
    OpeningsEnded,
    RequestAnswered,
    SwitchTurned,
)
from ..core.model import Decision
from ..record import NotRecorded

if TYPE_CHECKING:
    import asyncio

    from ..core.model import Hub, Share
    from ..record import Appended, Log

_LOGGER = logging.getLogger(__name__)


class HouseholdLogWriter:
    """Writes the entries of the household's log that are about one hub."""

    def __init__(self, log: Log, *, hub: Hub) -> None:
        self._log = log
        self._hub = hub
        self._open: set[str] = set()  # none is viewable before the facts are loaded

    async def async_switched_on(
        self, switch: str, *shares: Share | None, actor: Actor
    ) -> None:
        """Record who opens, before it opens; raises RecordUnwritable. The hub's own switch has no share."""
        await self._log.submit_many(
            [self._switched(switch, share, actor, on=True) for share in shares],
            at=dt_util.utcnow(),
        )

    async def async_switched_off(
        self, switch: str, *shares: Share | None, actor: Actor
    ) -> None:
        """Record who closed, which has happened whether it can be written or not."""
        for share in shares:
            with suppress(NotRecorded):
                await self._note(self._switched(switch, share, actor, on=False))

    async def async_stopped(self, *shares: Share, actor: Actor) -> None:
        """Record who ended what opened cameras for a while, which holds whether it can be written or not."""
        for share in shares:
            with suppress(NotRecorded):
                await self._note(
                    OpeningsEnded(
                        actor=actor,
                        hub=self._hub.log,
                        camera=share.camera_id,
                        label=share.label,
                    )
                )

    async def async_answered(
        self, request: str, actor: Actor, *, allowed: bool, until: datetime | None
    ) -> str:
        """Record who answered a request, before that lets anybody in, and return the entry's id.

        Raises RecordUnwritable.
        """
        entry = RequestAnswered(
            hub=self._hub.log,
            request=request,
            allowed=allowed,
            actor=actor,
            until=until,
        )
        return (await self._log.append(entry, at=dt_util.utcnow())).id

    async def async_refused(self, request: str, actor: Actor) -> str | None:
        """Record who refused a request, which holds whether it can be written or not, and return the entry's id."""
        with suppress(NotRecorded):
            return await self.async_answered(request, actor, allowed=False, until=None)
        return None

    def has_open(self, share_id: str) -> bool:
        """Return whether a camera is viewable by the record."""
        return share_id in self._open

    @callback
    def note(self, share: Share, decision: Decision) -> None:
        """Record that a camera became viewable, or stopped being so, if that is new."""
        if decision.open == self.has_open(share.share_id):
            return
        writing = self._submit(self._changed(share, decision))
        self._open ^= {share.share_id}
        writing.add_done_callback(_written)

    @callback
    def forget(self, share_id: str) -> None:
        """Forget a camera that is no longer listed."""
        self._open.discard(share_id)

    @callback
    def note_stopped(self, shares: Iterable[Share], *, why: str) -> None:
        """Record that what was viewable is so no more, because this hub is unloaded or Home Assistant stops."""
        for share in shares:
            self.note(share, Decision(open=False, reason=why))

    def _switched(
        self, switch: str, share: Share | None, actor: Actor, *, on: bool
    ) -> SwitchTurned:
        return SwitchTurned(
            switch=switch,
            on=on,
            actor=actor,
            hub=self._hub.log,
            camera=share.camera_id if share else None,
            label=share.label if share else None,
        )

    def _changed(self, share: Share, decision: Decision) -> HouseholdEntry:
        changed = partial(Opened, until=decision.until) if decision.open else Closed
        return changed(
            actor=SYSTEM,
            hub=self._hub.log,
            camera=share.camera_id,
            label=share.label,
            reason=decision.reason,
        )

    def _submit(self, entry: HouseholdEntry) -> asyncio.Future[Appended]:
        """Begin to write an entry, and return the future of that. If this raises, nothing is written."""
        return self._log.submit(entry, at=dt_util.utcnow())

    def _note(self, entry: HouseholdEntry) -> asyncio.Future[Appended]:
        writing = self._submit(entry)
        writing.add_done_callback(_written)
        return writing


def _written(future: asyncio.Future[Appended]) -> None:
    """Log what could not be written. It has happened all the same."""
    try:
        future.result()
    except NotRecorded as err:
        _LOGGER.warning("A household entry could not be recorded: %s", err)
