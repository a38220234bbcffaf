"""The desk's page: the homes, their cameras, and what may be asked of them."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
import json
from typing import Any

from aiohttp import WSMsgType, web

from . import shapes
from .control import Control
from .errands import Errands
from .homes import Gone, Home
from .pages import at_the_desk, from_its_own_page, page, static_routes
from .presence import INVITATION, invite
from .sessions import Sessions
from .store import Store
from .watch import Watch, viewer_in

FILES = ("desk.css", "desk.js", "card.js", "elements.js", "player.js", "icon.svg")
PUBLIC_FILES = ("invitation.css", "invitation.js", "icon.svg")
INVITE = shapes.record({"do": shapes.one_of("invite"), "note": shapes.string(80)})
ASK = shapes.record(
    {
        "do": shapes.one_of("ask"),
        "home": shapes.is_id,
        "camera": shapes.is_id,
        "officer": shapes.text(80),
        "purpose": shapes.string(32),
        "case": shapes.string(64),
    }
)


class Desk:
    """Keeps every open page up to date, and does what its buttons say."""

    def __init__(
        self,
        control: Control,
        sessions: Sessions,
        store: Store,
        *,
        decided_within: float,
    ) -> None:
        self._control = control
        self._decided_within = decided_within
        self._errands = Errands(control.faults)
        self._sessions = sessions
        self._store = store
        self._asked: dict[tuple[str, str], str] = {}  # the newest request of a camera
        self._watch = Watch(control, sessions)
        self._pages: set[web.WebSocketResponse] = set()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", at_the_desk(_to_the_desk)),
            web.get("/desk", at_the_desk(page("desk.html"))),
            *static_routes("/desk", FILES),
            web.get("/desk/live", from_its_own_page(self._live)),
            web.get("/desk/watch", from_its_own_page(self._watch.watch)),
            web.get(INVITATION, page("invitation.html")),
            *static_routes("/latchstring", PUBLIC_FILES),
        ]

    async def close(self) -> None:
        await self._errands.close()
        await self._watch.close()
        for socket in tuple(self._pages):
            await socket.close()

    async def _live(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(max_msg_size=4096, timeout=1.0)
        await socket.prepare(request)
        self._pages.add(socket)
        telling = asyncio.create_task(self._tell(socket))
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    with suppress(ValueError):
                        await self._do(socket, json.loads(frame.data))
        finally:
            self._pages.discard(socket)
            telling.cancel()
        return socket

    async def _tell(self, socket: web.WebSocketResponse) -> None:
        """Send the whole picture, and again whenever it has become another."""
        told = ""

        def news() -> str | None:
            now = json.dumps(self._picture())
            return None if now == told else now

        with suppress(ConnectionError):
            while True:
                told = await self._control.changes.until(news, None)
                await socket.send_str(told)

    async def _do(self, socket: web.WebSocketResponse, wish: Any) -> None:
        if INVITE(wish):
            link = invite(self._store, wish["note"])
            await socket.send_json({"invitation": link})
        elif ASK(wish) and self._control.presence.agency.employs(wish["officer"]):
            await self._ask(wish)

    async def _ask(self, wish: Mapping[str, Any]) -> None:
        with suppress(KeyError, Gone):
            home = self._control.home(wish["home"])
            request, answer = await self._sessions.ask_to_watch(
                home, wish["camera"], viewer_in(wish)
            )
            if "error" in answer:
                home.requests[request] = False
            self._asked[home.id, wish["camera"]] = request
            self._control.changes.happened()
            self._errands.send(self._expect_decision(home, request))

    async def _expect_decision(self, home: Home, request: str) -> None:
        """Take it for refused by a home that has forgotten it."""
        try:
            await self._control.changes.until(
                lambda: home.requests[request] is not None, self._decided_within
            )
        except TimeoutError:
            home.requests[request] = False
            self._control.changes.happened()

    def _picture(self) -> dict[str, Any]:
        agency = self._control.presence.agency
        return {
            "agency": agency.name,
            "officers": [officer.name for officer in agency.officers],
            "purposes": agency.agreement.terms["purposes"],
            "homes": [self._home(home) for home in self._control.homes()],
        }

    def _home(self, home: Home) -> dict[str, Any]:
        return {
            "home": home.id,
            "name": home.paired.note,
            "connected": home.connection is not None,
            "record": self._record(home),
            "cameras": [self._camera(home, each) for each in home.cameras],
        }

    def _record(self, home: Home) -> dict[str, Any]:
        """How far this hub has put its name to the home's log, and what it objects to."""
        objection = self._store.objection(home.id)
        return {
            "signed": self._store.cosigned_up_to(home.receipt["log_origin"]),
            "objection": objection and objection.words,
        }

    def _camera(self, home: Home, camera: Mapping[str, Any]) -> dict[str, Any]:
        asked = self._asked.get((home.id, camera["camera"]))
        return {
            **camera,
            "alarm": any(camera["camera"] in each for each in home.alarms.values()),
            "asked": asked is not None,
            "granted": home.requests.get(asked) if asked else None,
        }


async def _to_the_desk(_request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("/desk")
