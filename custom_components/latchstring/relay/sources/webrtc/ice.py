"""The way to a camera (ICE, RFC 8445), found by aioice: our candidates, the camera's, and datagrams once connected."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
import re
import secrets
from typing import Any, Final, TypedDict, override

from aioice import Candidate as IceCandidate, Connection
from aioice.ice import StunProtocol
from aioice.stun import Message

from .description import MOST_CANDIDATES, CameraTransport
from .source import IceServer

_GATHER_SECONDS: Final = 1.0
"""How long a STUN or TURN server may take to answer: a viewer waits, and a camera at home needs neither."""
_CLOSE_SECONDS: Final = 6.0
"""More than aioice gives servers to answer."""
_MOST_WAITING: Final = 64
"""How many datagrams wait until they are received: anybody can send some."""
_COMPONENT: Final = 1
"""The only one, as RTCP comes over it too."""
_PORTS: Final = range(1, 2**16)
_USERNAME_BYTES: Final = 6
_PASSWORD_BYTES: Final = 18
_DEFAULT_PORTS: Final = {"stun": 3478, "turn": 3478, "turns": 5349}
_URL: Final = re.compile(
    r"(stun|turns?):(\[[0-9a-f:.]+\]|[^:?/\s\[\]]+)(?::([0-9]{1,5}))?(?:\?transport=(udp|tcp))?",
    re.IGNORECASE,
)
"""RFC 7064 and RFC 7065."""


class _StunServer(TypedDict, total=False):
    stun_server: tuple[str, int]


class _TurnServer(TypedDict, total=False):
    turn_server: tuple[str, int]
    turn_username: str
    turn_password: str
    turn_ssl: bool
    turn_transport: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Servers:
    """The first STUN and the first TURN server: aioice takes one of each."""

    stun: _StunServer
    turn: _TurnServer


class _Connection(Connection):
    """Hands on each datagram as it comes: aioice's own queue has no end, and takes a turn of the loop more."""

    def __init__(
        self,
        on_datagram: Callable[[bytes], None],
        on_read: Callable[[], None],
        **of_aioice: Any,
    ) -> None:
        super().__init__(**of_aioice)
        self._on_datagram = on_datagram
        self._on_read = on_read

    @override
    async def get_component_candidates(
        self, *of_aioice: Any, **named: Any
    ) -> list[IceCandidate]:
        """Have each datagram counted that is read from now on: aioice tells nobody of STUN that it has no use for."""
        candidates = await super().get_component_candidates(*of_aioice, **named)
        for protocol in self._protocols:
            take = partial(self._take_read, protocol.datagram_received)
            setattr(protocol, "datagram_received", take)  # noqa: B010  # an instance's own
        return candidates

    def _take_read(
        self, take: Callable[[bytes, tuple[Any, ...]], None], data: bytes, addr: Any
    ) -> None:
        """Take a datagram of anybody. Of some, aioice raises what the loop would log, each time."""
        self._on_read()
        with suppress(Exception):
            take(data, addr)

    @override
    def data_received(self, data: bytes, component: int) -> None:
        self._on_datagram(data)

    @override
    def check_incoming(
        self, message: Message, addr: tuple[str, int], protocol: StunProtocol
    ) -> None:
        """Learn no address without end: a camera may check from any, and each is kept, and checked in a task."""
        known = self.remote_candidates
        if len(known) < MOST_CANDIDATES or any(
            (each.host, each.port) == addr for each in known
        ):
            super().check_incoming(message, addr, protocol)


class IceTransport:
    """One way to one camera. Not to be used again once closed."""

    def __init__(
        self,
        servers: Iterable[IceServer],
        on_read: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_read` is called with each datagram that was read, of whatever kind."""
        self._on_read = on_read
        self.username = secrets.token_hex(_USERNAME_BYTES)
        self.password = secrets.token_hex(_PASSWORD_BYTES)
        self._connection = self._made(_chosen(servers))
        self._gatherings: list[tuple[Connection, asyncio.Task[None]]] = []
        self._adding: set[asyncio.Task[None]] = set()
        self._added: set[str] = set()
        self._has_all = False
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue(_MOST_WAITING)
        self._on_datagram: Callable[[bytes], None] = self._keep

    @property
    def candidates(self) -> Sequence[str]:
        """Return our candidates as SDP writes them."""
        return [each.to_sdp() for each in self._connection.local_candidates]

    async def gather(self) -> None:
        """Gather our candidates; those of servers that don't answer are left out."""
        gathering = self._start_gathering()
        await asyncio.wait([gathering], timeout=_GATHER_SECONDS)
        if not gathering.done():
            self._connection = self._made(_Servers(stun={}, turn={}))
            gathering = self._start_gathering()
        await asyncio.shield(gathering)

    def _start_gathering(self) -> asyncio.Task[None]:
        """Have a connection gather: until it is done, as one that is cancelled leaves its questions to servers open."""
        gathering = asyncio.create_task(self._connection.gather_candidates())
        self._gatherings.append((self._connection, gathering))
        return gathering

    def add(self, text: str) -> None:
        """Add one of the camera's candidates, which may have to be resolved first; what is none is ignored."""
        bare = text.strip().removeprefix("a=").removeprefix("candidate:")
        if not bare:
            self.add_no_more()
            return
        if self._has_all or bare in self._added or len(self._added) >= MOST_CANDIDATES:
            return
        self._added.add(bare)
        with suppress(ValueError):
            candidate = IceCandidate.from_sdp(bare)
            # aioice itself would fail while it checks others, in a task of which nobody hears.
            if candidate.component == _COMPONENT and candidate.port in _PORTS:
                self._start_adding(candidate)

    def add_no_more(self) -> None:
        """Take note that the camera has no more candidates."""
        if not self._has_all:
            self._has_all = True
            self._start_adding(None)

    async def connect(self, camera: CameraTransport) -> None:
        """Find a pair of candidates that works; raises ConnectionError where none does."""
        connection = self._connection
        connection.remote_is_lite = camera.is_lite
        connection.remote_username = camera.username
        connection.remote_password = camera.password
        for text in camera.candidates:
            self.add(text)
        if camera.has_all_candidates:
            self.add_no_more()
        await connection.connect()

    async def receive(self) -> bytes:
        """Return the next datagram."""
        return await self._waiting.get()

    async def hand_on(self, on_datagram: Callable[[bytes], None]) -> None:
        """Hand on each datagram as it comes, and before that what waits, until the way is lost."""
        while not self._waiting.empty():
            on_datagram(self._waiting.get_nowait())
        self._on_datagram = on_datagram
        try:
            with suppress(ConnectionError):
                await self._connection.recv()  # which no datagram reaches any more
        finally:
            self._on_datagram = self._keep

    async def send(self, datagram: bytes) -> None:
        """Send a datagram; raises ConnectionError when the way is lost."""
        await self._connection.send(datagram)

    async def async_close(self) -> None:
        """Close all sockets."""
        adding = [*self._adding]
        for task in adding:
            task.cancel()
        # One that looks for a name would otherwise still hold the socket that it asks by.
        await asyncio.gather(*adding, return_exceptions=True)
        for connection, gathering in self._gatherings:
            await asyncio.wait([gathering], timeout=_CLOSE_SECONDS)
            with suppress(Exception):  # whatever it is: it is not used again
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await connection.close()

    def _made(self, servers: _Servers) -> Connection:
        return _Connection(
            self._take,
            self._on_read,
            ice_controlling=True,
            local_username=self.username,
            local_password=self.password,
            **servers.stun,
            **servers.turn,
        )

    def _take(self, datagram: bytes) -> None:
        self._on_datagram(datagram)

    def _keep(self, datagram: bytes) -> None:
        with suppress(asyncio.QueueFull):
            self._waiting.put_nowait(datagram)

    def _start_adding(self, candidate: IceCandidate | None) -> None:
        task = asyncio.create_task(self._add(candidate))
        self._adding.add(task)
        task.add_done_callback(self._adding.discard)

    async def _add(self, candidate: IceCandidate | None) -> None:
        with suppress(
            ValueError, OSError
        ):  # an address that is none, a name that nobody answers to
            await self._connection.add_remote_candidate(candidate)


def _chosen(servers: Iterable[IceServer]) -> _Servers:
    stun: _StunServer = {}
    turn: _TurnServer = {}
    for server in servers:
        for url in server.urls:
            match = _URL.fullmatch(url)
            if match is None:
                continue
            if match[1].lower() == "stun":
                stun = stun or {"stun_server": _host_and_port(match)}
            else:
                turn = turn or _turn(server, match)
    return _Servers(stun=stun, turn=turn)


def _turn(server: IceServer, match: re.Match[str]) -> _TurnServer:
    is_tls = match[1].lower() == "turns"
    return {
        "turn_server": _host_and_port(match),
        "turn_username": server.username or "",
        "turn_password": server.credential or "",
        "turn_ssl": is_tls,
        "turn_transport": (match[4] or ("tcp" if is_tls else "udp")).lower(),
    }


def _host_and_port(match: re.Match[str]) -> tuple[str, int]:
    port = int(match[3]) if match[3] else _DEFAULT_PORTS[match[1].lower()]
    return match[2].strip("[]"), port
