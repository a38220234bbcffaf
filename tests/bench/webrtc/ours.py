"""`python -m tests.bench.webrtc.ours CAMERA`: the relay's streams in a process that does nothing else.

It imports no more than they need. Its lines: `open N` attaches an outlet to each of so many streams, `again K` one more
to the first stream, `take` returns which pictures have come, `close` closes all streams. A stream's pictures are noted
by its session, those of one more outlet by `again K`.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
import sys
import time
from types import ModuleType
from typing import Any, Final

PACKAGE: Final = "custom_components.latchstring"
sys.modules[PACKAGE] = ModuleType(PACKAGE)
sys.modules[PACKAGE].__path__ = [
    str(Path(__file__).parents[3] / "custom_components" / "latchstring")
]

from aiohttp import ClientSession  # noqa: E402  # see above

from custom_components.latchstring.relay import (  # noqa: E402  # see above
    CameraStream,
    Fragment,
    VideoFormat,
    WebRtcSource,
)
from custom_components.latchstring.relay.sources.webrtc.source import (  # noqa: E402  # see above
    CameraAnswer,
    CameraMessage,
)
from tests.bench.relay.logbook import Logbook, answer, say  # noqa: E402  # see above
from tests.bench.relay.pictures import keys  # noqa: E402  # see above
from tests.loopback import ice_on_loopback  # noqa: E402  # see above

from .offering import close, offer  # noqa: E402  # see above

_BOX_HEAD: Final = 8


@dataclass(slots=True)
class Signaling:
    """One session of a stream, whose name is that of its outlet."""

    http: ClientSession
    camera: str
    outlet: Outlet
    closing: set[asyncio.Task[None]]

    async def offer(
        self, sdp: str, on_message: Callable[[CameraMessage], None]
    ) -> None:
        answered = await offer(self.http, self.camera, sdp)
        self.outlet.name = answered.session
        on_message(CameraAnswer(sdp=answered.sdp))

    async def add_candidate(self, candidate: str) -> None: ...

    def close(self) -> None:
        if self.outlet.name:
            task = asyncio.create_task(close(self.http, self.camera, self.outlet.name))
            self.closing.add(task)


@dataclass(slots=True)
class Outlet:
    """Notes each picture when it is there."""

    logbook: Logbook
    name: str = ""

    def begin(self, video: VideoFormat) -> None: ...

    def feed(self, fragment: Fragment) -> None:
        at = time.monotonic()
        behind = int.from_bytes(fragment.data[:4]) + _BOX_HEAD
        for picture in keys(fragment.data[behind:]):
            self.logbook.note(self.name, picture, at)


class Streams:
    """All streams of this process."""

    def __init__(self, http: ClientSession, camera: str) -> None:
        self._http = http
        self._camera = camera
        self._logbook = Logbook()
        self._streams: list[CameraStream] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def answers(self, line: str) -> Any:
        """Do what a line says."""
        words = line.split()
        return _DOES[words[0]](self, line, *words[1:])

    def open(self, _line: str, number: str) -> float:
        """Open so many at once; return when."""
        for _ in range(int(number)):
            outlet = Outlet(self._logbook)
            self._streams.append(self._stream(outlet))
            self._streams[-1].attach(outlet, lambda: True)
        return time.monotonic()

    def again(self, line: str, _number: str) -> float:
        """Open one more; return when."""
        self._streams[0].attach(Outlet(self._logbook, line), lambda: True)
        return time.monotonic()

    def take(self, line: str) -> Any:
        return self._logbook.take(line)

    def close(self, _line: str) -> None:
        for stream in self._streams:
            self._tasks.add(asyncio.create_task(stream.async_close()))
        self._streams.clear()

    def _stream(self, outlet: Outlet) -> CameraStream:
        async def locate() -> WebRtcSource:
            return WebRtcSource(
                name="bench",
                signaling=lambda: Signaling(
                    self._http, self._camera, outlet, self._tasks
                ),
            )

        return CameraStream(
            loop=asyncio.get_running_loop(), locate=locate, name=lambda: "bench"
        )


_DOES: Final[dict[str, Callable[..., Any]]] = {
    "open": Streams.open,
    "again": Streams.again,
    "take": Streams.take,
    "close": Streams.close,
}


async def main(camera: str) -> None:
    """Receive until stdin ends."""
    with ice_on_loopback():
        async with ClientSession() as http:
            streams = Streams(http, camera)
            say("ready")
            await answer(streams.answers)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
