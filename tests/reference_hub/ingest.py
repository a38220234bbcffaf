"""Where homes send video: one long POST a session."""

import asyncio
from contextlib import suppress
import hmac
import socket
import struct

from aiohttp import ClientError, StreamReader, web

from .cmaf import NotCmaf
from .control import Control
from .presence import redirect_if_told
from .sessions import Sessions
from .upload import End, Upload

AS_THE_DOCUMENT_SAYS = {
    "Transfer-Encoding": "chunked",
    "Content-Type": "video/mp4",
    "User-Agent": "Latchstring/1",
    "DASH-IF-Ingest": "1.1",
}
A_SLOW_BITE = 2048  # bytes
HEARS_WITHIN = 1.0  # seconds
NO_LINGER = struct.pack("ii", 1, 0)
"""SO_LINGER that has a connection reset instead of closed."""


class Ingest:
    """Takes uploads; the only way a home should end one is a reset."""

    def __init__(
        self,
        control: Control,
        sessions: Sessions,
        *,
        keep_media: bool,
    ) -> None:
        self._control = control
        self._sessions = sessions
        self._keep_media = keep_media
        self._running: dict[str, asyncio.Timeout] = {}
        self._transports: dict[str, asyncio.Transport] = {}
        self.bits_a_second: int | None = None

    async def take(self, request: web.Request) -> web.Response:
        """Read until the home resets the connection, or something is wrong."""
        redirect_if_told(self._control.presence.conduct, "ingest")
        status = self._control.presence.conduct.ingest_status or self._refusal(request)
        if status is not None:
            return await _last_word(request, status)
        upload = self._begin(request.match_info["session"])
        end = await self._read(request, upload)
        upload.unread = request.content.total_bytes - upload.bytes
        upload.finish(end)
        if upload.end is End.LAST_CHUNK:
            self._fault(request, 200, "ended by a last chunk, not by a reset")
        self._control.changes.happened()
        return await _last_word(request, 400 if upload.end is End.FAULT else 200)

    def end(self, session: str) -> None:
        """Answer an upload that runs, which ends it."""
        if (until_told := self._running.get(session)) is not None:
            until_told.reschedule(asyncio.get_running_loop().time())

    def reset(self, session: str) -> None:
        """Reset the connection of an upload that runs, as where the network fails."""
        if (transport := self._transports.get(session)) is not None:
            link: socket.socket = transport.get_extra_info("socket")
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            transport.abort()

    def end_all(self) -> None:
        for session in self._running:
            self.end(session)

    def _refusal(self, request: web.Request) -> int | None:
        session = self._sessions.get(request.match_info["session"])
        held = session.token if session else ""
        given = request.headers.get("Authorization", "")
        raw = given.encode(errors="surrogateescape")
        if not hmac.compare_digest(raw, f"Bearer {held}".encode()):
            return self._fault(request, 401, "not its token, or no such session")
        if session is None or session.upload is not None:
            return self._fault(request, 409, "a second upload")
        if session.refused:
            return 410  # the home may not have heard of it yet
        for name, value in AS_THE_DOCUMENT_SAYS.items():
            if request.headers.get(name) != value:
                return self._fault(request, 400, f"{name} isn't {value}")
        return None

    def _fault(self, request: web.Request, status: int, words: str) -> int:
        self._control.faults.append(f"{request.path}: {words}")
        self._control.changes.happened()
        return status

    def _begin(self, session_id: str) -> Upload:
        upload = Upload(session_id, keep_media=self._keep_media)
        self._sessions.carry(upload)
        self._control.changes.happened()
        return upload

    async def _read(self, request: web.Request, upload: Upload) -> End:
        try:
            wanted = self._sessions.is_wanted(upload)
            patience = None if wanted else self._sessions.patience
            async with asyncio.timeout(patience) as until_told:
                self._running[upload.session] = until_told
                if request.transport is not None:
                    self._transports[upload.session] = request.transport
                await self._read_on(request.content, upload)
        except TimeoutError:
            return End.BY_HUB
        except ConnectionError, ClientError:
            return End.RESET
        except NotCmaf as wrong:
            self._fault(request, 400, str(wrong))
            return End.FAULT
        finally:
            del self._running[upload.session]
            self._transports.pop(upload.session, None)
        return End.LAST_CHUNK

    async def _read_on(self, content: StreamReader, upload: Upload) -> None:
        while data := await self._bite(content):
            upload.take(data)
            self._control.changes.happened()

    async def _bite(self, content: StreamReader) -> bytes:
        if self.bits_a_second is None:
            return await content.readany()
        await asyncio.sleep(A_SLOW_BITE * 8 / self.bits_a_second)
        return await content.read(A_SLOW_BITE)


async def _last_word(request: web.Request, status: int) -> web.Response:
    """Answer, and let the home hear it: closing at once would take it back."""
    answer = web.Response(status=status, headers={"Connection": "close"})
    with suppress(ConnectionError, ClientError, TimeoutError):
        await answer.prepare(request)
        await answer.write_eof()
        async with asyncio.timeout(HEARS_WITHIN):
            while await request.content.readany():
                pass
    return answer
