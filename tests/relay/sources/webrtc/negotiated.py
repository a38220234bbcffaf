"""How a session with a test's camera is negotiated, in the ways of those that Home Assistant has."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from custom_components.latchstring.relay import CameraStream, WebRtcSource
from custom_components.latchstring.relay.sources.webrtc.source import (
    CameraAnswer,
    CameraCandidate,
    CameraEnded,
    CameraMessage,
)
from tests.cameras.webrtc import AnswersOffers, WebRtcCamera

type Say = Callable[[CameraMessage], None]


class Candidates(StrEnum):
    """When the camera's candidates come."""

    BEFORE = "before"
    INSIDE = "inside"
    AFTER = "after"


@dataclass(slots=True)
class Negotiator[CameraT: AnswersOffers = WebRtcCamera]:
    """Negotiates sessions, and keeps what became of each."""

    camera: CameraT
    candidates: Candidates = Candidates.INSIDE
    is_ended_at_once: bool = False
    """Whether the camera's side ends the next session as soon as it has answered."""
    opened: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    offers: list[str] = field(default_factory=list)
    says: list[Say] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    closing: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def source(self) -> WebRtcSource:
        """The camera as the relay knows it."""
        return WebRtcSource(name="porch", signaling=lambda: _Signaling(self))

    def stream(self, on_change: Callable[[], None] = lambda: None) -> CameraStream:
        """The camera's stream, which soon tries again."""

        async def locate() -> WebRtcSource:
            return self.source

        return CameraStream(
            loop=asyncio.get_running_loop(),
            locate=locate,
            name=lambda: "Porch",
            pause=lambda _attempt: 0.05,
            on_change=on_change,
        )

    def end(self) -> None:
        """Have the camera's side end the last session."""
        self.says[-1](CameraEnded())

    async def until_closed(self) -> None:
        """Wait until the camera itself has no session."""
        await self.camera.until_closed()


class _Signaling:
    """One session."""

    def __init__(self, negotiator: Negotiator[Any]) -> None:
        self._all = negotiator
        self._session = ""

    async def offer(self, sdp: str, on_message: Say) -> None:
        self._all.offers.append(sdp)
        self._all.says.append(on_message)
        answer = await self._all.camera.offer(sdp)
        self._session = answer.session
        self._all.opened.append(answer.session)
        lines = "".join(f"a={each}\r\n" for each in answer.candidates)
        spoken = [CameraCandidate(text=each) for each in answer.candidates]
        match self._all.candidates:
            case Candidates.BEFORE:
                said: list[CameraMessage] = [*spoken, CameraAnswer(sdp=answer.sdp)]
            case Candidates.INSIDE:
                said = [CameraAnswer(sdp=f"{answer.sdp}{lines}a=end-of-candidates\r\n")]
            case _:
                said = [CameraAnswer(sdp=answer.sdp), *spoken]
        if self._all.is_ended_at_once:
            self._all.is_ended_at_once = False
            await self._all.camera.close(answer.session)
            said.append(CameraEnded())
        for message in said:
            on_message(message)

    async def add_candidate(self, candidate: str) -> None:
        self._all.added.append(candidate)

    def close(self) -> None:
        if self._session:
            self._all.closed.append(self._session)
            task = asyncio.create_task(self._all.camera.close(self._session))
            self._all.closing.add(task)
            task.add_done_callback(self._all.closing.discard)
