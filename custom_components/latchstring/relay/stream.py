"""The stream of one camera: one connection, shared by all outlets.

It is opened for the first outlet and closed some seconds after the last.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
import random
from typing import Final

from .errors import (
    KEYFRAMES_RARE,
    OFFLINE,
    SLOW,
    UNAUTHORIZED,
    UNREACHABLE,
    UNREADABLE,
    SourceRefused,
    SourceUnusable,
)
from .mp4.packager import PackagedFragment
from .mp4.timeline import Timeline
from .outlets import Outlet, Outlets
from .picture_group import PictureGroup
from .picture_status import PictureStatus
from .sources.reader import Choice, Reader, choose, reader_of
from .sources.reading import CameraTraits, Reading
from .sources.refused_logins import RefusedLogins
from .sources.source import Source
from .stillness import Stillness

_LOCATE_TIMEOUT: Final = 20
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0
_MOST_DOUBLINGS: Final = 6
_USUAL_DELAY: Final = 5.0
"""Seconds after which a camera that has sent no picture counts as slow."""
KEEP_SECONDS: Final = 5.0
"""How long a connection is kept after the last outlet, for whoever comes back."""


def full_jitter(attempt: int) -> float:
    """Return seconds to wait, spreading the attempts of many cameras that went away together."""
    longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(attempt, _MOST_DOUBLINGS))
    return random.uniform(0, longest)  # noqa: S311  # it hides nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentedStream:
    """A camera's stream, and whether its connection goes to the source that was consented to."""

    stream: CameraStream
    is_consented: Callable[[], bool]


class CameraStream:
    """Feeds every attached outlet from a keyframe on that came in after its share was opened, and nothing from before.

    `locate` returns the camera's source at each connection, or raises SourceRefused; then nothing is opened, and it is
    called again later. The same where no outlet may be fed this connection, and where the camera has refused the login.
    `name` returns the camera's name for logs. `on_change` is called after `status` or `stillness` has changed.
    """

    def __init__(
        self,
        *,
        loop: asyncio.AbstractEventLoop,
        locate: Callable[[], Awaitable[Source]],
        name: Callable[[], str],
        refused_logins: RefusedLogins | None = None,
        pause: Callable[[int], float] = full_jitter,
        keep: float = KEEP_SECONDS,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self.status = PictureStatus(loop, name=name, on_change=on_change)
        self.stillness = Stillness(loop, on_change=on_change)
        self.choice: Choice | None = None
        """Who reads the camera, and why."""
        self._loop = loop
        self._locate = locate
        self._name = name
        self._refused_logins = refused_logins or RefusedLogins()
        self._pause = pause
        self._keep = keep
        self._timeline = Timeline()
        self._outlets = Outlets(loop, on_failed=self.detach)
        self._group = PictureGroup()
        self._reader: Reader | None = None
        self._source: Source | None = None
        self._running: asyncio.Task[None] | None = None
        self._waiting_timer: asyncio.TimerHandle | None = None
        self._keep_timer: asyncio.TimerHandle | None = None
        self._traits = CameraTraits()

    @property
    def is_connected(self) -> bool:
        """Return whether the camera is being read, or tried."""
        return self._running is not None

    def attach(
        self,
        outlet: Outlet,
        is_consented: Callable[[], bool],
        since: float | None = None,
    ) -> None:
        """Feed this outlet from connections where `is_consented` returns True; reconnect where the current is not.

        It is fed nothing that came in before `since`, a moment of the loop's clock; None: before now. What came in
        since then is fed at once.
        """
        if self._reader is not None:
            self._reader.flush()  # what waits to be delivered came in before now
        moment = self._loop.time() if since is None else since
        self._outlets.add(outlet, is_consented, moment, self._group.since(moment))
        self._report_delivery()
        if self._running is None:
            self._running = self._loop.create_task(self._run(self._reader))
        elif self._reader is not None and not is_consented():
            self._reader.stop()
        else:
            self._request_keyframe()
        self._await_picture()

    def _request_keyframe(self) -> None:
        """Ask for a keyframe where somebody waits for one, and what is at hand was not theirs."""
        if self._reader is not None and self._outlets.are_waiting:
            self._reader.request_keyframe()

    def detach(self, outlet: Outlet) -> None:
        """Stop feeding this outlet at once. May be called again where it failed half-way."""
        self._outlets.remove(outlet)
        if self._outlets:
            return
        self.status.clear()
        self._cancel_timers()
        if self._is_kept:
            self._keep_timer = self._loop.call_later(self._keep, self._stop_if_idle)
        else:
            self._stop()

    @property
    def _is_kept(self) -> bool:
        """Return whether the connection is kept for whoever comes back."""
        reader, source = self._reader, self._source
        is_connected = reader is not None and not reader.ended.is_set()
        return bool(self._keep and is_connected and source and source.is_kept)

    async def async_close(self) -> None:
        """Detach all outlets, and wait for the reader to end."""
        self._outlets.clear()
        self._stop()
        if self._reader is not None:
            await self._reader.async_join()

    def _stop(self) -> None:
        self._cancel_timers()
        self._group.clear()
        if self._reader is not None:
            self._reader.stop()
        if self._running is not None:
            self._running.cancel()
            self._running = None
        self.status.clear()
        self.stillness.clear()

    def _stop_if_idle(self) -> None:
        """Stop, unless somebody came in the meantime."""
        if not self._outlets:
            self._stop()

    def _cancel_timers(self) -> None:
        self._cancel_waiting()
        if self._keep_timer is not None:
            self._keep_timer.cancel()
            self._keep_timer = None

    def _cancel_waiting(self) -> None:
        if self._waiting_timer is not None:
            self._waiting_timer.cancel()
            self._waiting_timer = None

    async def _run(self, before: Reader | None) -> None:
        """Connect, and reconnect until cancelled; never while the connection before is still ending."""
        if before is not None:
            await before.ended.wait()
        attempt = 0
        while True:
            reader = await self._connect()
            if reader is not None:
                await reader.ended.wait()
                attempt = 0 if reader.has_delivered else attempt
                self._note_end(reader)
            await asyncio.sleep(self._pause(attempt))
            attempt += 1

    async def _connect(self) -> Reader | None:
        try:
            async with asyncio.timeout(_LOCATE_TIMEOUT):
                source = await self._locate()
            reader = self._reader_of(source)
            reader.start()
        except SourceRefused:
            self.status.report_no_picture(OFFLINE)
            return None
        except SourceUnusable as unusable:
            self.status.report_loss(unusable.code)
            return None
        except Exception as error:  # noqa: BLE001  # whatever the camera's integration or the machine lacks, there is no picture
            self.status.report_loss(error=type(error).__name__)
            return None
        self._reader = reader
        self._cancel_waiting()
        self._await_picture()
        return reader

    def _reader_of(self, source: Source) -> Reader:
        """Return a reader, not started; raises SourceRefused or SourceUnusable."""
        if not self._outlets.are_consented:
            raise SourceRefused
        if source != self._source:
            self._source, self._traits = source, CameraTraits()
        if source in self._refused_logins:
            raise SourceUnusable(UNAUTHORIZED)
        self.choice = choose(source, self._traits)
        self._timeline.reconnect(by_arrival=source.by_arrival)
        return reader_of(
            self.choice,
            source,
            Reading(
                loop=self._loop,
                name=self._name(),
                timeline=self._timeline,
                deliver=self._deliver,
                traits=self._traits,
                refused_logins=self._refused_logins,
                on_image=self.stillness.take,
            ),
        )

    def _note_end(self, reader: Reader) -> None:
        """Draw the conclusions from how a connection ended."""
        self._cancel_waiting()
        self._group.clear()
        self.stillness.clear()
        self._traits.is_slow = reader.fault == SLOW
        self._traits.is_unreadable |= reader.fault == UNREADABLE
        if self._outlets:
            self.status.report_loss(reader.fault or UNREACHABLE)
        else:
            self._loop.call_soon(self._stop_if_idle)

    def _deliver(self, packaged: PackagedFragment) -> None:
        self._group.add(packaged)
        self._outlets.feed(packaged)
        if self._waiting_timer is not None or not self.status.has_picture:
            self._report_delivery()

    def _report_delivery(self) -> None:
        if self._outlets.are_fed:
            self._cancel_waiting()
            self.status.report_picture()

    def _await_picture(self) -> None:
        """Report what is missing where somebody waits for a picture for a while, and again: it may change."""
        if self._waiting_timer is None and self._outlets.are_waiting:
            self._waiting_timer = self._loop.call_later(
                _USUAL_DELAY, self._report_no_picture
            )

    def _report_no_picture(self) -> None:
        self._waiting_timer = None
        reader = self._reader
        if reader is None or reader.ended.is_set():
            return  # why it ended was reported
        if self._outlets.are_waiting:
            # What is delivered to others, or was before their share was opened, is theirs.
            missing = KEYFRAMES_RARE if reader.has_delivered else reader.missing
            self.status.report_no_picture(missing)
            self._await_picture()
