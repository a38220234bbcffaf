"""A camera with WebRTC as a test sees it: aiortc in a process of its own."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
import signal
import sys
from typing import Any, Final, Protocol

from aiohttp import ClientConnectionError, ClientSession, ClientTimeout

from .model import Model

ROOT: Final = Path(__file__).parents[3]
PATIENCE: Final = 30
_PAUSE: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What it answers to an offer; its candidates come apart."""

    session: str
    sdp: str
    candidates: tuple[str, ...]

    @property
    def whole(self) -> str:
        """The answer with its candidates in it, at the first medium, by whose way all the others go."""
        session, begin, media = self.sdp.partition("m=")
        first, end, rest = media.partition("\r\n")
        lines = "".join(f"a={each}\r\n" for each in self.candidates)
        return f"{session}{begin}{first}{end}{lines}a=end-of-candidates\r\n{rest}"


class AnswersOffers(Protocol):
    """A camera, whoever made it."""

    async def offer(self, sdp: str) -> Answer:
        """Begin a session."""

    async def close(self, session: str) -> None:
        """End a session."""

    async def until_closed(self) -> None:
        """Wait until there is no session."""


class WebRtcCamera:
    """A running camera."""

    def __init__(
        self, url: str, http: ClientSession, process: asyncio.subprocess.Process
    ) -> None:
        """Take where it is asked, and what it runs in."""
        self.url = url
        self._http = http
        self._process = process

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._process.pid

    def stall(self) -> None:
        """Let nothing of it go on, until `resume`."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Go on."""
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it without a word to anybody."""
        self._process.kill()

    async def offer(self, sdp: str) -> Answer:
        """Begin a session."""
        said = await self._post("offer", sdp=sdp)
        return Answer(
            session=said["session"],
            sdp=said["sdp"],
            candidates=tuple(said["candidates"]),
        )

    async def close(self, session: str) -> None:
        """End a session; those of a process that is gone have ended."""
        with suppress(ClientConnectionError):
            await self._post("close", session=session)

    async def over(self, session: str) -> None:
        """Wait until a session is over, whoever ended it; those of a process that is gone are."""
        with suppress(ClientConnectionError):
            await self._post("over", session=session)

    async def sessions(self) -> list[str]:
        """Return the sessions that nobody has ended."""
        found: list[str] = (await self.state())["open"]
        return found

    async def until_closed(self) -> None:
        """Wait until there is no session."""
        await self.until(lambda state: not state["open"])

    async def state(self) -> dict[str, Any]:
        """What goes on, as `__main__` says."""
        async with self._http.get(f"{self.url}/state") as response:
            state: dict[str, Any] = await response.json()
            return state

    async def until(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait for something it tells; TimeoutError when it does not come."""
        async with asyncio.timeout(PATIENCE):
            while True:
                if holds(state := await self.state()):
                    return state
                await asyncio.sleep(_PAUSE)

    async def _post(self, path: str, **body: str) -> dict[str, Any]:
        async with self._http.post(f"{self.url}/{path}", json=body) as response:
            response.raise_for_status()
            if response.content_type != "application/json":
                return {}
            said: dict[str, Any] = await response.json()
            return said


@asynccontextmanager
async def webrtc_camera(model: Model | None = None) -> AsyncIterator[WebRtcCamera]:
    """Run a camera."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __package__ or "",
        (model or Model()).to_json(),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            port = int(await process.stdout.readline())
        # A test that lets time pass would have it pass for what is asked meanwhile too.
        async with ClientSession(timeout=ClientTimeout(total=None)) as http:
            yield WebRtcCamera(f"http://127.0.0.1:{port}", http, process)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
