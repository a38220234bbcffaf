"""A viewer's picture: from the question, over the running upload, to its end."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
import json
from typing import Any

from aiohttp import WSMsgType, web

from . import shapes
from .assertion import Viewer
from .cmaf import Init
from .control import Control
from .session import Refused, Session
from .sessions import Sessions
from .upload import Upload, Watching
from .wire import rfc3339

WISH = shapes.record(
    {
        "home": shapes.is_id,
        "camera": shapes.is_id,
        "officer": shapes.text(80),
        "purpose": shapes.string(32),
        "case": shapes.string(64),
    }
)


class Watch:
    """One WebSocket a viewer; the session lives no longer than it does."""

    def __init__(self, control: Control, sessions: Sessions) -> None:
        self._control = control
        self._sessions = sessions
        self._sockets: set[web.WebSocketResponse] = set()

    async def close(self) -> None:
        for socket in tuple(self._sockets):
            await socket.close()

    async def watch(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(max_msg_size=4096, timeout=1.0)
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            wish = json.loads(await socket.receive_str())
            if WISH(wish) and self._control.presence.agency.employs(wish["officer"]):
                await self._ask(socket, wish)
        except ConnectionError, TypeError, ValueError:
            pass  # the viewer left, or it was not our page that spoke
        finally:
            self._sockets.discard(socket)
            await socket.close()
        return socket

    async def _ask(
        self, socket: web.WebSocketResponse, wish: Mapping[str, Any]
    ) -> None:
        try:
            home = self._control.home(wish["home"])
        except KeyError:
            return
        outcome = await self._sessions.open(home, wish["camera"], viewer_in(wish))
        if isinstance(outcome, Refused):
            await socket.send_json({"state": "refused", "code": outcome.code})
            return
        session = self._sessions.get(outcome.session)
        if session is not None:
            await self._show(socket, session)

    async def _show(self, socket: web.WebSocketResponse, session: Session) -> None:
        """Show video until the home ends it or the viewer leaves."""
        tasks = (
            asyncio.create_task(self._send_video(socket, session)),
            asyncio.create_task(_left(socket)),
        )
        saying = asyncio.create_task(self._say_unchanged(socket, session))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*tasks, saying):
                task.cancel()
            await asyncio.gather(*tasks, saying, return_exceptions=True)
            if session.ended is None:
                await self._sessions.close(session)

    async def _send_video(
        self, socket: web.WebSocketResponse, session: Session
    ) -> None:
        await socket.send_json({"state": "open", "session": session.id})
        with suppress(TimeoutError):
            await self._control.changes.until(
                lambda: session.upload or session.ended, self._sessions.patience
            )
        if session.upload is not None:
            await self._send_parts(socket, session, session.upload)
        await socket.send_json({"state": "ended", "at": rfc3339(datetime.now(UTC))})

    async def _say_unchanged(
        self, socket: web.WebSocketResponse, session: Session
    ) -> None:
        """Say since when the image is the same, and when it is so no longer."""
        said: dict[str, Any] | None = None

        def is_news() -> bool:
            return session.picture != said

        while True:
            await self._control.changes.until(is_news, None)
            said = session.picture
            await socket.send_json({"unchanged": said})

    async def _send_parts(
        self, socket: web.WebSocketResponse, session: Session, upload: Upload
    ) -> None:
        watching = upload.watch(session.from_part)
        stopping = asyncio.create_task(self._stop_with(session, watching))
        try:
            async for part in watching.parts():
                if isinstance(part, Init):
                    await socket.send_json({"codec": part.codec})
                elif (at := part.taken_at) is not None:
                    await socket.send_json({"taken_at": rfc3339(at)})
                await socket.send_bytes(part.data)
        finally:
            watching.stop()
            stopping.cancel()

    async def _stop_with(self, session: Session, watching: Watching) -> None:
        """End this viewer's picture with their session, though others watch on."""
        await self._control.changes.until(lambda: session.ended, None)
        watching.stop()


def viewer_in(wish: Mapping[str, Any]) -> Viewer:
    return Viewer(
        officer=wish["officer"], purpose=wish["purpose"], case=wish["case"] or None
    )


async def _left(socket: web.WebSocketResponse) -> None:
    while (await socket.receive()).type in (WSMsgType.TEXT, WSMsgType.BINARY):
        pass
