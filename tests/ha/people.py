"""People of the household, each before a browser of their own: what they do comes by HTTP and over a WebSocket."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import CLIENT_ID, MockUser
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from .front_door import DOMAIN

FLOWS = "/api/config/config_entries/flow"
OPTIONS = "/api/config/config_entries/options/flow"
SHARES = "/api/config/config_entries/subentries/flow"
ENTRIES = "/api/config/config_entries/entry"
REPAIRS = "/api/repairs/issues/fix"

type Step = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An administrator, signed in."""

    hass: HomeAssistant
    user: MockUser
    client: TestClient[Any, Any]
    socket: MockHAClientWebSocket

    async def open(self, flows: str, **about: Any) -> Step:
        """Open a dialog."""
        return await self._post(flows, about)

    async def answer(self, flows: str, step: Step, **answers: Any) -> Step:
        """Submit a step; where that takes its time, wait for what comes after."""
        path = f"{flows}/{step['flow_id']}"
        result = await self._post(path, answers)
        while result["type"] in ("progress", "progress_done"):
            await self.hass.async_block_till_done()
            result = await self._post(path, {})
        await self.hass.async_block_till_done()
        return result

    async def choose(self, flows: str, step: Step, chosen: str) -> Step:
        """Choose from a menu."""
        return await self.answer(flows, step, next_step_id=chosen)

    async def command(self, command: str, **data: Any) -> Any:
        """Send a command over the socket, and give what it results in."""
        await self.socket.send_json_auto_id({"type": command, **data})
        answer = await self.socket.receive_json()
        assert answer["success"], answer
        await self.hass.async_block_till_done()
        return answer["result"]

    async def remove_hub(self, entry_id: str) -> None:
        """Delete an entry on the integration's page."""
        response = await self.client.delete(f"{ENTRIES}/{entry_id}")
        assert response.status == HTTPStatus.OK, await response.text()
        await self.hass.async_block_till_done()

    async def _post(self, path: str, data: Mapping[str, Any]) -> Step:
        response = await self.client.post(path, json=data)
        assert response.status == HTTPStatus.OK, await response.text()
        result: Step = await response.json()
        assert not result.get("errors"), result
        return result


type SignIn = Callable[[str], Awaitable[Person]]


async def sign_in(
    hass: HomeAssistant,
    name: str,
    http: ClientSessionGenerator,
    websocket: WebSocketGenerator,
) -> Person:
    """Let somebody of this name sit down before a browser."""
    for component in ("websocket_api", "config", "repairs", DOMAIN):
        assert await async_setup_component(hass, component, {})
    group = await hass.auth.async_get_group("system-admin")
    assert group is not None
    user = MockUser(name=name, groups=[group]).add_to_hass(hass)
    refresh = await hass.auth.async_create_refresh_token(user, CLIENT_ID)
    token = hass.auth.async_create_access_token(refresh)
    return Person(
        hass=hass,
        user=user,
        client=await http(token),
        socket=await websocket(hass, token),
    )
