"""A paired home as this hub sees it now, and all that was said between them."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
import json
import time
from typing import Any, Literal

from aiohttp import web

from .jose import unverified
from .store import PairedHome
from .wire import new_id

ANSWER_WITHIN = 15.0
UNANSWERED = 100  # requests kept for a home that is away
ALARMS = 100  # of one home, at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One control message, as it went over the wire."""

    direction: Literal["to home", "from home"]
    home: str
    text: str
    wall: float
    monotonic: float

    @property
    def message(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.text)
        return read


type Transcript = deque[Exchange]


class Gone(Exception):
    """The home is not connected, or was cut off before it answered."""


class Connection:
    """One WebSocket with a home; its requests and their answers."""

    def __init__(
        self, home: str, socket: web.WebSocketResponse, transcript: Transcript
    ) -> None:
        self._home = home
        self.socket = socket
        self._transcript = transcript
        self.told_cameras = False
        self.offered: str | None = None  # the checkpoint that the home showed last
        self.cosigned: str | None = None  # the one of which it took our cosignature
        self._waiting: dict[str | int | None, asyncio.Future[dict[str, Any]]] = {}
        self._cosigning: dict[str | int | None, str] = {}

    @property
    def has_cosigned(self) -> bool:
        """Whether we signed the tree that was shown here, and not only one that was shown to us elsewhere."""
        return self.offered is not None and self.cosigned == self.offered

    async def request(
        self, method: str, params: object, *, cosigned: str | None = None
    ) -> dict[str, Any]:
        """Ask, and give the whole answer, be it a result or an error; `cosigned` is the checkpoint that this is for."""
        key = new_id()
        message = {"jsonrpc": "2.0", "id": key, "method": method, "params": params}
        answer: asyncio.Future[dict[str, Any]] = asyncio.Future()
        self._waiting[key] = answer
        if cosigned is not None:
            self._cosigning[key] = cosigned
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                await self.send(json.dumps(message, ensure_ascii=False))
                return await answer
        except (TimeoutError, ConnectionError) as error:
            raise Gone from error
        finally:
            del self._waiting[key]
            self._cosigning.pop(key, None)

    async def send(self, raw: str | bytes) -> None:
        """Send a frame just as it is, however wrong."""
        if isinstance(raw, bytes):
            self.note("to home", raw.hex())
            await self.socket.send_bytes(raw)
        else:
            self.note("to home", raw)
            await self.socket.send_str(raw)

    def answered(self, message: dict[str, Any]) -> None:
        """Take an answer. What it says of our cosignature counts at once: a goodbye may come right behind it."""
        if "result" in message and message["id"] in self._cosigning:
            self.cosigned = self._cosigning[message["id"]]
        waiting = self._waiting.get(message["id"])
        if waiting is not None and not waiting.done():
            waiting.set_result(message)

    def lost(self) -> None:
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(Gone())

    def note(self, direction: Literal["to home", "from home"], text: str) -> None:
        self._transcript.append(
            Exchange(
                direction=direction,
                home=self._home,
                text=text,
                wall=time.time(),
                monotonic=time.monotonic(),
            )
        )


@dataclass(slots=True, kw_only=True)
class Home:
    """What is known of a paired home while this hub runs."""

    paired: PairedHome
    connection: Connection | None = None
    cameras: tuple[dict[str, Any], ...] = ()  # as it last said, connected or not
    alarms: dict[str, tuple[str, ...]] = field(default_factory=dict)
    requests: dict[str, bool | None] = field(default_factory=dict)
    unanswered: deque[tuple[str, Mapping[str, Any]]] = field(
        default_factory=lambda: deque(maxlen=UNANSWERED)
    )

    @property
    def id(self) -> str:
        return self.paired.home

    @property
    def receipt(self) -> dict[str, Any]:
        """What both sides signed at pairing."""
        return unverified(self.paired.receipt)

    @property
    def is_here(self) -> bool:
        """Connected, and its list of cameras is today's."""
        return self.connection is not None and self.connection.told_cameras

    def connected(self) -> Connection:
        if self.connection is None:
            raise Gone
        return self.connection

    def began(self, alarm: str, cameras: Sequence[str]) -> None:
        """Note an alarm, and forget the oldest of too many."""
        self.alarms[alarm] = tuple(cameras)
        if len(self.alarms) > ALARMS:
            del self.alarms[next(iter(self.alarms))]

    async def tell(
        self, method: str, params: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """Ask, and keep for the next connection what nobody answers on this one."""
        try:
            return await self.connected().request(method, params)
        except Gone:
            self.unanswered.append((method, params))
            return None

    async def disconnect(self) -> None:
        if self.connection is not None:
            await self.connection.socket.close()

    def camera(self, camera: str) -> dict[str, Any] | None:
        found = (each for each in self.cameras if each["camera"] == camera)
        return next(found, None)
