"""The desk's page: the homes, their cameras, and what may be asked of them."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
import json
import time
from typing import Any, Final

from aiohttp import WSMsgType, web

from . import shapes
from .assertion import Viewer
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
FORGET = shapes.record({"do": shapes.one_of("forget"), "home": shapes.is_id})
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

MINUTES: Final = 15
"""For how long a viewer asks to watch."""


@dataclass(slots=True, kw_only=True)
class Asked:
    """What a viewer asked of one camera last. `until`: until when a yes can count, by the clock on the wall."""

    request: str
    until: float | None = None


class Desk:
    """Keeps every open page up to date, and does what its buttons say."""

    def __init__(
        self,
        control: Control,
        sessions: Sessions,
        store: Store,
        *,
        decided_within: float,
        granted_for: float,
    ) -> None:
        self._control = control
        self._decided_within = decided_within
        self._granted_for = granted_for
        self._errands = Errands(control.faults)
        self._sessions = sessions
        self._store = store
        self._asked: dict[tuple[str, str], dict[Viewer, Asked]] = {}
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
        elif FORGET(wish) and self._store.is_gone(wish["home"]):
            self._store.forget_home(wish["home"])
            await self._control.part_with(wish["home"])
            self._control.changes.happened()
        elif ASK(wish) and self._control.presence.agency.employs(wish["officer"]):
            await self._ask(wish)

    async def _ask(self, wish: Mapping[str, Any]) -> None:
        with suppress(KeyError, Gone):
            home = self._control.home(wish["home"])
            viewer, camera = viewer_in(wish), wish["camera"]
            request, answer = await self._sessions.ask_to_watch(
                home, camera, viewer, minutes=MINUTES
            )
            if "error" in answer:
                home.requests[request] = False
            asked = Asked(request=request)
            of_camera = self._asked.setdefault((home.id, camera), {})
            of_camera[viewer] = asked
            self._control.changes.happened()
            self._errands.send(self._follow(home, of_camera, viewer, asked))

    async def _follow(
        self, home: Home, of_camera: dict[Viewer, Asked], viewer: Viewer, asked: Asked
    ) -> None:
        """Show a yes for as long as it can count, and then nothing of it."""
        if not await self._is_granted(home, asked.request):
            return
        asked.until = time.time() + self._granted_for
        self._control.changes.happened()
        await asyncio.sleep(self._granted_for)
        if of_camera.get(viewer) is asked:
            del of_camera[viewer]
            self._control.changes.happened()

    async def _is_granted(self, home: Home, request: str) -> bool:
        """Wait for what is decided; take it for refused by a home that has forgotten it."""
        try:
            await self._control.changes.until(
                lambda: home.requests[request] is not None, self._decided_within
            )
        except TimeoutError:
            home.requests[request] = False
            self._control.changes.happened()
        return bool(home.requests[request])

    def _picture(self) -> dict[str, Any]:
        agency = self._control.presence.agency
        return {
            "agency": agency.name,
            "officers": [officer.name for officer in agency.officers],
            "purposes": agency.agreement.terms["purposes"],
            "homes": sorted(
                map(self._home, self._control.homes()), key=lambda home: home["gone"]
            ),
        }

    def _home(self, home: Home) -> dict[str, Any]:
        return {
            "home": home.id,
            "name": home.paired.note,
            "connected": home.connection is not None,
            "gone": self._store.is_gone(home.id),
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
        asked = self._asked.get((home.id, camera["camera"]), {})
        return {
            **camera,
            "alarm": any(camera["camera"] in each for each in home.alarms.values()),
            "asked": [
                {
                    "officer": viewer.officer,
                    "purpose": viewer.purpose,
                    "case": viewer.case or "",
                    "granted": home.requests.get(each.request),
                    "until": each.until,
                }
                for viewer, each in asked.items()
            ],
        }


async def _to_the_desk(_request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("/desk")
