"""One connection to a camera, read by the reader that a test is about."""

import asyncio
from collections.abc import Callable

from custom_components.latchstring.relay import CameraAddress
from custom_components.latchstring.relay.mp4.packager import PackagedFragment
from custom_components.latchstring.relay.mp4.timeline import Timeline
from custom_components.latchstring.relay.sources.reader import Reader
from custom_components.latchstring.relay.sources.reading import CameraTraits, Reading
from custom_components.latchstring.relay.sources.refused_logins import RefusedLogins
from tests.relay.news import PATIENCE, News


class Watched:
    """A reader, and what it has delivered."""

    def __init__(
        self,
        reader_of: Callable[[CameraAddress, Reading], Reader],
        url: str,
        *,
        is_slow: bool = False,
    ) -> None:
        self.fragments: list[PackagedFragment] = []
        self.news = News()
        self.reader = reader_of(
            CameraAddress(url=url),
            Reading(
                loop=asyncio.get_running_loop(),
                name="Porch",
                timeline=Timeline(),
                deliver=self._deliver,
                traits=CameraTraits(is_slow=is_slow),
                refused_logins=RefusedLogins(),
            ),
        )

    async def until(self, fragments: int) -> None:
        await self.news.until(lambda: len(self.fragments) >= fragments)

    async def fault(self) -> str | None:
        """Read until it is over, and give why."""
        self.reader.start()
        async with asyncio.timeout(PATIENCE):
            await self.reader.async_join()
        return self.reader.fault

    def _deliver(self, packaged: PackagedFragment) -> None:
        self.fragments.append(packaged)
        self.news.tell()
