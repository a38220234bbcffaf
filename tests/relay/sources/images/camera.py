"""A camera that gives images only, as other people's code gives them, and a viewer with a clock that a test turns."""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
import gc
import threading
from typing import Any, Final, override

from custom_components.latchstring.relay import ImageSource
from custom_components.latchstring.relay.mp4.packager import PackagedFragment
from custom_components.latchstring.relay.mp4.timeline import Timeline
from custom_components.latchstring.relay.sources.images.reader import ImageReader
from custom_components.latchstring.relay.sources.reading import (
    CameraTraits,
    NewImage,
    Reading,
)
from custom_components.latchstring.relay.sources.refused_logins import RefusedLogins
from tests.cameras.odd import numbers_in
from tests.loop_clock import LoopClock, run_by
from tests.relay.encode.images import still
from tests.relay.news import PATIENCE, News

BEGIN: Final = 1_000_000.0
"""A moment from which on seconds and halves of them are exact."""

type Answer = bytes | Exception | asyncio.Event | None
"""An image; an error; what must happen before there is one; nothing."""


class ImageCamera:
    """Gives its answers one after the other, and the last again and again."""

    def __init__(self, answers: Iterable[Answer]) -> None:
        self.answers = [*answers]
        self.asked: list[float] = []
        self.answered = 0
        self.being_asked = self.most_being_asked = 0
        self.is_stubborn = False
        """Whether it goes on where it is told to end."""
        self.news = News()

    async def fetch(self) -> Any:
        self.asked.append(asyncio.get_running_loop().time())
        self.being_asked += 1
        self.most_being_asked = max(self.most_being_asked, self.being_asked)
        self.news.tell()
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
        try:
            return await self._given(answer)
        finally:
            self.being_asked -= 1
            self.answered += 1
            self.news.tell()

    async def _given(self, answer: Answer) -> bytes | None:
        if isinstance(answer, Exception):
            raise answer
        if not isinstance(answer, asyncio.Event):
            return answer
        while not answer.is_set():
            with suppress(*([asyncio.CancelledError] if self.is_stubborn else [])):
                await answer.wait()
        return still(99)


class Threads(ThreadPoolExecutor):
    """Counts what it works on; a test may hold it up."""

    def __init__(self) -> None:
        super().__init__(1)
        self._begun = threading.Event()
        self.may_end = threading.Event()
        self.may_end.set()
        self.working = 0

    def until_begun(self) -> None:
        """Wait, and hold up the loop: what it works on must not be its."""
        assert self._begun.wait(PATIENCE)

    @override
    def submit[**P, R](
        self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs
    ) -> Future[R]:
        def work() -> R:
            self.working += 1
            self._begun.set()
            try:
                self.may_end.wait()
                return fn(*args, **kwargs)
            finally:
                self.working -= 1

        return super().submit(work)


class Viewing:
    """A reader of a camera, what it has delivered, and the clock."""

    def __init__(
        self,
        clock: LoopClock,
        *answers: Answer,
        interval: float = 0.5,
    ) -> None:
        self.clock = clock
        self.camera = ImageCamera(answers)
        self.fragments: list[PackagedFragment] = []
        self.images: list[NewImage] = []
        self.news = News()
        self.on_delivery: Callable[[], None] = lambda: None
        self.threads = Threads()
        self.traits = CameraTraits()
        clock.set_default_executor(self.threads)
        self.source = ImageSource(
            name="porch", fetch=self.camera.fetch, interval=interval
        )
        self.reader = self.another_reader()

    def another_reader(self) -> ImageReader:
        return ImageReader(
            self.source,
            Reading(
                loop=self.clock,
                name="Porch",
                timeline=Timeline(),
                deliver=self._deliver,
                traits=self.traits,
                refused_logins=RefusedLogins(),
                on_image=self.images.append,
            ),
        )

    @property
    def numbers(self) -> list[int]:
        """The numbers in the pictures, each as somebody sees it who begins with it."""
        return [number for each in self.fragments for number in numbers_of(each)]

    async def asked(self, count: int) -> None:
        await self.camera.news.until(lambda: len(self.camera.asked) >= count)

    async def answered(self, count: int) -> None:
        """Wait until the camera has answered so often, and what it gave has been looked at."""
        await self.camera.news.until(lambda: self.camera.answered >= count)

    async def delivered(self, count: int) -> None:
        await self.news.until(lambda: len(self.fragments) >= count)

    async def after(self, seconds: float) -> None:
        """Let so much time pass, once something is to happen then."""
        moment = self.clock.time() + seconds
        await self.clock.plans_for(moment)
        self.clock.turn_to(moment)

    async def over(self) -> None:
        """Wait until it has ended, and nothing is left behind."""
        await self.reader.async_join()
        assert self.reader.ended.is_set()
        assert self.threads.working == 0
        for _ in range(20):
            await asyncio.sleep(0)  # what was told to end does so now
        assert asyncio.all_tasks() == {asyncio.current_task()}

    def _deliver(self, packaged: PackagedFragment) -> None:
        self.fragments.append(packaged)
        self.news.tell()
        self.on_delivery()


def numbers_of(*pictures: PackagedFragment) -> list[int]:
    """Return the numbers in pictures of one size, by a decoder."""
    data = [packaged.fragment.data for packaged in pictures]
    return numbers_in(b"".join((pictures[0].video.init, *data)))


def view(
    watch: Callable[[Viewing], Any], *answers: Answer, interval: float = 0.5
) -> Viewing:
    """Have a camera watched, from `BEGIN` on by a clock that stands still."""
    clock = LoopClock()
    untold: list[object] = []
    clock.set_exception_handler(lambda _loop, context: untold.append(context))

    async def watched() -> Viewing:
        with clock.stopped():
            clock.turn_to(BEGIN)
            viewing = Viewing(clock, *answers, interval=interval)
            viewing.reader.start()
            await watch(viewing)
            viewing.reader.stop()
            await viewing.over()
            return viewing

    found: list[Viewing] = []

    async def kept() -> None:
        found.append(await watched())

    run_by(clock, kept())
    gc.collect()
    assert untold == []  # what asyncio would log, with whatever texts errors have
    return found[0]
