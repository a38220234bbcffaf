"""What is said again, or let go, where a connection was lost before the answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, override

import aiohttp
import pytest

from . import Authority, ReferenceHub, Refused
from .sample_home import SampleHome, refuse
from .watching import open_camera, watch


class Careless(SampleHome):
    """Does some of what it is asked, and is gone before it has said so."""

    leaves_at: str | None = None
    has_receipts = False

    @override
    async def _answer(
        self, socket: aiohttp.ClientWebSocketResponse, message: dict[str, Any]
    ) -> None:
        method = message["method"]
        if method == self.leaves_at:
            self.leaves_at = None
            if method == "session.open":
                self._admit(message["params"])
            await socket.close()
        elif method == "receipt" and self.has_receipts:
            await refuse(socket, message, "receipt_invalid")
        else:
            await super()._answer(socket, message)


@pytest.fixture
async def careless(
    hub: ReferenceHub, authority: Authority, web: aiohttp.ClientSession
) -> Careless:
    home = Careless(hub.invitation(), authority.client_context())
    await home.pair(web)
    return home


@asynccontextmanager
async def _back(
    hub: ReferenceHub, home: SampleHome, web: aiohttp.ClientSession
) -> AsyncIterator[None]:
    """Be connected again, after the hub has noticed that the home was gone."""
    await hub.home_disconnected()
    home.received.clear()
    async with home.connected(web):
        yield


async def test_a_session_whose_answer_was_lost_is_closed_when_the_home_is_back(
    hub: ReferenceHub, careless: Careless, web: aiohttp.ClientSession
) -> None:
    async with careless.connected(web):
        camera = await open_camera(hub)
        shown = await watch(hub, camera)
        careless.leaves_at = "session.open"
        lost = await hub.open_session(camera, officer="Officer R. Lee")
        assert isinstance(lost, Refused)
        (joined,) = careless.sessions.keys() - {shown.session}
        async with _back(hub, careless, web):
            assert await careless.heard("session.close") == {"session": joined}
            await hub.ended(joined)
        assert list(careless.sessions) == [shown.session], "its upload runs on"


async def test_a_viewer_who_left_while_the_home_was_away_is_taken_off_when_it_is_back(
    hub: ReferenceHub, careless: Careless, web: aiohttp.ClientSession
) -> None:
    async with careless.connected(web):
        opened = await watch(hub, await open_camera(hub))
        await hub.disconnect()
        await hub.close_session(opened.session)
        async with _back(hub, careless, web):
            await hub.ended(opened.session)


async def test_a_session_whose_tree_cannot_be_compared_now_is_closed(
    hub: ReferenceHub, home: SampleHome, porch: str
) -> None:
    await watch(hub, porch)
    home.cannot_read_its_log = True
    refused = await hub.open_session(porch, officer="Officer R. Lee")
    assert isinstance(refused, Refused)
    closed = await home.heard("session.close")
    await hub.ended(closed["session"])


async def test_a_receipt_that_was_lost_is_sent_again(
    hub: ReferenceHub, careless: Careless, web: aiohttp.ClientSession
) -> None:
    async with careless.connected(web):
        opened = await watch(hub, await open_camera(hub))
        await hub.first_byte(opened.session)
        careless.leaves_at = "receipt"
        await hub.close_session(opened.session)
        receipt = await hub.receipt(opened.session)
        careless.has_receipts = True
        async with _back(hub, careless, web):
            assert (await careless.heard("receipt"))["receipt"] == receipt
            await hub.settled()


class Reconsidering(SampleHome):
    """Refuses what it has begun to write down, and says how that ended."""

    tells_first = False
    begun: str

    @override
    async def _answer(
        self, socket: aiohttp.ClientWebSocketResponse, message: dict[str, Any]
    ) -> None:
        if message["method"] != "session.open":
            await super()._answer(socket, message)
            return
        self.begun = message["params"]["session"]
        self._admit(message["params"])
        if self.tells_first:
            await self.end(self.begun)
        await refuse(socket, message, "not_available")


@pytest.mark.parametrize("tells_first", [False, True])
async def test_the_end_of_a_session_that_was_refused_after_all_is_heard(
    hub: ReferenceHub,
    authority: Authority,
    web: aiohttp.ClientSession,
    *,
    tells_first: bool,
) -> None:
    home = Reconsidering(hub.invitation(), authority.client_context())
    home.tells_first = tells_first
    await home.pair(web)
    async with home.connected(web):
        refused = await hub.open_session(await open_camera(hub))
        assert isinstance(refused, Refused)
        assert refused.code == "not_available"
        if not tells_first:
            await home.end(home.begun)
        assert (await home.heard("receipt"))["session"]
        await hub.settled()
