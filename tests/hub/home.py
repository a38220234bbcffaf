"""A home as far as the connection needs one: it notes what it is told, and answers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, override

from aiohttp import ClientTimeout

from custom_components.latchstring.core.errors import ErrorCode, PairingProblem
from custom_components.latchstring.core.messages import (
    CameraEntry,
    Cameras,
    CameraState,
    Empty,
    HubMessage,
    Result,
    SessionClose,
)
from custom_components.latchstring.core.pairing import Discovery, parse_invitation
from custom_components.latchstring.core.receipt import pins
from custom_components.latchstring.hub.client_session import TIMEOUT, client_session
from custom_components.latchstring.hub.control import Control, Pairing
from custom_components.latchstring.hub.discovery import discover
from custom_components.latchstring.hub.handler import MessageHandler
from custom_components.latchstring.hub.keys import HubKeys
from custom_components.latchstring.hub.pairing import pair
from custom_components.latchstring.hub.timing import AttemptTiming
from tests.reference_hub import ReferenceHub
from tests.reference_hub.waiting import Changes

QUICK = AttemptTiming(
    ping=0.05, silence=5.0, farewell=0.5, spread=0.02, longest_wait=0.1
)
"""Quick to come back and patient with a busy machine."""

type Answer = Callable[[HubMessage], Awaitable[Result]]


async def _done(_message: HubMessage) -> Result:
    return Empty()


def name(message: HubMessage) -> str:
    """The session a test's message is about."""
    assert isinstance(message, SessionClose)
    return message.session


class Home(MessageHandler):
    """Answers as a test says; `events` is what happened, in order."""

    def __init__(self, answer: Answer = _done) -> None:
        self.events: list[str] = []
        self.refusals: list[ErrorCode] = []
        self.received: dict[str, float] = {}
        self.discovered: list[Discovery] = []
        self.frames = 0
        self._answer = answer
        self._changes = Changes()

    async def until(self, *events: str) -> None:
        """Wait until all of these have happened."""
        await self.holds(lambda: all(event in self.events for event in events))

    async def times(self, event: str, count: int) -> None:
        await self.holds(lambda: self.events.count(event) >= count)

    async def holds(self, claim: Callable[[], bool]) -> None:
        await self._changes.until(lambda: claim() or None)

    def count(self, kind: str) -> int:
        return sum(event.split()[0] == kind for event in self.events)

    async def more(self, kind: str, *, than: int) -> None:
        await self.holds(lambda: self.count(kind) > than)

    def note(self, event: str) -> None:
        self.events.append(event)
        self._changes.happened()

    @override
    def cameras(self) -> Cameras:
        entry = CameraEntry(
            camera="mX2p5y1HqT8wZr4kQv7bNg", label="Porch", state=CameraState.CLOSED
        )
        return Cameras(cameras=(entry,))

    @override
    def connected(self) -> None:
        self.note("connected")

    @override
    def connection_failed(self, problem: PairingProblem) -> None:
        self._changes.happened()

    @override
    def frame_received(self) -> None:
        self.frames += 1
        self._changes.happened()

    @override
    def disconnected(self) -> None:
        self.note("disconnected")

    @override
    def is_awaited(self, message: HubMessage) -> bool:
        return False

    @override
    async def answer(self, message: HubMessage, received: float) -> Result:
        self.received[name(message)] = received
        self.note(f"asked {name(message)}")
        return await self._answer(message)

    @override
    def answer_sent(self, message: HubMessage) -> None:
        self.note(f"answered {name(message)}")

    @override
    def answer_lost(self, message: HubMessage) -> None:
        self.note(f"unanswered {name(message)}")

    @override
    def request_refused(self, code: ErrorCode) -> None:
        self.refusals.append(code)
        self._changes.happened()

    @override
    def discovery_changed(self, discovery: Discovery) -> None:
        self.discovered.append(discovery)
        self.note("changed")

    @override
    def home_unknown(self) -> None:
        self.note("forgotten")


def spawn(work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
    """Start a task as a config entry starts its own."""
    loop = asyncio.get_running_loop()
    return asyncio.Task(work, loop=loop, name=name, eager_start=True)


def control_task() -> asyncio.Task[Any]:
    """The one task in which the home's connection lives."""
    [task] = [each for each in asyncio.all_tasks() if "control" in each.get_name()]
    return task


@asynccontextmanager
async def paired(
    hub: ReferenceHub,
    *,
    timing: AttemptTiming = QUICK,
    keys: HubKeys | None = None,
    again: bool = False,
    within: ClientTimeout = TIMEOUT,
) -> AsyncIterator[Control]:
    """Pair, or say one has `again`, and give a connection that can be started."""
    keys = keys or HubKeys.generate()
    invitation = parse_invitation(hub.invitation())
    at = datetime.now(UTC)
    host = invitation.typed_host
    async with client_session(
        typed_host=host, only_local=False, timeout=within
    ) as session:
        discovery = await discover(session, invitation.origin, at=at)
        if not again:
            await pair(session, invitation, discovery, keys, at=at)
        pairing = Pairing(origin=invitation.origin, pins=pins(discovery), keys=keys)
        control = Control(session=session, pairing=pairing, spawn=spawn, timing=timing)
        try:
            yield control
        finally:
            await control.async_close()


@asynccontextmanager
async def connected(
    hub: ReferenceHub,
    home: Home,
    *,
    timing: AttemptTiming = QUICK,
    keys: HubKeys | None = None,
    within: ClientTimeout = TIMEOUT,
) -> AsyncIterator[Control]:
    """Pair and dial in."""
    async with paired(hub, timing=timing, keys=keys, within=within) as control:
        control.start(home)
        await home.until("connected")
        await hub.home_connected()
        yield control
