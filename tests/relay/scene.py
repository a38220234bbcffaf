"""What a 4K camera sends of a scene in which little moves, and its upload over a line."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
import time
from typing import Final

from custom_components.latchstring.relay import Fragment, Upload

from .footage import VIDEO, footage


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Sizes in bytes; a keyframe begins each group of `group` pictures."""

    keyframe: int
    other: int
    fps: int = 25
    group: int = 50

    @property
    def megabits(self) -> float:
        """Return its average rate in Mb/s."""
        size = self.keyframe + (self.group - 1) * self.other
        return size * 8 * self.fps / self.group / 1_000_000

    def pictures(self, groups: int) -> Iterator[Fragment]:
        """Give all pictures of so many groups."""
        key, other = (
            next(footage(size=size, begin=begin))
            for size, begin in ((self.keyframe, 0), (self.other, 1))
        )
        for number in range(groups * self.group):
            yield replace(
                other if number % self.group else key,
                decode_time=number * 90_000 // self.fps,
                at=time.monotonic(),
            )


STILL_4K: Final = Scene(keyframe=968_000, other=1_500)
"""As x264 codes it at a constant quantiser: 4 Mb/s, nearly all of it keyframes."""
LIVELY: Final = Scene(keyframe=60_000, other=20_000, group=25)
"""4 Mb/s, evenly."""


@dataclass(frozen=True, slots=True)
class Fed:
    """A picture that was sent: when, and how many bytes of the body there were with it."""

    at: float
    end: int
    keyframe: bool


async def feed(upload: Upload, scene: Scene, groups: int) -> list[Fed]:
    """Feed a scene in its own pace, and return the pictures that were sent."""
    loop = asyncio.get_running_loop()
    upload.begin(VIDEO)
    begun, sent = loop.time(), []
    for number, picture in enumerate(scene.pictures(groups)):
        await asyncio.sleep(begun + number / scene.fps - loop.time())
        before, at = upload.progress, loop.time()
        upload.feed(picture)
        if upload.progress != before:
            sent.append(Fed(at, upload.progress.bytes, picture.keyframe))
    return sent
