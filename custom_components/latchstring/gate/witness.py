"""The hub as the witness of its own log: it cosigns checkpoints, asks for consistency proofs, objects, and may be late.

A cosignature is late when the hub could have given it for a day. Then no new viewer is admitted: what a hub has not
cosigned, it could deny later. Nor is any before the first checkpoint after a start is cosigned: a home that was rolled
back does not know that it was, its hub does, and its answer shows it.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
import logging
from typing import TYPE_CHECKING, Final

from homeassistant.util import dt as dt_util

from ..core.errors import ErrorCode, ProtocolError
from ..core.messages import (
    CheckpointConsistency,
    CheckpointCosigned,
    CheckpointMessage,
    CheckpointRefused,
    Consistency,
    HomeMessage,
)
from ..core.model import COSIGNATURE_AWAITED, COSIGNATURE_LATE
from ..record import CosignatureInvalid, ForeignHead, NotRecorded

if TYPE_CHECKING:
    from datetime import datetime

    from ..core.model import Hub, Reason
    from ..record import CosignedSize, Log

LATE_AFTER: Final = timedelta(days=1)

QUIET_SECONDS: Final = 60
"""How long further objections are kept without being logged or shown at once: there may be a flood of them."""

MESSAGES_A_TREE: Final = 4
"""How many messages the hub may send about a tree it was sent, whatever else it asks: to compare, sign or refuse it."""

MOST_MESSAGES: Final = 100 * MESSAGES_A_TREE

RENEW_SECONDS: Final = 3600
"""How long a cosignature is new enough: a hub can make any number of later ones."""

_LOGGER = logging.getLogger(__name__)


class Witness:
    """Tracks what one hub has cosigned of its log."""

    def __init__(
        self,
        log: Log,
        *,
        hub: Hub,
        send: Callable[[HomeMessage], None],
        on_change: Callable[[], None] = lambda: None,
        on_foreign_head: Callable[[], None],
    ) -> None:
        """`on_foreign_head` is called when the hub has cosigned another log than this one."""
        self._log = log
        self._hub = hub
        self._send = send
        self._waiting_since: datetime | None = None
        self._quiet_until = 0.0
        self._messages_left = 0
        self._first: int | None = None
        self._has_answered = False
        self._renews_at = 0.0
        self.is_reached = False
        self.confirmed_at: datetime | None = None
        self.objection: CheckpointRefused | None = None
        self._on_change = on_change
        self._on_foreign_head = on_foreign_head

    @property
    def is_late(self) -> bool:
        """Return whether the hub's cosignature is overdue."""
        since = self._waiting_since
        return since is not None and dt_util.utcnow() - since > LATE_AFTER

    @property
    def admission_block(self) -> Reason | None:
        """Return why no new viewer is admitted for want of a cosignature, or None."""
        if self.is_late:
            return COSIGNATURE_LATE
        return None if self._has_answered else COSIGNATURE_AWAITED

    @property
    def is_unoffered(self) -> bool:
        """Return whether the first checkpoint after the start could not be made yet, though the hub is there."""
        return self.is_reached and self._first is None

    def count_tree(self) -> None:
        """Count one more tree that the hub is sent."""
        self._messages_left = min(self._messages_left + MESSAGES_A_TREE, MOST_MESSAGES)

    def awaits_message(self) -> bool:
        """Return whether the hub may send one more message about the trees it was sent, and count it."""
        if not self._messages_left:
            return False
        self._messages_left -= 1
        return True

    async def async_load(self) -> None:
        """Load what the hub has cosigned. Raises NotRecorded and RecordUnreadable."""
        await self._async_load_waiting()
        confirmed = await self._log.confirmed()
        self.confirmed_at = max((each.at for each in confirmed.values()), default=None)

    async def async_offer(self) -> None:
        """Send the hub the newest checkpoint to cosign. Its answer shows whether this home was rolled back."""
        if not self.is_reached:
            return
        try:
            size = await self._log.cosigned_size()
            head = await self._log.prove_head(from_size=size)
            await self._log.keep_offer(size=head.size, at=dt_util.utcnow())
            await self._async_load_waiting()
        except NotRecorded as err:
            _LOGGER.warning("No checkpoint could be made: %s", err)
            return
        self.count_tree()
        if self._first is None:
            self._first = head.size
        self._send(
            CheckpointMessage(
                checkpoint=head.checkpoint,
                from_size=size,
                consistency=head.consistency,
            )
        )

    async def async_cosigned(self, message: CheckpointCosigned) -> None:
        """Record the hub's cosignature of a checkpoint of ours, or raise ProtocolError.

        One that is not new costs neither a write nor a decision about the cameras, however often it comes.
        """
        now = asyncio.get_running_loop().time()
        confirmed = await self._async_keep(message, renews=now >= self._renews_at)
        before = self._has_answered, self.objection
        if self._first is not None and confirmed.size >= self._first:
            self._has_answered = True
        if self.objection and confirmed.size >= self.objection.size:
            self.objection = None
        if confirmed.is_new:
            self._renews_at = now + RENEW_SECONDS
            self.confirmed_at = confirmed.at
        if confirmed.is_new or before != (self._has_answered, self.objection):
            self._on_change()

    async def _async_keep(
        self, message: CheckpointCosigned, *, renews: bool
    ) -> CosignedSize:
        """Record a cosignature, if it is new, or raise ProtocolError."""
        try:
            confirmed = await self._log.keep_cosignature(
                message.checkpoint,
                witness=self._hub.hub_id,
                key=self._hub.witness_key,
                renews=renews,
            )
            if confirmed.is_new:
                await self._async_load_waiting()
        except CosignatureInvalid as err:
            if isinstance(err, ForeignHead):
                self._on_foreign_head()
            raise ProtocolError(ErrorCode.COSIGNATURE_INVALID) from err
        except NotRecorded as err:
            raise ProtocolError(ErrorCode.NOT_AVAILABLE) from err
        return confirmed

    async def async_consistency(self, message: CheckpointConsistency) -> Consistency:
        """Return the proof that one tree of the log grew out of another, or raise ProtocolError."""
        try:
            proof = await self._log.prove_growth(
                from_size=message.from_size, to_size=message.to_size
            )
        except LookupError as err:
            raise ProtocolError(ErrorCode.PARAMS_INVALID) from err
        except NotRecorded as err:
            raise ProtocolError(ErrorCode.NOT_AVAILABLE) from err
        return Consistency(consistency=proof)

    def refused(self, message: CheckpointRefused) -> None:
        """Keep the hub's objection to a tree, until it cosigns one as large.

        Raises ProtocolError for a tree that it can't have been sent, and so could never cosign.
        """
        if message.size > self._log.size:
            raise ProtocolError(ErrorCode.PARAMS_INVALID)
        if message == self.objection:
            return
        self.objection = message
        if (at := asyncio.get_running_loop().time()) < self._quiet_until:
            return
        self._quiet_until = at + QUIET_SECONDS
        _LOGGER.warning(
            "%s refuses the record's tree of %s entries: %s",
            self._hub.name,
            message.size,
            message.reason,
        )
        self._on_change()

    async def _async_load_waiting(self) -> None:
        """Load the time of the oldest checkpoint offered and not yet cosigned."""
        self._waiting_since = await self._log.waiting_since()
