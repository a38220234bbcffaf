"""Dialling in and talking, from the hub's side."""

import json
import time
from typing import Any

import aiohttp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
import pytest

from . import Authority, Conduct, ReferenceHub
from .homes import ALARMS
from .jose import sign
from .sample_home import SampleHome


async def _status(
    home: SampleHome, web: aiohttp.ClientSession, token: str | None
) -> int:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await web.ws_connect(
            home.discovery["control_url"],
            protocols=["latchstring.v1"],
            headers=headers,
            ssl=home.tls,
        )
    return refused.value.status


async def test_a_home_that_is_not_known_is_told_so(
    hub: ReferenceHub, home: SampleHome, web: aiohttp.ClientSession
) -> None:
    forged = sign(
        Ed25519PrivateKey.generate(), "latchstring-home+jwt", {"iss": home.id}
    )
    assert await _status(home, web, None) == 401
    assert await _status(home, web, "e30.e30.e30") == 401
    assert await _status(home, web, forged) == 401
    await hub.forget()
    assert await _status(home, web, home.dial_in_token()) == 401


NOW = int(time.time())
STALE: dict[str, dict[str, Any]] = {
    "too old": {"iat": NOW - 1000, "exp": NOW - 940},
    "of tomorrow": {"iat": NOW + 86_400, "exp": NOW + 86_460},
    "too long": {"iat": NOW, "exp": NOW + 61},
    "backwards": {"iat": NOW, "exp": NOW - 1},
    "for another hub": {"aud": "A" * 43},
    "for several": {"aud": ["A" * 43]},
    "with a short jti": {"jti": "short"},
    "with a member too many": {"admin": True},
}


@pytest.mark.parametrize("name", STALE)
async def test_a_token_that_is_not_good_is_refused(
    home: SampleHome, web: aiohttp.ClientSession, name: str
) -> None:
    assert await _status(home, web, home.dial_in_token(**STALE[name])) == 403


async def test_a_token_is_used_once(
    hub: ReferenceHub, home: SampleHome, web: aiohttp.ClientSession
) -> None:
    token = home.dial_in_token()
    async with home.connected(web, token):
        assert await hub.home_connected() == home.id
    assert await _status(home, web, token) == 403


async def test_a_newer_connection_replaces_the_older(
    hub: ReferenceHub, home: SampleHome, web: aiohttp.ClientSession
) -> None:
    async with home.connected(web) as older:
        await hub.home_connected()
        async with home.connected(web):
            await hub.home_connected()
            assert (await older.receive()).type in CLOSING
            assert await hub.home_connected() == home.id


CLOSING = (
    aiohttp.WSMsgType.CLOSE,
    aiohttp.WSMsgType.CLOSING,
    aiohttp.WSMsgType.CLOSED,
)


CLOSES: dict[str, tuple[str | bytes, int]] = {
    "binary": (b"binary", 1003),
    "a batch": ("[]", 1008),
    "not JSON": ("not JSON", 1008),
    "a camera that is a number": (
        '{"jsonrpc": "2.0", "method": "cameras", "params": {"cameras": [1]}}',
        1008,
    ),
    "a member twice": ('{"jsonrpc": "2.0", "id": 1, "id": 2, "result": {}}', 1008),
}


@pytest.mark.parametrize("name", CLOSES)
async def test_what_no_home_may_say_closes_the_connection(
    authority: Authority, web: aiohttp.ClientSession, name: str
) -> None:
    frame, code = CLOSES[name]
    async with ReferenceHub(authority) as hub:
        home = SampleHome(hub.invitation(), authority.client_context())
        await home.pair(web)
        async with web.ws_connect(
            home.discovery["control_url"],
            protocols=["latchstring.v1"],
            headers={"Authorization": f"Bearer {home.dial_in_token()}"},
            ssl=home.tls,
        ) as socket:
            if isinstance(frame, bytes):
                await socket.send_bytes(frame)
            else:
                await socket.send_str(frame)
            assert (await socket.receive()).type in CLOSING
            assert socket.close_code == code


async def test_a_message_may_be_as_large_as_the_limit_and_no_larger(
    authority: Authority, web: aiohttp.ClientSession
) -> None:
    async with ReferenceHub(authority) as hub:
        home = SampleHome(hub.invitation(), authority.client_context())
        await home.pair(web)
        async with home.connected(web) as socket:
            await hub.home_connected()
            cameras = json.dumps(
                {"jsonrpc": "2.0", "method": "cameras", "params": {"cameras": []}}
            )
            await socket.send_str(cameras.ljust(65_536))
            await hub.changes.until(lambda: not hub.cameras())
            await socket.send_str(cameras.ljust(65_537))
            await hub.home_disconnected()
        assert not hub.faults


async def test_the_oldest_of_too_many_alarms_are_forgotten(
    hub: ReferenceHub, home: SampleHome, web: aiohttp.ClientSession
) -> None:
    async with home.connected(web):
        await hub.home_connected()
        known = hub.control.home()
        told = {"state": "began", "at": "2026-11-21T18:04:05.123Z", "cameras": []}
        for number in range(ALARMS + 1):
            await home.tell("alarm", {"alarm": f"a-{number:020}", **told})
        await hub.changes.until(lambda: f"a-{ALARMS:020}" in known.alarms)
        assert len(known.alarms) == ALARMS


async def test_the_list_of_cameras_replaces_the_one_before(
    hub: ReferenceHub, home: SampleHome, web: aiohttp.ClientSession
) -> None:
    async with home.connected(web):
        await hub.home_connected()
        assert hub.cameras() == tuple(home.cameras)
        await home.turn("Back yard", "ask")
        assert (await hub.camera_is("ask"))["label"] == "Back yard"


async def test_a_hub_that_was_offline_is_found_on_the_same_port(
    hub: ReferenceHub, home: SampleHome, web: aiohttp.ClientSession
) -> None:
    async with home.connected(web):
        await hub.home_connected()
        port = hub.port
        await hub.stop()
    with pytest.raises(aiohttp.ClientConnectorError):
        await home.discover(web)
    await hub.start()
    assert hub.port == port
    async with home.connected(web):
        assert await hub.home_connected() == home.id


async def test_a_silent_hub_answers_no_ping(
    hub: ReferenceHub, home: SampleHome, web: aiohttp.ClientSession
) -> None:
    header = {"Authorization": f"Bearer {home.dial_in_token()}"}
    async with web.ws_connect(
        home.discovery["control_url"],
        protocols=["latchstring.v1"],
        headers=header,
        ssl=home.tls,
        autoping=False,
    ) as socket:
        await socket.ping(b"1")
        assert (await socket.receive()).type is aiohttp.WSMsgType.PONG
        hub.conduct = Conduct(silent=True)
        await socket.ping(b"2")
        with pytest.raises(TimeoutError):
            await socket.receive(timeout=0.3)
        hub.conduct = Conduct()


async def test_raw_frames_go_out_as_they_are_and_stand_in_the_transcript(
    hub: ReferenceHub, home: SampleHome, web: aiohttp.ClientSession
) -> None:
    async with home.connected(web):
        await hub.home_connected()
        answer = await hub.request("no.such.method", {})
        assert answer["error"]["message"] == "method_unknown"
        raw = json.dumps({"jsonrpc": "2.0", "id": 7, "method": "x", "params": {}})
        await hub.send_raw(raw)
        answer = await hub.said_by_home(lambda message: message.get("id") == 7)
        assert answer["error"]["message"] == "method_unknown"
    said = [(each.direction, each.text) for each in hub.transcript]
    assert ("to home", raw) in said
    assert said[0][0] == "from home"


async def test_a_home_that_says_more_than_this_hub_knows_is_heard_and_noted(
    authority: Authority, web: aiohttp.ClientSession
) -> None:
    async with ReferenceHub(authority) as hub:
        home = SampleHome(hub.invitation(), authority.client_context())
        await home.pair(web)
        async with home.connected(web):
            await hub.home_connected()
            await home.tell("news", {})
            camera = {"camera": "mX2p5y1HqT8wZr4kQv7bNg", "label": "Shed"}
            camera |= {"state": "ask", "zone": "back"}
            await home.tell("cameras", {"cameras": [camera]})
            await hub.camera_is("ask", "Shed")
            assert len(hub.faults) == 2
            hub.conduct = Conduct(revision=0)
            await home.tell("news", {})
            await hub.home_disconnected()
            assert hub.faults[-1].startswith("not a message: ")
