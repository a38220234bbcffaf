"""The hub's parts, put together, started and stopped."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from .agency import Agency
from .closing import Closing
from .control import Control
from .desk import Desk
from .errands import Errands
from .ingest import Ingest
from .pairing import Pairing
from .presence import CONTROL, DISCOVERY, INGEST, PAIRING, Presence
from .server import Server
from .sessions import Sessions
from .store import Store
from .tls import Authority
from .waiting import Changes
from .witness import Witness


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a hub is started.

    `public` is the origin homes reach it under, if it isn't where it listens;
    `own_ingest_port` puts the ingest on an origin of its own; `receive_buffer` is the
    kernel's for one connection, small for a slow receiver; it `remembers` so many
    messages, faults and sessions that are over, and has `patience` (seconds) with
    homes for what they must do at once, waits so long for `request.decided`, and takes
    a yes to count for so long at most: the 15 minutes that its viewers ask for.
    """

    data: Path | None = None
    host: str = "127.0.0.1"
    port: int = 0
    public: str | None = None
    own_ingest_port: bool = False
    receive_buffer: int | None = None
    keep_media: bool = False
    remembers: int = 20_000
    patience: float = 15.0
    decided_within: float = 150.0
    granted_for: float = 15 * 60.0


class Running:
    """Everything a hub is made of."""

    def __init__(
        self,
        authority: Authority,
        agency: Agency | None = None,
        options: Options | None = None,
    ) -> None:
        options = options or Options()
        self._options = options
        self.changes = Changes()
        self.store = Store(options.data)
        self.presence = Presence(self.store, agency or Agency())
        remembers = options.remembers
        self.control = Control(
            self.presence, self.store, self.changes, remembers=remembers
        )
        self.pairing = Pairing(self.presence, self.store, self.changes)
        self.pairing.part_with = self.control.part_with
        self._errands = Errands(self.control.faults)
        witness = Witness(self.presence, self.store)
        self.sessions = Sessions(
            self.control,
            witness,
            self._errands,
            remembers=remembers,
            patience=options.patience,
        )
        closing = Closing(self.control, self.sessions, witness, self._errands)
        self.control.heard, self.control.is_back = closing.heard, closing.is_back
        self.ingest = Ingest(self.control, self.sessions, keep_media=options.keep_media)
        self.sessions.end_upload = self.ingest.end
        self._desk = Desk(
            self.control,
            self.sessions,
            self.store,
            decided_within=options.decided_within,
            granted_for=options.granted_for,
        )
        ports = [options.port, 0] if options.own_ingest_port else [options.port]
        self._server = Server(authority, options.host, ports, options.receive_buffer)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()
        self.store.close()

    async def start(self) -> None:
        """Listen; after `stop` on the same port again, with all that was kept."""
        await self._server.start(self._routes())
        host = self._options.host
        host = f"[{host}]" if ":" in host else host
        origins = [f"https://{host}:{port}" for port in self._server.ports]
        if self._options.public:
            origins[0] = self._options.public
        self.presence.begin(origins[0], origins[-1])

    async def stop(self) -> None:
        """Go offline: nothing listens, every connection is closed."""
        self.ingest.end_all()
        await self._desk.close()
        await self.control.close()
        await self._errands.close()
        await self._server.stop()

    def _routes(self) -> Sequence[web.RouteDef]:
        return [
            web.get(DISCOVERY, self.presence.discover),
            web.post(PAIRING, self.pairing.pair),
            web.get(CONTROL, self.control.dial_in),
            web.post(INGEST + "/{session}/video.cmfv", self.ingest.take),
            *self._desk.routes(),
        ]
