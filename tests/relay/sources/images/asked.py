"""A camera that gives images only, and keeps when it was asked; and one reader of it."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from custom_components.latchstring.relay import ImageSource
from custom_components.latchstring.relay.mp4.packager import PackagedFragment
from custom_components.latchstring.relay.mp4.timeline import Timeline
from custom_components.latchstring.relay.sources.images.reader import ImageReader
from custom_components.latchstring.relay.sources.reading import CameraTraits, Reading
from custom_components.latchstring.relay.sources.refused_logins import RefusedLogins
from tests.cameras.odd import numbers_in
from tests.relay.news import PATIENCE, News

type Answer = bytes | Exception


class AskedCamera:
    """Gives these answers one after the other, and the last one for ever; while it is held, it gives none."""

    def __init__(self, *answers: Answer, interval: float = 0.0) -> None:
        self.asked_at: list[float] = []
        self.given = 0
        self.news = News()
        self.source = ImageSource(name="porch", fetch=self._fetch, interval=interval)
        self._answers = list(answers)
        self._may_answer = asyncio.Event()
        self._may_answer.set()

    def show(self, *answers: Answer) -> None:
        """Give these from now on."""
        self._answers = list(answers)

    def hold(self) -> None:
        """Give nothing until it is let go."""
        self._may_answer.clear()

    def let_go(self) -> None:
        self._may_answer.set()

    async def until_asked(self, times: int) -> None:
        """Wait until it was asked so often."""
        await self.news.until(lambda: len(self.asked_at) >= times)

    async def until_asked_again(self, times: int = 1) -> None:
        """Wait until it is asked so often from now on: all but the last answer has been dealt with then."""
        await self.until_asked(len(self.asked_at) + times)

    async def _fetch(self) -> bytes:
        self.asked_at.append(asyncio.get_running_loop().time())
        self.news.tell()
        await self._may_answer.wait()
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        self.given += 1
        if isinstance(answer, Exception):
            raise answer
        return answer


class Watched:
    """A reader, and what it has delivered."""

    def __init__(self, source: ImageSource) -> None:
        self.fragments: list[PackagedFragment] = []
        self.news = News()
        self.reader = ImageReader(
            source,
            Reading(
                loop=asyncio.get_running_loop(),
                name="Porch",
                timeline=Timeline(),
                deliver=self._deliver,
                traits=CameraTraits(),
                refused_logins=RefusedLogins(),
            ),
        )

    async def until(self, fragments: int) -> None:
        await self.news.until(lambda: len(self.fragments) >= fragments)

    async def until_over(self) -> str | None:
        """Wait until it is over, and give why."""
        async with asyncio.timeout(PATIENCE):
            await self.reader.async_join()
        return self.reader.fault

    @property
    def numbers(self) -> list[int]:
        """The numbers of all pictures, as somebody decodes them who got each format when it began."""
        return [number for body in self._bodies() for number in numbers_in(body)]

    def _bodies(self) -> Iterable[bytes]:
        return [each.video.init + each.fragment.data for each in self.fragments]

    def _deliver(self, packaged: PackagedFragment) -> None:
        self.fragments.append(packaged)
        self.news.tell()


@asynccontextmanager
async def watching(camera: AskedCamera) -> AsyncIterator[Watched]:
    """Read a camera, and leave nothing behind."""
    watched = Watched(camera.source)
    watched.reader.start()
    try:
        yield watched
    finally:
        watched.reader.stop()
        camera.let_go()
        await watched.until_over()
