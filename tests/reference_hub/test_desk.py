"""Who may use the desk, and what it does for them."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
import json
import time
from typing import Any, override

import aiohttp
import pytest

from . import Authority, Opened, Options, ReferenceHub
from .pages import STATIC, is_here
from .sample_home import SampleHome, refuse


@pytest.mark.parametrize(
    ("remote", "host"),
    [("127.0.0.1", "127.0.0.1"), ("127.0.0.1", "localhost"), ("::1", "::1")],
)
def test_the_desk_is_at_this_machine(remote: str, host: str) -> None:
    assert is_here(remote, host)


@pytest.mark.parametrize(
    ("remote", "host"),
    [
        ("127.0.0.1", "desk.example"),
        ("192.0.2.7", "127.0.0.1"),
        ("192.0.2.7", "localhost"),
        (None, "localhost"),
    ],
)
def test_the_desk_is_nowhere_else(remote: str | None, host: str) -> None:
    assert not is_here(remote, host)


@pytest.mark.parametrize("path", ["/", "/desk", "/desk/live", "/desk/watch"])
async def test_another_name_for_this_machine_is_refused(
    hub: ReferenceHub, home: SampleHome, web: aiohttp.ClientSession, path: str
) -> None:
    headers = {"Host": "rebound.example", "Origin": "https://rebound.example"}
    async with web.get(hub.origin + path, headers=headers, ssl=home.tls) as answer:
        assert answer.status == 403


async def test_a_proxy_on_this_machine_brings_nobody_to_the_desk(
    hub: ReferenceHub, home: SampleHome, web: aiohttp.ClientSession
) -> None:
    headers = {"X-Forwarded-For": "192.0.2.7"}
    async with web.get(f"{hub.origin}/desk", headers=headers, ssl=home.tls) as answer:
        assert answer.status == 403


@pytest.mark.parametrize("path", ["/desk/live", "/desk/watch"])
@pytest.mark.parametrize(
    "origin", [None, "null", "https://elsewhere.example", "http://127.0.0.1"]
)
async def test_another_origin_cannot_speak_for_the_desk(
    hub: ReferenceHub,
    home: SampleHome,
    web: aiohttp.ClientSession,
    path: str,
    origin: str | None,
) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await web.ws_connect(hub.origin + path, origin=origin, ssl=home.tls)
    assert refused.value.status == 403


@pytest.mark.parametrize("path", ["/desk", "/desk/desk.js", "/latchstring/invitation"])
async def test_a_page_may_run_only_what_comes_from_here(
    hub: ReferenceHub, home: SampleHome, web: aiohttp.ClientSession, path: str
) -> None:
    async with web.get(hub.origin + path, ssl=home.tls) as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'; ")
    assert "unsafe" not in policy
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_no_script_of_ours_makes_html_of_text() -> None:
    scripts = [path.read_text() for path in STATIC.glob("*.js")]
    assert scripts
    for sink in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write"):
        assert not any(sink in script for script in scripts)


@asynccontextmanager
async def _at_the_desk(
    hub: ReferenceHub, home: SampleHome, web: aiohttp.ClientSession, path: str
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with web.ws_connect(
        hub.origin + path, origin=hub.origin, ssl=home.tls
    ) as socket:
        yield socket


def _wish(home: SampleHome, **changed: str) -> dict[str, Any]:
    return {
        "home": home.id,
        "camera": home.cameras[0]["camera"],
        "officer": "Officer J. Doe",
        "purpose": "burglary",
        "case": "",
        **changed,
    }


async def test_the_session_ends_when_its_viewer_leaves(
    hub: ReferenceHub, home: SampleHome, web: aiohttp.ClientSession
) -> None:
    async with home.connected(web):
        await hub.home_connected()
        async with _at_the_desk(hub, home, web, "/desk/watch") as socket:
            await socket.send_json(_wish(home))
            opened = await socket.receive_json()
            assert (await socket.receive_json())["codec"].startswith("avc1.")
            assert (await socket.receive_bytes())[4:8] == b"ftyp"
            assert (await socket.receive_bytes())[4:8] == b"moof"
        assert await home.heard("session.close") == {"session": opened["session"]}
        assert (await hub.upload_ended(opened["session"])).end == "reset"


async def test_a_viewer_who_joins_sees_nothing_from_before(
    hub: ReferenceHub, home: SampleHome, web: aiohttp.ClientSession
) -> None:
    async with home.connected(web):
        await hub.home_connected()
        first = await hub.open_session(home.cameras[0]["camera"])
        assert isinstance(first, Opened)
        capture = (await hub.fragments(first.session, 5)).capture
        assert capture is not None
        before = bytes(capture)
        async with _at_the_desk(hub, home, web, "/desk/watch") as socket:
            await socket.send_json(_wish(home, officer="Officer R. Lee"))
            assert (await socket.receive_json())["state"] == "open"
            assert "codec" in await socket.receive_json()
            await socket.receive_bytes()
            fragment = await socket.receive_bytes()
        assert fragment not in before


async def test_nobody_watches_under_a_name_that_does_not_work_here(
    hub: ReferenceHub, home: SampleHome, web: aiohttp.ClientSession
) -> None:
    async with home.connected(web):
        await hub.home_connected()
        async with _at_the_desk(hub, home, web, "/desk/watch") as socket:
            await socket.send_json(_wish(home, officer="Officer Nobody"))
            assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
    assert not any("session.open" in each.text for each in hub.transcript)


async def test_the_live_picture_follows_what_homes_say(
    hub: ReferenceHub, home: SampleHome, web: aiohttp.ClientSession
) -> None:
    async with _at_the_desk(hub, home, web, "/desk/live") as socket:
        assert (await socket.receive_json())["homes"][0]["connected"] is False
        async with home.connected(web):
            await hub.home_connected()
            yard = home.cameras[1]["camera"]
            alarm = {
                "alarm": "a-1b2c3d4e5f607182",
                "state": "began",
                "at": "2026-11-21T18:04:05.123Z",
                "cameras": [yard],
            }
            await home.tell("alarm", alarm)
            await _until(socket, yard, lambda shown: shown["alarm"])
            await home.tell("alarm", {**alarm, "state": "ended"})
            await _until(socket, yard, lambda shown: not shown["alarm"])
            await socket.send_json({"do": "ask", **_wish(home, camera=yard)})
            await _until(socket, yard, _is(granted=False))


class Forgetful(SampleHome):
    """Answers a request to watch, and never decides it."""

    refuses = False

    @override
    async def _answer(
        self, socket: aiohttp.ClientWebSocketResponse, message: dict[str, Any]
    ) -> None:
        if message["method"] == "request.open" and self.refuses:
            await refuse(socket, message, "quota_exceeded")
        else:
            await super()._answer(socket, message)


@pytest.mark.parametrize(("refuses", "within"), [(True, 60.0), (False, 1.0)])
async def test_a_request_that_nobody_decides_can_be_made_again(
    authority: Authority, web: aiohttp.ClientSession, *, refuses: bool, within: float
) -> None:
    async with ReferenceHub(authority, options=Options(decided_within=within)) as hub:
        home = Forgetful(hub.invitation(), authority.client_context())
        home.refuses = refuses
        await home.pair(web)
        async with home.connected(web), _at_the_desk(hub, home, web, "/desk/live") as s:
            await hub.home_connected()
            yard = home.cameras[1]["camera"]
            await s.send_json({"do": "ask", **_wish(home, camera=yard)})
            await _until(s, yard, _is(granted=False))


async def test_a_yes_is_for_who_asked_and_shown_until_its_end(
    authority: Authority, web: aiohttp.ClientSession
) -> None:
    async with ReferenceHub(authority, options=Options(granted_for=1.0)) as hub:
        home = SampleHome(hub.invitation(), authority.client_context())
        await home.pair(web)
        async with home.connected(web), _at_the_desk(hub, home, web, "/desk/live") as s:
            await hub.home_connected()
            porch = home.cameras[0]["camera"]
            await s.send_json({"do": "ask", **_wish(home, case="A-1")})
            shown = await _until(s, porch, _is(granted=True))
            while shown["asked"][0]["until"] is None:
                shown = await _until(s, porch, _is(granted=True))
            (asked,) = shown["asked"]
            assert asked["until"] > time.time()
            del asked["granted"], asked["until"]
            assert asked == {
                "officer": "Officer J. Doe",
                "purpose": "burglary",
                "case": "A-1",
            }
            await home.turn(home.cameras[0]["label"], "ask")
            lee = _wish(home, officer="Officer R. Lee")
            await s.send_json({"do": "ask", **lee})
            await _until(
                s, porch, lambda each: _granted(each) == {"Officer R. Lee": False}
            )


def _granted(camera: Mapping[str, Any]) -> dict[str, bool | None]:
    """Give what was decided of a camera, by who asked."""
    return {each["officer"]: each["granted"] for each in camera["asked"]}


def _is(*, granted: bool) -> Callable[[Mapping[str, Any]], bool]:
    """Find a camera whose only request was decided so."""
    return lambda camera: [*_granted(camera).values()] == [granted]


async def _until(
    socket: aiohttp.ClientWebSocketResponse,
    camera: str,
    fits: Callable[[Mapping[str, Any]], bool],
) -> Mapping[str, Any]:
    """Read pictures until one shows this camera so; give it."""
    while True:
        picture = json.loads(await socket.receive_str(timeout=30))
        for each in picture["homes"][0]["cameras"]:
            if each["camera"] == camera and fits(each):
                shown: Mapping[str, Any] = each
                return shown
