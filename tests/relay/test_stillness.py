"""Since when an image has been the same."""

import asyncio
from datetime import UTC, datetime, timedelta

from custom_components.latchstring.core.protocol import STILL_SECONDS
from custom_components.latchstring.relay.sources.reading import NewImage
from custom_components.latchstring.relay.stillness import Stillness
from tests.loop_clock import LoopClock, run_by

JUST = timedelta(seconds=1)


class Watched:
    """The images of one camera, by a clock of their own."""

    def __init__(self) -> None:
        self.clock = asyncio.get_running_loop()
        assert isinstance(self.clock, LoopClock)
        self.changes = 0
        self.stillness = Stillness(self.clock, on_change=self._changed)

    def _changed(self) -> None:
        self.changes += 1

    def show(self, *, is_first: bool = False) -> None:
        self.stillness.take(NewImage(at=self.clock.time(), is_first=is_first))

    async def wait(self, seconds: float) -> None:
        assert isinstance(self.clock, LoopClock)
        self.clock.jump(seconds)
        for _ in range(3):
            await asyncio.sleep(0)


def test_an_image_is_still_once_it_has_been_the_same_for_ten_seconds() -> None:
    async def it_stays() -> None:
        camera = Watched()
        shown_at = datetime.now(UTC)
        camera.show()
        await camera.wait(STILL_SECONDS - 0.5)
        assert (camera.stillness.still, camera.changes) == (None, 0)
        await camera.wait(1)
        still = camera.stillness.still
        assert still is not None
        # the wall clock of this test did not jump
        assert abs(still.since - shown_at + timedelta(seconds=STILL_SECONDS)) < JUST
        assert (still.or_longer, camera.changes) == (False, 1)

    run_by(LoopClock(), it_stays())


def test_the_first_image_may_be_older_than_anybody_knows() -> None:
    async def it_stays() -> None:
        camera = Watched()
        camera.show(is_first=True)
        await camera.wait(STILL_SECONDS + 0.5)
        still = camera.stillness.still
        assert still is not None
        assert still.or_longer

    run_by(LoopClock(), it_stays())


def test_another_image_ends_it_at_once_and_begins_anew() -> None:
    async def it_moves() -> None:
        camera = Watched()
        camera.show()
        await camera.wait(STILL_SECONDS + 0.5)
        camera.show()
        assert camera.stillness.still is None
        await camera.wait(STILL_SECONDS - 0.5)
        assert (camera.stillness.still, camera.changes) == (None, 2)
        await camera.wait(1)
        assert camera.stillness.still is not None

    run_by(LoopClock(), it_moves())


def test_an_image_that_keeps_changing_is_never_still_and_tells_nobody() -> None:
    async def it_moves() -> None:
        camera = Watched()
        for _ in range(10):
            camera.show()
            await camera.wait(STILL_SECONDS - 0.5)
        assert (camera.stillness.still, camera.changes) == (None, 0)

    run_by(LoopClock(), it_moves())


def test_nothing_is_kept_of_a_camera_that_is_read_no_more() -> None:
    async def it_ends() -> None:
        camera = Watched()
        camera.show()
        await camera.wait(STILL_SECONDS + 0.5)
        camera.stillness.clear()
        assert camera.stillness.still is None
        camera.show()
        camera.stillness.clear()
        await camera.wait(2 * STILL_SECONDS)
        assert (camera.stillness.still, camera.changes) == (None, 2)

    run_by(LoopClock(), it_ends())
