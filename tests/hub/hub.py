"""The hub itself: what a test or a desk holds in its hands."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from .agency import Agency, Agreement
from .conduct import Conduct
from .control import Control
from .homes import Home, Transcript
from .pairing import Pairing
from .presence import CONTROL, DISCOVERY, PAIRING, Presence, invite
from .server import Server
from .store import Store
from .tls import Authority
from .waiting import Changes


class ReferenceHub:
    """`async with ReferenceHub(authority) as hub:` listens until the block is left.

    All that waits here waits for a fact, and fails after twenty seconds without it.
    """

    def __init__(  # noqa: PLR0913 # what a hub can be started with, each with a default
        self,
        authority: Authority,
        *,
        data: Path | None = None,
        agency: Agency | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        public: str | None = None,
        receive_buffer: int | None = None,
    ) -> None:
        self._store = Store(data)
        self._changes = Changes()
        self._public = public
        self._host = host
        self._server = Server(authority, host, [port], receive_buffer)
        self._presence = Presence(self._store, agency or Agency())
        self._control = Control(self._presence, self._store, self._changes)
        self._pairing = Pairing(self._presence, self._store, self._changes)

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
        self._store.close()

    async def start(self) -> None:
        """Listen; after `stop` on the same port again, with all that was kept."""
        await self._server.start(self._routes())
        host = f"[{self._host}]" if ":" in self._host else self._host
        origin = self._public or f"https://{host}:{self._server.ports[0]}"
        self._presence.begin(origin, origin)

    async def stop(self) -> None:
        """Go offline: nothing listens, every connection is closed."""
        await self._control.close()
        await self._server.stop()

    def _routes(self) -> Sequence[web.RouteDef]:
        return [
            web.get(DISCOVERY, self._presence.discover),
            web.post(PAIRING, self._pairing.pair),
            web.get(CONTROL, self._control.dial_in),
        ]

    # What it is

    @property
    def origin(self) -> str:
        return self._presence.origin

    @property
    def hub_id(self) -> str:
        return self._presence.identity.hub_id

    @property
    def agency(self) -> Agency:
        return self._presence.agency

    @property
    def conduct(self) -> Conduct:
        """How it behaves; assign another to make it misbehave from now on."""
        return self._presence.conduct

    @conduct.setter
    def conduct(self, conduct: Conduct) -> None:
        self._presence.conduct = conduct

    @property
    def transcript(self) -> Transcript:
        """Every control message, with its direction and times."""
        return self._control.transcript

    @property
    def faults(self) -> Sequence[str]:
        """What homes did that the document doesn't allow."""
        return self._control.faults

    def change_agreement(self, agreement: Agreement) -> None:
        """Publish other terms; homes find out when they connect the next time."""
        self._presence.change_agreement(agreement)

    # Homes

    def invitation(self, note: str = "") -> str:
        return invite(self._store, note)

    def homes(self) -> list[str]:
        return [home.id for home in self._control.homes()]

    async def home_connected(self, home: str | None = None) -> str:
        """Wait until a home is connected and has said what cameras it has."""

        def look() -> str | None:
            for each in self._control.homes():
                known = each.connection is not None and each.cameras is not None
                if known and home in (None, each.id):
                    return each.id
            return None

        return await self._changes.until(look)

    async def home_disconnected(self, home: str | None = None) -> None:
        known = self._home(home)
        await self._changes.until(lambda: known.connection is None)

    def cameras(self, home: str | None = None) -> tuple[dict[str, Any], ...]:
        """The list this home sent last, as it sent it."""
        return self._home(home).cameras or ()

    async def camera_is(
        self, state: str, label: str | None = None, home: str | None = None
    ) -> dict[str, Any]:
        """Wait until a camera (the one of this label) is listed in this state."""

        def look() -> dict[str, Any] | None:
            for camera in self.cameras(home):
                if camera["state"] == state and label in (None, camera["label"]):
                    return camera
            return None

        return await self._changes.until(look)

    async def forget(self, home: str | None = None) -> None:
        """Know this home no more: it is disconnected, and 401 next time."""
        known = self._home(home)
        self._store.forget_home(known.id)
        if known.connection is not None:
            await known.connection.socket.close()

    async def disconnect(self, home: str | None = None) -> None:
        """Drop the connection; the home may come back."""
        await self._home(home).connected().socket.close()

    async def request(
        self, method: str, params: object, home: str | None = None
    ) -> dict[str, Any]:
        """Send any request and give the whole answer."""
        return await self._home(home).connected().request(method, params)

    async def send_raw(self, raw: str | bytes, home: str | None = None) -> None:
        """Send any frame; the answer, if there is one, is in the transcript."""
        await self._home(home).connected().send(raw)

    def _home(self, home: str | None) -> Home:
        return self._control.home(home)
