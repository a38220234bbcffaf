import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import count, pairwise
import json
import logging

from aiohttp import (
    ClientSession,
    ClientTimeout,
    ClientWebSocketResponse,
    WSCloseCode,
    WSMsgType,
    web,
)
import pytest

from custom_components.latchstring.core.errors import ErrorCode
from custom_components.latchstring.core.messages import (
    CameraEntry,
    Cameras,
    CameraState,
)
from custom_components.latchstring.hub.client_session import client_session
from custom_components.latchstring.hub.connection import (
    HUNG_UP,
    NOT_READING,
    SILENT,
    Connection,
)
from custom_components.latchstring.hub.outbound import Frame
from tests.hub.home import QUICK, Home, connected, paired
from tests.hub.rude import Answer, RudeHub
from tests.reference_hub import Authority, Conduct, Options, ReferenceHub
from tests.reference_hub.presence import CONTROL
from tests.reference_hub.waiting import PATIENCE

MAX = 65_536
PATIENT = replace(QUICK, silence=2.0)
"""Leaves a hub soon, but not one that a busy machine holds up."""
LOGGER = "custom_components.latchstring"
A_LOT = Cameras(
    cameras=tuple(
        CameraEntry(
            camera=f"camera-{number:016}", label="x" * 64, state=CameraState.CLOSED
        )
        for number in range(400)
    )
)

type Talk = Callable[[web.WebSocketResponse, web.Request], Awaitable[None]]


def _talking(talk: Talk) -> Answer:
    """Take the home's WebSocket, whoever it is, and talk to it as a test wants."""

    async def answer(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(
            protocols=("latchstring.v1",),
            compress=False,
            autoping=False,
            autoclose=False,
            timeout=1.0,
        )
        await socket.prepare(request)
        await talk(socket, request)
        return socket

    return answer


def _close_code(hub: ReferenceHub) -> Callable[[], int | None]:
    connection = hub.control.home().connected()
    return lambda: connection.socket.close_code


async def test_a_message_may_be_as_long_as_it_says(hub: ReferenceHub) -> None:
    home = Home()
    async with connected(hub, home):
        await hub.send_raw("x" * MAX)
        await hub.changes.until(lambda: len(hub.transcript) == 3)
        answer = hub.transcript[-1].message
        assert answer["error"]["message"] == "message_malformed"
        assert answer["id"] is None
        assert home.events == ["connected"]


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("x" * (MAX + 1), WSCloseCode.MESSAGE_TOO_BIG),
        ("x" * 1_000_000, WSCloseCode.MESSAGE_TOO_BIG),
        ("\N{EM DASH}" * (MAX // 3 + 1), WSCloseCode.MESSAGE_TOO_BIG),
        (b"{}", WSCloseCode.UNSUPPORTED_DATA),
        (b"\xff\xfe", WSCloseCode.INVALID_TEXT),
    ],
    ids=["a byte too long", "a megabyte", "too long in bytes", "binary", "not UTF-8"],
)
async def test_a_frame_that_is_no_message_closes_the_connection(
    authority: Authority, frame: str | bytes, code: WSCloseCode
) -> None:
    told = asyncio.get_running_loop().create_future()

    async def misbehave(socket: web.WebSocketResponse, _request: web.Request) -> None:
        await socket.receive()  # the cameras
        data = frame.encode() if isinstance(frame, str) else frame
        text = code is not WSCloseCode.UNSUPPORTED_DATA
        await socket.send_frame(data, WSMsgType.TEXT if text else WSMsgType.BINARY)
        while (heard := await socket.receive()).type is WSMsgType.PING:
            pass
        if not told.done():
            told.set_result((heard.type, heard.data))

    home = Home()
    async with (
        RudeHub(authority, {CONTROL: _talking(misbehave)}) as hub,
        paired(hub) as control,
    ):
        control.start(home)
        await home.until("disconnected")
        async with asyncio.timeout(60):
            assert await told == (WSMsgType.CLOSE, code)
        assert home.refusals == []
        assert home.events[:2] == ["connected", "disconnected"]


async def test_pongs_are_heard_and_keep_a_connection_without_messages(
    hub: ReferenceHub,
) -> None:
    home = Home()
    async with connected(hub, home, timing=PATIENT):
        await home.holds(lambda: home.frames >= 60)
        assert home.events == ["connected"]


async def test_the_time_for_a_handshake_does_not_end_the_connection(
    hub: ReferenceHub,
) -> None:
    home, short = Home(), ClientTimeout(total=1.0)
    async with connected(hub, home, within=short):
        await home.holds(lambda: home.frames >= 30)
        assert home.events == ["connected"]


async def test_a_hub_from_which_nothing_comes_is_left(hub: ReferenceHub) -> None:
    home = Home()
    async with connected(hub, home, timing=replace(QUICK, silence=0.3)):
        heard = home.frames
        hub.conduct = Conduct(silent=True)
        await home.until("disconnected")
        assert home.frames - heard < 10


async def test_a_hub_s_ping_is_answered_in_its_own_words(authority: Authority) -> None:
    heard = asyncio.get_running_loop().create_future()

    async def ping(socket: web.WebSocketResponse, _request: web.Request) -> None:
        await socket.ping(b"still there?")
        async for frame in socket:
            if frame.type is WSMsgType.PONG:
                heard.set_result(frame.data)
                break

    async with (
        RudeHub(authority, {CONTROL: _talking(ping)}) as hub,
        paired(hub) as control,
    ):
        control.start(Home())
        async with asyncio.timeout(60):
            assert await heard == b"still there?"


def _request(number: int) -> str:
    return json.dumps(
        {
            "jsonrpc": "2.0",
            "id": number,
            "method": "session.close",
            "params": {"session": f"s-{number:016}"},
        }
    )


async def test_a_flood_is_refused_and_then_hung_up_on(hub: ReferenceHub) -> None:
    home = Home()
    async with connected(hub, home):
        closed_with = _close_code(hub)
        loop = asyncio.get_running_loop()
        began, sent = loop.time(), 0
        while closed_with() is None and sent < 5000:
            try:
                await hub.send_raw(_request(sent))
            except ConnectionError:
                break
            sent += 1
            await asyncio.sleep(0)
        await home.until("disconnected")
        asked = sum(event.startswith("asked") for event in home.events)
        assert 100 <= asked <= 100 + 20 * (loop.time() - began) + 1
        assert home.refusals.count(ErrorCode.QUOTA_EXCEEDED) == 1000
        await hub.changes.until(closed_with)
        assert closed_with() == WSCloseCode.POLICY_VIOLATION


async def test_a_hub_within_its_quota_is_answered_whatever_came_before(
    hub: ReferenceHub,
) -> None:
    home = Home()
    async with connected(hub, home):
        numbers = count()  # a busy machine may take so long that more are admitted
        async with asyncio.timeout(PATIENCE):
            while ErrorCode.QUOTA_EXCEEDED not in home.refusals:
                await hub.send_raw(_request(next(numbers)))
                await asyncio.sleep(0)
        answers = [
            each.message
            for each in hub.transcript
            if each.direction == "from home" and "id" in each.message
        ]
        assert all(answer["id"] == at for at, answer in enumerate(answers))
        answer = await hub.request("session.close", {"session": "s-9999999999999999"})
        assert answer.keys() >= {"jsonrpc", "id"}


@pytest.mark.parametrize("kind", [WSMsgType.PING, WSMsgType.PONG])
async def test_a_flood_of_pings_is_hung_up_on(
    authority: Authority, kind: WSMsgType
) -> None:
    code = asyncio.get_running_loop().create_future()

    async def flood(socket: web.WebSocketResponse, _request: web.Request) -> None:
        flooding = asyncio.create_task(_send_on_and_on(socket, kind))
        async for _ in socket:
            pass
        flooding.cancel()
        await asyncio.gather(flooding, return_exceptions=True)
        if not code.done():
            code.set_result(socket.close_code)

    home = Home()
    async with (
        RudeHub(authority, {CONTROL: _talking(flood)}) as hub,
        paired(hub) as control,
    ):
        began = asyncio.get_running_loop().time()
        control.start(home)
        await home.until("disconnected")
        took = asyncio.get_running_loop().time() - began
        async with asyncio.timeout(PATIENCE):
            assert await code == WSCloseCode.POLICY_VIOLATION
        assert home.frames <= 100 + 1000 + 20 * took + 1


async def _send_on_and_on(socket: web.WebSocketResponse, kind: WSMsgType) -> None:
    while True:
        await socket.send_frame(b"", kind)
        await asyncio.sleep(0)


async def _never_read(socket: web.WebSocketResponse, request: web.Request) -> None:
    """Take nothing in, but keep on talking until the home is gone."""
    transport = request.transport
    assert transport is not None
    transport.pause_reading()
    try:
        while not transport.is_closing():
            await asyncio.sleep(0.1)
            await socket.ping()
    except ConnectionError:
        pass  # the home has left
    finally:
        transport.abort()


async def _ask_without_reading(
    socket: web.WebSocketResponse, request: web.Request
) -> None:
    transport = request.transport
    assert transport is not None
    transport.pause_reading()
    try:
        for number in count():
            await socket.send_str(_request(number))
            await asyncio.sleep(0.06)
    except ConnectionError:
        pass  # the home has left
    finally:
        transport.abort()


async def test_a_home_that_leaves_a_hub_that_does_not_read_is_asked_no_more(
    authority: Authority,
) -> None:
    home, answer = Home(), _talking(_ask_without_reading)
    async with (
        RudeHub(authority, {CONTROL: answer}) as hub,
        paired(hub) as control,
    ):
        control.start(home)
        while home.count("asked") < home.count("answered") + 2:
            asked = home.count("asked")
            for _ in range(8):
                control.send(A_LOT)
            await home.more("asked", than=asked)
        asked = home.count("asked")
        await control.async_close()
        assert home.count("asked") == asked
        assert home.count("answered") + home.count("unanswered") == asked
        assert home.events[-1] == "disconnected"


@pytest.mark.parametrize("gap", [0.0, 0.005])
async def test_a_hub_that_does_not_read_is_left_and_nobody_waits_for_it(
    authority: Authority, caplog: pytest.LogCaptureFixture, gap: float
) -> None:
    home, options = Home(), Options(receive_buffer=16_384)
    caplog.set_level(logging.INFO, LOGGER)
    hub = RudeHub(authority, {CONTROL: _talking(_never_read)}, options)
    async with hub, paired(hub, timing=PATIENT) as control:
        control.start(home)
        await home.until("connected")
        for _ in range(2000):
            if "disconnected" in home.events:
                break
            control.send(A_LOT)
            await asyncio.sleep(gap)
        await home.times("connected", 2)
    assert "the hub does not read" in caplog.text


async def test_a_hub_that_reads_nothing_holds_a_frame_up_only_so_long(
    authority: Authority,
) -> None:
    home, hub = Home(), RudeHub(authority, {CONTROL: _talking(_never_read)})
    async with hub, client_session(typed_host="127.0.0.1", only_local=False) as session:
        connection, _ = await _connection(hub, session, home)
        running = asyncio.create_task(connection.run())
        while connection.open:  # never more at once than an outbox holds
            settled = asyncio.Event()
            frame = Frame(
                kind=WSMsgType.TEXT,
                data=bytes(1 << 19),
                sent=settled.set,
                lost=settled.set,
            )
            connection.send(frame)
            async with asyncio.timeout(60):
                await settled.wait()
        assert await running is NOT_READING


async def test_a_connection_is_gone_though_the_hub_never_says_goodbye(
    authority: Authority,
) -> None:
    done = asyncio.Event()

    async def mute(_socket: web.WebSocketResponse, request: web.Request) -> None:
        transport = request.transport
        assert transport is not None
        transport.pause_reading()
        await done.wait()
        transport.abort()

    home, hub = Home(), RudeHub(authority, {CONTROL: _talking(mute)})
    async with hub, client_session(typed_host="127.0.0.1", only_local=False) as session:
        connection, websocket = await _connection(hub, session, home)
        transport = websocket.get_extra_info("socket")
        assert await connection.run() is SILENT
        for _ in range(1000):  # turns of the loop: far from half a minute
            if transport.fileno() != -1:
                await asyncio.sleep(0)
        assert transport.fileno() == -1
        done.set()


async def test_what_is_said_into_a_closed_connection_is_lost(
    authority: Authority,
) -> None:
    async def listen(socket: web.WebSocketResponse, _request: web.Request) -> None:
        async for _ in socket:
            pass

    home, hub = Home(), RudeHub(authority, {CONTROL: _talking(listen)})
    async with hub, client_session(typed_host="127.0.0.1", only_local=False) as session:
        connection, websocket = await _connection(hub, session, home)
        fate: list[str] = []
        await websocket.close()
        connection.send(
            Frame(
                kind=WSMsgType.TEXT,
                sent=lambda: fate.append("sent"),
                lost=lambda: fate.append("lost"),
            )
        )
        assert await connection.run() is HUNG_UP
        assert fate == ["lost"]


async def _connection(
    hub: RudeHub, session: ClientSession, home: Home
) -> tuple[Connection, ClientWebSocketResponse]:
    websocket = await session.ws_connect(
        hub.presence.pins["control_url"], protocols=("latchstring.v1",), autoping=False
    )
    connection = Connection(
        websocket,
        handler=home,
        timing=PATIENT,
        revision=2,
        take=lambda _text, _connection: None,
    )
    return connection, websocket


async def test_a_full_buffer_leaves_the_loop_its_turns(authority: Authority) -> None:
    async def burst(socket: web.WebSocketResponse, _request: web.Request) -> None:
        for _ in range(500):
            await socket.pong()
        async for _ in socket:
            pass

    home, turns = Home(), list[int]()
    async with (
        RudeHub(authority, {CONTROL: _talking(burst)}) as hub,
        paired(hub) as control,
    ):
        control.start(home)
        while home.frames < 500:
            turns.append(home.frames)
            await asyncio.sleep(0)
        turns.append(home.frames)
    assert max(later - sooner for sooner, later in pairwise(turns)) <= 3
