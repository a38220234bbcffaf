"""A phone with the Home Assistant app: registered by its user, told by local push, answering by webhook."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, Self

import aiohttp
from homeassistant.util import slugify

from .client import Client

ANSWERED: Final = "mobile_app_notification_action"


class Phone:
    """What is pushed to it is confirmed at once, as the app does, and waits in `pushed`."""

    def __init__(
        self,
        client: Client,
        session: aiohttp.ClientSession,
        name: str,
        webhook: str,
    ) -> None:
        """Be a phone that is registered, and whose app is open."""
        self.service = f"mobile_app_{slugify(name)}"
        self.registration = ""
        self.pushed: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._client = client
        self._session = session
        self._webhook = webhook

    @classmethod
    @asynccontextmanager
    async def register(
        cls, client: Client, url: str, name: str, *, manufacturer: str
    ) -> AsyncIterator[Self]:
        """Register it for the user of this connection, and listen for what is pushed."""
        registered = await client.post(
            "/api/mobile_app/registrations", registration(name, manufacturer)
        )
        async with aiohttp.ClientSession(base_url=url) as session:
            phone = cls(client, session, name, registered["webhook_id"])
            await client.has_action("notify", phone.service)
            phone.registration = await _registration_of(client, name)
            arriving = asyncio.Queue[dict[str, Any]]()
            await client.subscribe(
                arriving.put_nowait,
                "mobile_app/push_notification_channel",
                webhook_id=registered["webhook_id"],
                support_confirm=True,
            )
            taking = asyncio.create_task(phone._take(arriving))
            try:
                yield phone
            finally:
                taking.cancel()
                await asyncio.wait([taking])

    async def told(self) -> Mapping[str, Any]:
        """Wait for a push."""
        async with asyncio.timeout(30):
            return await self.pushed.get()

    async def asked(self) -> Mapping[str, Any]:
        """Wait for a push that can be answered; what is only told is passed over."""
        while "actions" not in (push := await self.told())["data"]:
            pass
        return push

    async def _take(self, arriving: asyncio.Queue[dict[str, Any]]) -> None:
        while True:
            push = await arriving.get()
            await self._client.command(
                "mobile_app/push_notification_confirm",
                webhook_id=self._webhook,
                confirm_id=push["hass_confirm_id"],
            )
            self.pushed.put_nowait(push)

    async def press(self, action: str) -> None:
        """Press a button of a notification, whether it was shown here or not."""
        event = {"event_type": ANSWERED, "event_data": {"action": action}}
        async with self._session.post(
            f"/api/webhook/{self._webhook}", json={"type": "fire_event", "data": event}
        ) as response:
            response.raise_for_status()


async def _registration_of(client: Client, name: str) -> str:
    """Find what Home Assistant keeps a phone under, whatever it is called later."""
    (entry,) = (
        each
        for each in await client.command("config_entries/get", domain="mobile_app")
        if each["title"] == name
    )
    return str(entry["entry_id"])


def registration(name: str, manufacturer: str) -> dict[str, Any]:
    """Give what the app tells of the phone when it registers."""
    return {
        "app_data": {"push_websocket_channel": True},
        "app_id": "io.robbie.HomeAssistant",
        "app_name": "Home Assistant",
        "app_version": "2026.10",
        "device_id": slugify(name),
        "device_name": name,
        "manufacturer": manufacturer,
        "model": "Test",
        "os_name": "Test",
        "os_version": "1",
        "supports_encryption": False,
    }


def button(push: Mapping[str, Any], title: str) -> str:
    """Give what pressing a button of a notification would send."""
    (action,) = (
        each["action"] for each in push["data"]["actions"] if each["title"] == title
    )
    return str(action)


async def sign_in(owner: Client, url: str, name: str) -> Client:
    """Let the owner add a member of the household, and connect as them."""
    created = await owner.command(
        "config/auth/create", name=name, group_ids=["system-users"]
    )
    login = {"username": name.lower(), "password": "a password for tests"}
    await owner.command(
        "config/auth_provider/homeassistant/create",
        user_id=created["user"]["id"],
        **login,
    )
    return await Client.connect(url, await _token(url, login))


async def _token(url: str, login: Mapping[str, str]) -> str:
    """Sign in as a browser does, and give its access token."""
    client = {"client_id": f"{url}/"}
    begun = {**client, "handler": ["homeassistant", None], "redirect_uri": f"{url}/"}
    async with aiohttp.ClientSession(base_url=url, raise_for_status=True) as session:
        async with session.post("/auth/login_flow", json=begun) as response:
            flow = await response.json()
        path = f"/auth/login_flow/{flow['flow_id']}"
        async with session.post(path, json={**client, **login}) as response:
            code = (await response.json())["result"]
        asked = {**client, "grant_type": "authorization_code", "code": code}
        async with session.post("/auth/token", data=asked) as response:
            token: str = (await response.json())["access_token"]
    return token
