"""A tiny home, written from the document, for the reference hub's own tests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
import json
import ssl
from typing import Any

import aiohttp

from .jose import unverified
from .sample_pairing import SamplePairing
from .sample_upload import SampleUpload
from .sample_video import sample_video
from .waiting import Changes
from .wire import new_id, rfc3339

CODES = {
    "method_unknown": -32601,
    "params_invalid": -32602,
    "receipt_invalid": -32019,
    "not_available": -32020,
    "quota_exceeded": -32030,
}
TAKEN = (
    "session.close",
    "request.open",
    "checkpoint.cosigned",
    "checkpoint.refused",
    "receipt",
)
REFUSAL_SECONDS = 0.5


class SampleHome(SamplePairing):
    """Dials in and answers; a camera streams while it is `open`."""

    def __init__(self, link: str, tls: ssl.SSLContext) -> None:
        super().__init__(link, tls)
        self.cameras: list[dict[str, Any]] = [
            {"camera": new_id(), "label": "Front porch", "state": "open"},
            {"camera": new_id(), "label": "Back yard", "state": "closed"},
        ]
        self.uploads: dict[str, SampleUpload] = {}  # by the session that began them
        self.sessions: dict[str, dict[str, Any]] = {}
        self.received: list[dict[str, Any]] = []
        self.changes = Changes()
        self.answers_consistency = True
        self.cannot_read_its_log = False
        self.says_yes = False
        self.waits_to_be_fed = False
        self.parts_by: int | None = None  # the code it closes with behind a cosignature
        self._socket: aiohttp.ClientWebSocketResponse | None = None

    @asynccontextmanager
    async def connected(
        self, web: aiohttp.ClientSession, token: str | None = None
    ) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """Dial in, say what cameras there are, and answer until the block is left."""
        header = f"Bearer {token or self.dial_in_token()}"
        async with web.ws_connect(
            self.discovery["control_url"],
            protocols=["latchstring.v1"],
            headers={"Authorization": header},
            ssl=self.tls,
            compress=0,
        ) as socket:
            assert socket.protocol == "latchstring.v1"
            self._socket = socket
            await self.tell_cameras()
            listening = asyncio.create_task(self._listen(socket))
            try:
                yield socket
            finally:
                listening.cancel()
                for upload in self.uploads.values():
                    upload.reset()
                self.uploads.clear()

    async def tell(self, method: str, params: object) -> None:
        assert self._socket is not None
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        await self._socket.send_str(json.dumps(message))

    async def tell_cameras(self) -> None:
        await self.tell("cameras", {"cameras": self.cameras})

    async def turn(self, label: str, state: str) -> None:
        """Cut first, tell afterwards."""
        camera = next(each for each in self.cameras if each["label"] == label)
        camera["state"] = state
        if state != "open":
            for session in self._sessions_of(camera["camera"]):
                await self.end(session)
        await self.tell_cameras()

    def has_heard(self, method: str) -> bool:
        return any(message.get("method") == method for message in self.received)

    async def heard(self, method: str) -> dict[str, Any]:
        """Wait for a request of the hub, and give its members."""

        def look() -> dict[str, Any] | None:
            for message in self.received:
                if message.get("method") == method:
                    return message
            return None

        params: dict[str, Any] = (await self.changes.until(look))["params"]
        return params

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async with asyncio.TaskGroup() as answering:
            async for frame in socket:
                message = json.loads(frame.data)
                self.received.append(message)
                self.changes.happened()
                if "method" in message:
                    answering.create_task(self._answer(socket, message))

    async def _answer(
        self, socket: aiohttp.ClientWebSocketResponse, message: dict[str, Any]
    ) -> None:
        params = message["params"]
        answer: dict[str, Any] = {"jsonrpc": "2.0", "id": message["id"]}
        match message["method"]:
            case "session.open" if self._is_open(params["camera"]):
                answer["result"] = self._admit(params)
            case "session.open":
                await asyncio.sleep(REFUSAL_SECONDS)
                answer["error"] = _error("not_available")
            case "checkpoint.consistency" if not self.answers_consistency:
                return
            case "checkpoint.consistency":
                answer |= self._consistency(params["from_size"], params["to_size"])
            case method if method in TAKEN:
                answer["result"] = {}
            case _:
                answer["error"] = _error("method_unknown")
        await socket.send_str(json.dumps(answer))
        if message["method"] == "checkpoint.cosigned" and self.parts_by is not None:
            code = self.parts_by.to_bytes(2)  # in the same breath, as a home may
            await socket.send_frame(code, aiohttp.WSMsgType.CLOSE)
            return
        await self._afterwards(message["method"], params, admitted="result" in answer)

    async def _afterwards(
        self, method: str, params: dict[str, Any], *, admitted: bool
    ) -> None:
        match method:
            case "session.open" if admitted:
                await self.begin(params)
            case "session.close" if params["session"] in self.sessions:
                await self.end(params["session"])
            case "request.open":
                granted = self.says_yes or self._is_open(params["camera"])
                told = {"request": params["request"], "granted": granted}
                await self.tell("request.decided", told)

    def _is_open(self, camera: str) -> bool:
        return any(
            each["camera"] == camera and each["state"] == "open"
            for each in self.cameras
        )

    def _consistency(self, older: int, newer: int) -> dict[str, Any]:
        if self.cannot_read_its_log:
            return {"error": _error("not_available")}
        if not 1 <= older <= newer <= len(self.log.leaves):
            return {"error": _error("params_invalid")}
        return {"result": {"consistency": self.log.consistency(older, newer)}}

    def _sessions_of(self, camera: str) -> list[str]:
        return [
            session
            for session, kept in self.sessions.items()
            if kept["camera"] == camera
        ]

    def _admit(self, params: dict[str, Any]) -> dict[str, Any]:
        session, camera = params["session"], params["camera"]
        running = self._sessions_of(camera)
        carrier = self.sessions[running[0]]["carried_by"] if running else session
        now = datetime.now(UTC)
        entry = {
            "kind": "session_started",
            "at": rfc3339(now),
            "session": session,
            "camera": camera,
            "assertion": params["assertion"],
            "agreement": self.discovery["agreement"]["sha256"],
            "carried_by": carrier,
        }
        upload = self.uploads.get(carrier)
        self.sessions[session] = {
            "camera": camera,
            "carried_by": carrier,
            "from": _link(upload),
            "viewer": unverified(params["assertion"])["name"],
            "bytes_before": upload.bytes if upload else 0,
        }
        return {
            "session": session,
            "carried_by": carrier,
            "ends_by": rfc3339(now + timedelta(minutes=60)),
            "proof": self.log.prove(entry),
        }

    async def begin(self, params: dict[str, Any]) -> None:
        session, ingest = params["session"], params["ingest"]
        if self.sessions[session]["carried_by"] == session:
            upload = await SampleUpload.to(ingest["url"], ingest["token"], self.tls)
            self.uploads[session] = upload
            if not self.waits_to_be_fed:
                upload.feed(sample_video())
            self.changes.happened()

    async def end(self, session: str) -> None:
        """End a session, and its upload with the last one that it carries."""
        kept = self.sessions.pop(session)
        carrier = kept["carried_by"]
        upload = self.uploads.get(carrier)
        if all(each["carried_by"] != carrier for each in self.sessions.values()):
            self.uploads.pop(carrier, None)
            if upload is not None:
                upload.reset()
        told = {
            "session": session,
            "bytes": (upload.bytes if upload else 0) - kept["bytes_before"],
            "from": kept["from"],
            "to": _link(upload),
        }
        at = rfc3339(datetime.now(UTC))
        proof = self.log.prove({"kind": "session_ended", "at": at, **told})
        await self.tell("session.ended", {"at": at, **told, "proof": proof})


def _link(upload: SampleUpload | None) -> dict[str, Any]:
    if upload is None:
        return {"fragments": 0, "chain": bytes(32).hex()}
    return {"fragments": upload.parts, "chain": upload.chain.hex()}


async def refuse(
    socket: aiohttp.ClientWebSocketResponse, message: dict[str, Any], code: str
) -> None:
    """Answer a hub's message with an error."""
    await socket.send_json(
        {"jsonrpc": "2.0", "id": message["id"], "error": _error(code)}
    )


def _error(code: str) -> dict[str, Any]:
    return {"code": CODES[code], "message": code}
