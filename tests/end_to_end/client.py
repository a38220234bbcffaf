"""A browser's way into Home Assistant, without the browser: its WebSocket and its flows."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Self

import aiohttp
from yarl import URL


class CommandFailed(Exception):
    """Home Assistant refused a command; its code and its words."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(error.get("message", ""))
        self.code = error.get("code")
        self.translation_key = error.get("translation_key")


class Client:
    """Sends commands, and follows all states."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        websocket: aiohttp.ClientWebSocketResponse,
        url: str,
    ) -> None:
        """Talk on a connection that is authenticated."""
        self.states: dict[str, dict[str, Any]] = {}
        self._session = session
        self._websocket = websocket
        self._url = url
        self._last_id = 0
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._events: dict[int, Callable[[Any], None]] = {}
        self._changed = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def connect(cls, url: str, token: str) -> Self:
        """Open a connection and follow the states; raises aiohttp.ClientError."""
        session = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {token}"}, base_url=url
        )
        try:
            websocket = await session.ws_connect("/api/websocket", max_msg_size=0)
            await _sign_in(websocket, token)
        except BaseException:
            await session.close()
            raise
        client = cls(session, websocket, url)
        await client._follow_states()
        return client

    async def close(self) -> None:
        """Leave."""
        self._reading.cancel()
        with suppress(asyncio.CancelledError):
            await self._reading
        await self._websocket.close()
        await self._session.close()

    async def command(self, kind: str, **members: Any) -> Any:
        """Send a command and give its result; raises CommandFailed."""
        return await self._send({"type": kind, **members})

    async def call(self, action: str, entity_id: str | None = None, **data: Any) -> Any:
        """Perform an action, on an entity or not."""
        return await self._act(action, entity_id, data)

    async def ask(self, action: str, entity_id: str | None = None, **data: Any) -> Any:
        """Perform an action that answers, on an entity or not, and give the answer."""
        answered = await self._act(action, entity_id, data, return_response=True)
        return answered["response"]

    async def until(
        self, entity_id: str, wanted: Callable[[Mapping[str, Any]], bool]
    ) -> Mapping[str, Any]:
        """Wait until an entity's state is as wanted, and give it."""
        async with asyncio.timeout(30), self._changed:
            await self._changed.wait_for(
                lambda: entity_id in self.states and wanted(self.states[entity_id])
            )
            return self.states[entity_id]

    async def state(self, entity_id: str, state: str) -> Mapping[str, Any]:
        """Wait until an entity is in a state."""
        return await self.until(entity_id, lambda now: now["s"] == state)

    async def started(self) -> None:
        """Wait until Home Assistant has set everything up."""
        while (await self.command("get_config"))["state"] != "RUNNING":  # noqa: ASYNC110 - it has to be asked
            await asyncio.sleep(0.1)

    async def has_action(self, domain: str, name: str) -> None:
        """Wait until there is an action of this name."""
        async with asyncio.timeout(30):
            while name not in (await self.command("get_services")).get(domain, ()):  # noqa: ASYNC110 - it has to be asked
                await asyncio.sleep(0.1)

    async def flow(self, kind: str, members: Mapping[str, Any]) -> dict[str, Any]:
        """Post to one of the flow managers, as the browser does."""
        return await self.post(f"/api/config/config_entries/{kind}", members)

    async def post(self, path: str, members: Mapping[str, Any]) -> dict[str, Any]:
        """Post JSON as the owner, and give what comes back."""
        async with self._session.post(path, json=members) as response:
            answer: dict[str, Any] = await response.json()
            return answer

    async def fetch(self, link: str) -> bytes:
        """Get a file by a link of the house, as anybody who has the link."""
        async with (
            aiohttp.ClientSession(base_url=self._url) as anybody,
            anybody.get(URL(link, encoded=True)) as response,
        ):
            response.raise_for_status()
            return await response.read()

    async def _act(
        self, action: str, entity_id: str | None, data: Mapping[str, Any], **how: Any
    ) -> Any:
        domain, name = action.split(".")
        target = {} if entity_id is None else {"target": {"entity_id": entity_id}}
        return await self.command(
            "call_service",
            domain=domain,
            service=name,
            service_data=data,
            **target,
            **how,
        )

    async def _send(self, message: Mapping[str, Any]) -> Any:
        self._last_id += 1
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._answers[self._last_id] = answer
        await self._websocket.send_json({"id": self._last_id, **message})
        return await asyncio.wait_for(answer, 60)

    async def subscribe(
        self, on_event: Callable[[Any], None], kind: str, **members: Any
    ) -> None:
        """Call `on_event` with each event of a subscription."""
        self._events[self._last_id + 1] = on_event
        await self.command(kind, **members)

    async def _follow_states(self) -> None:
        await self.subscribe(self._take_states, "subscribe_entities")

    def _take_states(self, event: Mapping[str, Any]) -> None:
        for entity_id, state in event.get("a", {}).items():
            self.states[entity_id] = state
        for entity_id, change in event.get("c", {}).items():
            state = self.states[entity_id]
            added = change.get("+", {})
            attributes = {**state["a"], **added.get("a", {})}
            for gone in change.get("-", {}).get("a", ()):
                attributes.pop(gone, None)
            self.states[entity_id] = {**state, **added, "a": attributes}
        for entity_id in event.get("r", ()):
            self.states.pop(entity_id, None)

    async def _read(self) -> None:
        async for message in self._websocket:
            self._take(message.json())
            async with self._changed:
                self._changed.notify_all()

    def _take(self, message: Mapping[str, Any]) -> None:
        match message:
            case {"type": "event", "id": int(number), "event": event}:
                self._events[number](event)
            case {"type": "result", "id": int(number), "success": True}:
                self._answers.pop(number).set_result(message.get("result"))
            case {"type": "result", "id": int(number), "error": error}:
                self._answers.pop(number).set_exception(CommandFailed(error))


async def _sign_in(websocket: aiohttp.ClientWebSocketResponse, token: str) -> None:
    await websocket.receive_json()
    await websocket.send_json({"type": "auth", "access_token": token})
    answer = await websocket.receive_json()
    if answer["type"] != "auth_ok":
        raise aiohttp.ClientConnectionError(answer["type"])
