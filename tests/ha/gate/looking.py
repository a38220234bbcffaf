"""Viewers who look at a camera that numbers its pictures, from its opening to its closing, again and again."""

import asyncio
from dataclasses import dataclass, field
import math
import random
from typing import Final, override

from tests.cameras.odd import OddCamera, numbers_in
from tests.reference_hub import Opened
from tests.relay.boxes import parts, whole

from .ways_to_open import Shared, Way

FEW: Final = 3
"""Parts of a video: its head, a keyframe and one more picture."""
LONGEST_GLANCE: Final = 0.6
LONGEST_PAUSE: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """When a camera was opened to a viewer, and when it had sent each of the pictures that were decoded."""

    began: float
    sent: list[float]

    @property
    def margin(self) -> float:
        """Seconds from the opening to when the first of them was sent."""
        return min(self.sent) - self.began


@dataclass(slots=True, kw_only=True)
class Looks:
    """One camera is opened and closed in one way, and what its viewers were shown."""

    shared: Shared
    camera: OddCamera
    way: Way
    waits: bool
    """It is opened while a keyframe comes, and every other viewer stays until they see something."""
    taken: list[Look] = field(default_factory=list)
    seconds: int = 0
    """Viewers who came after another one in the same opening."""
    at_once: int = 0
    """Those of them whose first picture was one that the other viewer had seen."""

    @override
    def __str__(self) -> str:
        """Give the figures."""
        nearest = min((look.margin for look in self.shown), default=None)
        return (
            f"{self.shared.label}: {len(self.taken)} sessions, {len(self.shown)} with a picture, "
            f"{sum(len(look.sent) for look in self.shown)} pictures, the nearest {nearest} s after its opening; "
            f"{self.seconds} second viewers, {self.at_once} shown at once"
        )

    @property
    def shown(self) -> list[Look]:
        """Those in which a picture was seen."""
        return [look for look in self.taken if look.sent]

    @property
    def from_before(self) -> list[Look]:
        """Those in which one was seen that was sent before the opening."""
        return [look for look in self.shown if look.margin < 0]

    async def take(self, openings: int, *, hangs_up: bool) -> None:
        """Open and close the camera so many times, at any moment; it may hang up in between."""
        moments = random.Random(self.shared.label)  # noqa: S311  # moments are no secret
        for number in range(openings):
            if self.waits:
                await self._until_keyframe()
                await asyncio.sleep(moments.uniform(0, self.camera.oddities.spread))
            began = await self.way.opens(self.shared)
            if self.waits and not number % 2:
                await self._until_shown(began)
            else:
                await self._glance(began, moments.uniform(0, LONGEST_GLANCE))
            if hangs_up:
                self.camera.hang_up()
            await asyncio.sleep(moments.uniform(0, LONGEST_PAUSE))

    async def _until_keyframe(self) -> None:
        every = self.camera.oddities.film.keyframe_every
        keyframes = math.ceil(self.camera.next_tick() / every)
        await self.camera.until_tick(keyframes * every)

    async def _glance(self, began: float, seconds: float) -> None:
        session = await self._enter()
        await asyncio.sleep(seconds)
        await self.way.closes(self.shared)
        await self._leave(began, session)

    async def _until_shown(self, began: float) -> None:
        """Watch, and where more than one viewer is let in watch once more in the same opening."""
        hub = self.shared.hub
        session = await self._enter()
        await hub.fragments(session, FEW)
        if self.way.is_for_one:
            await self.way.closes(self.shared)
            await self._leave(began, session)
            return
        await hub.close_session(session)
        first = await self._leave(began, session)
        session = await self._enter()
        await hub.fragments(session, FEW)
        await self.way.closes(self.shared)
        second = await self._leave(began, session)
        self.seconds += 1
        self.at_once += second.sent[0] <= first.sent[-1]

    async def _enter(self) -> str:
        opened = await self.shared.hub.open_session(self.shared.camera)
        assert isinstance(opened, Opened), opened
        return opened.session

    async def _leave(self, began: float, session: str) -> Look:
        """Decode what a viewer got, when no more of it can come."""
        hub = self.shared.hub
        await hub.ended(session)
        kept = hub.sessions.get(session)
        video = b""
        if kept is not None and kept.upload is not None:
            video = whole((await hub.upload_ended(session)).capture or b"")
        shown = len(parts(video)) > 1
        numbers = await asyncio.to_thread(numbers_in, video) if shown else []
        look = Look(began=began, sent=[self.camera.sent[each][-1] for each in numbers])
        self.taken.append(look)
        return look
