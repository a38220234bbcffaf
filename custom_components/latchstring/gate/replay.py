"""Replay protection: a hub may use an assertion, and the id of a session or of a request, only once.

The record refuses what was used before when it is written. It is asked here first, because how a hub is refused must
not depend on the camera: that would tell an open one from a closed one without leaving a trace.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from ..core.entries.entry_bytes import OneTimeId
from ..core.errors import ErrorCode, ProtocolError
from ..record import RecordUnreadable

if TYPE_CHECKING:
    from ..record import Log

USED_BEFORE: Final = {
    OneTimeId.ASSERTION: ErrorCode.ASSERTION_REPLAYED,
    OneTimeId.SESSION: ErrorCode.SESSION_DUPLICATE,
    OneTimeId.REQUEST: ErrorCode.SESSION_DUPLICATE,
}


class ReplayGuard:
    """The ids that one hub has used, by the record, and those that it is using right now."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._in_use: set[tuple[OneTimeId, str]] = set()

    @contextmanager
    def hold(self, wanted: Mapping[OneTimeId, str]) -> Iterator[None]:
        """Hold these as in use until the block is left; raise ProtocolError for the first that is in use already."""
        for what, name in wanted.items():
            if (what, name) in self._in_use:
                raise ProtocolError(USED_BEFORE[what])
        self._in_use |= wanted.items()
        try:
            yield
        finally:
            self._in_use -= wanted.items()

    async def async_require_new(self, wanted: Mapping[OneTimeId, str]) -> None:
        """Raise ProtocolError for the first of these that was used before, or if the record can't be read."""
        try:
            for what, name in wanted.items():
                if await self._log.is_used(what, name):
                    raise ProtocolError(USED_BEFORE[what])
        except RecordUnreadable as err:
            raise ProtocolError(ErrorCode.NOT_AVAILABLE) from err
