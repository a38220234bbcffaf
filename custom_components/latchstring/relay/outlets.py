"""The outlets of one camera: each is fed from the first keyframe on that came in after its share was opened."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from .mp4.fragment import Fragment
from .mp4.init_segment import VideoFormat
from .mp4.packager import PackagedFragment


class Outlet(Protocol):
    """A receiver of a camera's video. Both methods are called on the loop."""

    def begin(self, video: VideoFormat) -> None:
        """Take the format: before the first fragment, and whenever it changes."""

    def feed(self, fragment: Fragment) -> None:
        """Take the next fragment."""


@dataclass(slots=True, kw_only=True)
class _Subscription:
    """An outlet, whether it may be fed this connection, since when, and the format it was given last."""

    outlet: Outlet
    is_consented: Callable[[], bool]
    since: float
    video: VideoFormat | None = None


class Outlets:
    """The attached outlets. One that fails is detached, and takes no other with it."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, *, on_failed: Callable[[Outlet], None]
    ) -> None:
        self._loop = loop
        self._on_failed = on_failed
        self._subscriptions: dict[int, _Subscription] = {}

    def __len__(self) -> int:
        return len(self._subscriptions)

    @property
    def are_consented(self) -> bool:
        """Return whether any may be fed this connection."""
        return any(each.is_consented() for each in self._subscriptions.values())

    @property
    def are_waiting(self) -> bool:
        """Return whether any may be fed this connection, and was fed nothing yet."""
        return None in self._formats()

    @property
    def are_fed(self) -> bool:
        """Return whether some may be fed this connection, and all of those were fed something."""
        formats = self._formats()
        return bool(formats) and None not in formats

    def _formats(self) -> list[VideoFormat | None]:
        """Return what those that may be fed this connection were given last."""
        subscriptions = self._subscriptions.values()
        return [each.video for each in subscriptions if each.is_consented()]

    def add(
        self,
        outlet: Outlet,
        is_consented: Callable[[], bool],
        since: float,
        at_hand: Iterable[PackagedFragment],
    ) -> None:
        """Feed this outlet what came in since this moment of the loop's clock: of what is at hand, and what follows."""
        subscription = _Subscription(
            outlet=outlet, is_consented=is_consented, since=since
        )
        if self._subscriptions.setdefault(id(outlet), subscription) is subscription:
            for packaged in at_hand:
                self._feed(subscription, packaged)

    def remove(self, outlet: Outlet) -> None:
        """Feed this outlet nothing more; it may not be there."""
        self._subscriptions.pop(id(outlet), None)

    def clear(self) -> None:
        """Feed nobody any more."""
        self._subscriptions.clear()

    def feed(self, packaged: PackagedFragment) -> None:
        """Feed all, each of which may remove itself or others at any moment."""
        for subscription in tuple(self._subscriptions.values()):
            self._feed(subscription, packaged)

    def _feed(self, subscription: _Subscription, packaged: PackagedFragment) -> None:
        try:
            if self._begins(subscription, packaged) and self._is_fed(subscription):
                subscription.video = packaged.video
                subscription.outlet.begin(packaged.video)
            if subscription.video is not None and self._is_fed(subscription):
                subscription.outlet.feed(packaged.fragment)
        except Exception as error:  # noqa: BLE001  # one outlet's fault must not starve the others
            self._on_failed(subscription.outlet)
            self._loop.call_exception_handler(
                {"message": "An outlet of a camera failed", "exception": error}
            )

    def _begins(self, subscription: _Subscription, packaged: PackagedFragment) -> bool:
        return (
            packaged.fragment.keyframe
            and subscription.video != packaged.video
            and packaged.after >= subscription.since
        )

    def _is_fed(self, subscription: _Subscription) -> bool:
        is_attached = self._subscriptions.get(id(subscription.outlet)) is subscription
        return is_attached and subscription.is_consented()
