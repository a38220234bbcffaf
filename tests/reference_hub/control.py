"""Control: homes dial in here and are heard."""

from collections import deque
from collections.abc import Callable
from typing import Any, cast

from aiohttp import WSCloseCode, WSMsgType, web

from .dial_in import DialInRefused, admit
from .homes import Connection, Home, Transcript
from .messages import MAX_MESSAGE, read, read_of_newer
from .presence import Presence, redirect_if_told
from .store import PairedHome, Store
from .waiting import Changes

CLOSING = 1.0  # seconds for the home to answer a close
UNPAIRED = 4001  # the home's owner has ended the pairing
HOME_SILENT_AFTER = 30.0  # it pings every 3 s


class TooMuch(Exception):
    """A home says more than this hub can follow."""


type Heard = Callable[[Home, str, dict[str, Any]], None]


class Control:
    """Every home with a connection, and what each said last."""

    def __init__(
        self, presence: Presence, store: Store, changes: Changes, *, remembers: int
    ) -> None:
        self.presence = presence
        self._store = store
        self.changes = changes
        self._homes: dict[str, Home] = {}
        self.heard: Heard = lambda _home, _method, _params: None
        self.is_back: Callable[[Home], None] = lambda _home: None
        self.transcript: Transcript = deque(maxlen=remembers)
        self.faults: deque[str] = deque(maxlen=remembers)

    def homes(self) -> list[Home]:
        """All paired homes, connected or not, in the order they paired."""
        return [self._home(paired) for paired in self._store.homes()]

    def home(self, home: str | None = None) -> Home:
        """The home of this id; without one, the only home there is."""
        for each in self.homes():
            if home in (None, each.id):
                return each
        raise KeyError(home)

    async def close(self) -> None:
        """Say goodbye to every home; they may come back."""
        for home in self._homes.values():
            if home.connection is not None:
                await home.connection.socket.close(code=WSCloseCode.GOING_AWAY)

    async def part_with(self, home: str) -> None:
        """Know no more of a home that goes by another name now."""
        if (former := self._homes.pop(home, None)) is not None:
            await former.disconnect()

    def _home(self, paired: PairedHome) -> Home:
        home = self._homes.setdefault(paired.home, Home(paired=paired))
        home.paired = paired
        return home

    async def dial_in(self, request: web.Request) -> web.StreamResponse:
        conduct = self.presence.conduct
        redirect_if_told(conduct, "control")
        if conduct.control_status is not None:
            return web.Response(status=conduct.control_status)
        header = request.headers.get("Authorization", "")
        try:
            home = self._home(admit(header, self.presence, self._store))
        except DialInRefused as refused:
            return web.Response(status=refused.status)
        return await self._talk(home, request)

    async def _talk(self, home: Home, request: web.Request) -> web.StreamResponse:
        told = self.presence.conduct.subprotocol
        socket = web.WebSocketResponse(
            protocols=() if told is None else (told,),
            compress=False,
            max_msg_size=MAX_MESSAGE + 1,  # aiohttp refuses this many already
            autoping=False,
            timeout=CLOSING,
        )
        await socket.prepare(request)
        connection = Connection(home.id, socket, self.transcript)
        await self._replace(home, connection)
        self._store.mark_gone(home.id, gone=False)
        try:
            await self._listen(home, connection)
        finally:
            connection.lost()
            if home.connection is connection:
                home.connection = None
            self.changes.happened()
        return socket

    async def _replace(self, home: Home, connection: Connection) -> None:
        older, home.connection = home.connection, connection
        home.alarms.clear()
        self.changes.happened()
        if older is not None:
            await older.socket.close()

    async def _listen(self, home: Home, connection: Connection) -> None:
        socket = connection.socket
        while True:
            try:
                frame = await socket.receive(timeout=HOME_SILENT_AFTER)
            except TimeoutError:
                await socket.close()
                return
            if self.presence.conduct.silent and not socket.closed:
                continue
            match frame.type:
                case WSMsgType.TEXT:
                    if not self._take(home, connection, cast("str", frame.data)):
                        await socket.close(code=WSCloseCode.POLICY_VIOLATION)
                        return
                case WSMsgType.PING:
                    await socket.pong(cast("bytes", frame.data))
                case WSMsgType.PONG:
                    pass
                case WSMsgType.CLOSE if frame.data == UNPAIRED:
                    if connection.has_cosigned:
                        self._store.mark_gone(home.id)
                    return
                case _:
                    await socket.close(code=WSCloseCode.UNSUPPORTED_DATA)
                    return

    def _take(self, home: Home, connection: Connection, text: str) -> bool:
        connection.note("from home", text)
        try:
            message = self._read(text)
        except ValueError:
            self.faults.append(f"not a message: {text[:200]}")
            return False
        if message is None:
            return True
        if "method" in message:
            self._note(home, connection, message["method"], message["params"])
            try:
                self.heard(home, message["method"], message["params"])
            except TooMuch:
                self.faults.append(f"{home.id}: said more than could be looked at")
                return False
        else:
            connection.answered(message)
        self.changes.happened()
        return True

    def _read(self, text: str) -> dict[str, Any] | None:
        """Read what a home says; of one that says more than the document, what is known of it."""
        try:
            return read(text)
        except ValueError:
            if self.presence.conduct.revision < 1:
                raise
            message = read_of_newer(text)
        self.faults.append(f"not in the document: {text[:200]}")
        return message

    def _note(
        self, home: Home, connection: Connection, method: str, params: dict[str, Any]
    ) -> None:
        match method:
            case "cameras":
                home.cameras = tuple(params["cameras"])
                if not connection.told_cameras:
                    self.is_back(home)
                connection.told_cameras = True
            case "alarm" if params["state"] == "began":
                home.began(params["alarm"], params["cameras"])
            case "alarm":
                home.alarms.pop(params["alarm"], None)
            case "checkpoint":
                connection.offered = params["checkpoint"]
            case "request.decided" if params["request"] in home.requests:
                home.requests[params["request"]] = params["granted"]
