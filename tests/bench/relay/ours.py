"""`python -m tests.bench.relay.ours STREAMS CAMERA RECEIVER CA [home]`: the relay in a process that does nothing else.

It imports no more than the relay needs, unless `home` asks for Home Assistant too. Its lines: `open` attaches all
streams at once, `lag` begins to measure how late the loop is and returns what was measured before, `rest` ends that;
`again K kept` and `again K new` attach one more upload to the first camera, whose share opened before the connection
or just now.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
import ssl
import sys
import time
from types import ModuleType
from typing import Any, Final
from urllib.parse import urlsplit

PACKAGE: Final = "custom_components.latchstring"
if "home" in sys.argv:
    import homeassistant.bootstrap  # noqa: F401  # what is measured is what it takes
else:
    sys.modules[PACKAGE] = ModuleType(PACKAGE)
    sys.modules[PACKAGE].__path__ = [
        str(Path(__file__).parents[3] / "custom_components" / "latchstring")
    ]

from custom_components.latchstring.relay import (  # noqa: E402  # see above
    CameraAddress,
    CameraStream,
    IngestTarget,
    Upload,
)

from .lag import Lag  # noqa: E402  # see above
from .logbook import answer, say  # noqa: E402  # see above


def stream_of(url: str) -> CameraStream:
    """Return the stream of the camera at this address."""

    async def locate() -> CameraAddress:
        return CameraAddress(url=url)

    return CameraStream(
        loop=asyncio.get_running_loop(), locate=locate, name=lambda: "bench"
    )


def attach(stream: CameraStream, upload: Upload, since: float) -> None:
    """Attach an upload whose share has been open since then, by the monotonic clock."""
    stream.attach(upload, lambda: True, since)


class Relay:
    """All streams of this process."""

    def __init__(self, streams: int, camera: str, receiver: str, ca: str) -> None:
        self._receiver = receiver
        self._context = ssl.create_default_context(cafile=ca)
        self._began_at = time.monotonic()
        self._streams = [stream_of(f"{camera}/{k}") for k in range(streams)]
        self._uploading: set[asyncio.Task[None]] = set()
        self._lag = Lag()

    def answers(self, line: str) -> Any:
        """Do what a line says."""
        words = line.split()
        return _DOES[words[0]](self, *words[1:])

    def open(self) -> float:
        """Open all at once; return when."""
        self._lag.begin()
        for number, stream in enumerate(self._streams):
            self._upload(stream, str(number), self._began_at)
        return time.monotonic()

    def again(self, path: str, kept: str) -> float:
        """Open one more; return when."""
        now = time.monotonic()
        since = self._began_at if kept == "kept" else now
        self._upload(self._streams[0], path, since)
        return now

    def lag(self) -> list[float]:
        return self._lag.begin()

    def rest(self) -> list[float]:
        return self._lag.end()

    def _upload(self, stream: CameraStream, path: str, since: float) -> None:
        task = asyncio.get_running_loop().create_task(
            self._attached(stream, path, since)
        )
        self._uploading.add(task)

    async def _attached(self, stream: CameraStream, path: str, since: float) -> None:
        parts = urlsplit(self._receiver)
        assert parts.hostname is not None
        assert parts.port is not None
        target = IngestTarget(
            url=f"{self._receiver}/{path}",
            host=parts.hostname,
            port=parts.port,
            addresses=(parts.hostname,),
            token="bench",
        )
        upload = Upload(target=target, ssl=self._context, on_lost=_lost)
        await upload.connect()
        attach(stream, upload, since)


def _lost(code: str) -> None:
    sys.exit(f"an upload was lost: {code}")


_DOES: Final[dict[str, Callable[..., Any]]] = {
    "open": Relay.open,
    "again": Relay.again,
    "lag": Relay.lag,
    "rest": Relay.rest,
}


async def main(streams: str, camera: str, receiver: str, ca: str) -> None:
    """Relay until stdin ends."""
    relay = Relay(int(streams), camera, receiver, ca)
    say("ready")
    await answer(relay.answers)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
