"""The stream of one camera: one connection, shared by all outlets.

It is opened for the first outlet and closed after the last.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
import logging
import random
from typing import Final, Protocol

from .errors import KEYFRAMES_RARE, OFFLINE, SLOW, UNREACHABLE, SourceRefused
from .mp4.fragment import Fragment
from .mp4.init_segment import VideoFormat
from .mp4.packager import PackagedFragment
from .mp4.timeline import Timeline
from .sources.reader import CameraReader
from .sources.rtsp import DEFAULT_LIMITS, SLOW_LIMITS

_LOGGER = logging.getLogger(__name__)
_LOCATE_TIMEOUT: Final = 20
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0
_MOST_DOUBLINGS: Final = 6
_USUAL_DELAY: Final = 5.0
"""Seconds after which a camera that has sent no picture counts as slow."""


class Outlet(Protocol):
    """A receiver of a camera's video. Both methods are called on the loop."""

    def begin(self, video: VideoFormat) -> None:
        """Take the format: before the first fragment, and whenever it changes."""

    def feed(self, fragment: Fragment) -> None:
        """Take the next fragment."""


def full_jitter(attempt: int) -> float:
    """Return seconds to wait, spreading the attempts of many cameras that went away together."""
    longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(attempt, _MOST_DOUBLINGS))
    return random.uniform(0, longest)  # noqa: S311  # it hides nothing


@dataclass(slots=True)
class _Subscription:
    """An outlet, whether it may be fed this connection, and the format it was given last."""

    outlet: Outlet
    is_consented: Callable[[], bool]
    video: VideoFormat | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentedStream:
    """A camera's stream, and whether its connection goes to the source that was consented to."""

    stream: CameraStream
    is_consented: Callable[[], bool]


class CameraStream:
    """Feeds every attached outlet from the next keyframe on, and nothing from before.

    `locate` returns the camera's URL at each connection, or raises SourceRefused; then nothing is opened, and it is
    called again later. The same where no outlet may be fed this connection. `name` returns the camera's name for logs.
    `on_change` is called after `has_picture`, or `no_picture` (the code of why there is none), has changed.
    """

    def __init__(
        self,
        *,
        loop: asyncio.AbstractEventLoop,
        locate: Callable[[], Awaitable[str]],
        name: Callable[[], str],
        pause: Callable[[int], float] = full_jitter,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._loop = loop
        self._locate = locate
        self._name = name
        self._pause = pause
        self._timeline = Timeline()
        self._subscriptions: dict[int, _Subscription] = {}
        self._reader: CameraReader | None = None
        self._running: asyncio.Task[None] | None = None
        self._on_change = on_change
        self._slow_timer: asyncio.TimerHandle | None = None
        self._is_slow = False
        self._is_away = False
        self._is_delivering = False
        self.has_picture = False
        self.no_picture: str | None = None

    def attach(self, outlet: Outlet, is_consented: Callable[[], bool]) -> None:
        """Feed this outlet from connections where `is_consented` returns True; reconnect where the current is not."""
        self._deliver()  # what is waiting is for the outlets attached before
        self._subscriptions.setdefault(id(outlet), _Subscription(outlet, is_consented))
        if self._running is None:
            self._running = self._loop.create_task(self._run(self._reader))
        elif self._reader is not None and not is_consented():
            self._reader.stop()

    def detach(self, outlet: Outlet) -> None:
        """Stop feeding this outlet at once. May be called again where it failed half-way."""
        self._subscriptions.pop(id(outlet), None)
        if not self._subscriptions:
            self._stop()

    async def async_close(self) -> None:
        """Detach all outlets, and wait for the reader to end."""
        self._subscriptions.clear()
        self._stop()
        if self._reader is not None:
            await self._reader.async_join()

    def _stop(self) -> None:
        if self._reader is not None:
            self._reader.stop()
        if self._running is not None:
            self._running.cancel()
            self._running = None
        self._cancel_slow_timer()
        self._set_picture(None)

    async def _run(self, before: CameraReader | None) -> None:
        """Connect, and reconnect until cancelled; never while the connection before is still ending."""
        if before is not None:
            await before.ended.wait()
        attempt = 0
        while True:
            reader = await self._connect()
            if reader is not None:
                self._slow_timer = self._loop.call_later(
                    _USUAL_DELAY, self._report_no_picture, reader
                )
                await reader.ended.wait()
                self._cancel_slow_timer()
                attempt = 0 if reader.has_delivered else attempt
                self._is_slow = reader.fault == SLOW
                self._report_loss(reader.fault or UNREACHABLE)
            await asyncio.sleep(self._pause(attempt))
            attempt += 1

    async def _connect(self) -> CameraReader | None:
        reader = CameraReader(
            loop=self._loop,
            name=self._name(),
            timeline=self._timeline,
            deliver=self._deliver,
            limits=SLOW_LIMITS if self._is_slow else DEFAULT_LIMITS,
        )
        try:
            async with asyncio.timeout(_LOCATE_TIMEOUT):
                url = await self._locate()
            self._require_subscriber()
            reader.start(url)
        except SourceRefused:
            self._set_picture(OFFLINE)
            return None
        except Exception as error:  # noqa: BLE001  # whatever the camera's integration or the machine lacks, there is no picture
            self._report_loss(UNREACHABLE, type(error).__name__)
            return None
        self._reader = reader
        return reader

    def _require_subscriber(self) -> None:
        if not any(
            subscription.is_consented() for subscription in self._subscriptions.values()
        ):
            raise SourceRefused

    def _report_no_picture(self, reader: CameraReader) -> None:
        """Set why there is no picture yet of a camera that is connected or connecting."""
        if not reader.has_delivered:
            self._set_picture(KEYFRAMES_RARE if reader.has_received else SLOW)

    def _cancel_slow_timer(self) -> None:
        if self._slow_timer is not None:
            self._slow_timer.cancel()
            self._slow_timer = None

    def _set_picture(
        self, no_picture: str | None, *, has_picture: bool = False
    ) -> None:
        if (no_picture, has_picture) != (self.no_picture, self.has_picture):
            self.no_picture, self.has_picture = no_picture, has_picture
            self._loop.call_soon(self._on_change)

    def _report_loss(self, why: str, error: str = "") -> None:
        if not self._is_away:
            _LOGGER.warning(
                "Camera %s cannot be read (%s); trying again",
                self._name(),
                error or why,
            )
        self._is_away = True
        self._set_picture(why)

    def _deliver(self) -> None:
        if self._reader is None or self._is_delivering:
            return
        self._is_delivering = True
        subscriptions = list(self._subscriptions.items())
        for packaged in self._reader.take():
            self._report_delivery()
            for key, subscription in subscriptions:
                self._feed(key, subscription, packaged)
        self._is_delivering = False

    def _report_delivery(self) -> None:
        if self._is_away:
            _LOGGER.info("Camera %s is back", self._name())
        self._is_away = False
        self._set_picture(None, has_picture=True)

    def _feed(
        self, key: int, subscription: _Subscription, packaged: PackagedFragment
    ) -> None:
        """Feed one outlet, which may detach itself or others at any moment."""
        try:
            if (
                subscription.video != packaged.video
                and packaged.fragment.keyframe
                and self._is_fed(key, subscription)
            ):
                subscription.video = packaged.video
                subscription.outlet.begin(packaged.video)
            if subscription.video is not None and self._is_fed(key, subscription):
                subscription.outlet.feed(packaged.fragment)
        except Exception as error:  # noqa: BLE001  # one outlet's fault must not starve the others
            self.detach(subscription.outlet)
            self._loop.call_exception_handler(
                {
                    "message": f"An outlet of camera {self._name()} failed",
                    "exception": error,
                }
            )

    def _is_fed(self, key: int, subscription: _Subscription) -> bool:
        return (
            self._subscriptions.get(key) is subscription and subscription.is_consented()
        )
