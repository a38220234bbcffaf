"""The way to a camera, where the camera or somebody else sends odd things."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import socket

from aioice.stun import Class, Message, Method
import pytest

from custom_components.latchstring.relay.sources.webrtc.description import (
    CameraTransport,
)
from custom_components.latchstring.relay.sources.webrtc.ice import IceTransport

MANY = 10_000
IDLE = "1 1 udp 1 127.0.0.1 9 typ host"
PATIENCE = 10
ODD = (
    "1 1 udp 1 127.0.0.1 99999 typ host",
    "1 1 udp 1 127.0.0.1 -1 typ host",
    "1 2 udp 1 127.0.0.1 9 typ host",
    f"1 1 udp {'9' * 5000} 127.0.0.1 9 typ host",
    "1 1 udp 1 nowhere.invalid 9 typ host",
    "1 1 tcp 1 127.0.0.1 9 typ host tcptype active",
    "1 1 udp 1 ::1 9 typ host",
    "nothing",
    "\ud800 \0",
)

SHORT_PRIORITY = b"\x00\x01\x00\x04\x21\x12\xa4\x42" + bytes(12) + b"\x00\x24\x00\x00"


@asynccontextmanager
async def gathered() -> AsyncIterator[IceTransport]:
    ice = IceTransport(())
    await ice.gather()
    try:
        yield ice
    finally:
        await ice.async_close()


def own_port(ice: IceTransport) -> int:
    """Give the port of its only candidate."""
    (candidate,) = ice.candidates
    return int(candidate.split()[5])


async def some_turns(number: int) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


def of_camera(*candidates: str) -> CameraTransport:
    return CameraTransport(
        username="camera",
        password="password" * 3,
        is_lite=False,
        candidates=candidates,
        has_all_candidates=True,
        fingerprints=(),
        is_client=True,
    )


async def test_of_many_candidates_only_some_are_taken() -> None:
    before = asyncio.all_tasks()
    async with gathered() as ice:
        for port in range(MANY):
            ice.add(f"candidate:1 1 udp 1 127.0.0.1 {port + 1} typ host")
        assert 0 < len(asyncio.all_tasks() - before) <= 64
    assert asyncio.all_tasks() == before


async def test_where_all_candidates_are_odd_there_is_no_way() -> None:
    async with gathered() as ice:
        with pytest.raises(ConnectionError):
            async with asyncio.timeout(PATIENCE):
                await ice.connect(of_camera(*ODD))


async def test_what_comes_after_the_last_candidate_is_ignored() -> None:
    async with gathered() as ice:
        ice.add("a=candidate:")
        ice.add("1 1 udp 1 127.0.0.1 9 typ host")
        ice.add_no_more()
        with pytest.raises(ConnectionError):
            await ice.connect(of_camera())


async def test_what_anybody_sends_before_it_is_received_is_not_kept_without_end() -> (
    None
):
    taken: list[bytes] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as anybody:
        async with gathered() as ice:
            for number in range(100):
                anybody.sendto(b"\x80%d" % number, ("127.0.0.1", own_port(ice)))
            await some_turns(300)
            with pytest.raises(ConnectionError):
                await ice.send(b"")
            await ice.hand_on(taken.append)
    assert taken == [b"\x80%d" % number for number in range(64)]


async def test_a_name_that_is_still_looked_for_leaves_nothing_behind() -> None:
    before = asyncio.all_tasks()
    async with gathered() as ice:
        ice.add("1 1 udp 1 0f3a.local 9 typ host")
        await some_turns(5)
    assert asyncio.all_tasks() == before


async def test_of_many_addresses_that_a_camera_checks_from_only_some_are_kept() -> None:
    """Whoever answers knows our password, and may send from wherever it likes."""
    before = asyncio.all_tasks()
    async with gathered() as ice:
        connecting = asyncio.create_task(ice.connect(of_camera(IDLE)))
        await asyncio.sleep(0.1)
        for _ in range(200):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as anywhere:
                anywhere.sendto(check(ice), ("127.0.0.1", own_port(ice)))
                await some_turns(3)
        await asyncio.sleep(0.1)
        assert 0 < len(asyncio.all_tasks() - before) <= 70
        connecting.cancel()
        await asyncio.wait([connecting])
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize(
    "is_known", [False, True], ids=["from anybody", "from the camera"]
)
async def test_stun_that_cannot_be_read_is_no_error_of_the_loop(
    *, is_known: bool
) -> None:
    """Each would be some lines in the log, for as long as anybody sends it."""
    errors: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _loop, context: errors.append(context)
    )
    async with gathered() as ice:
        connecting = asyncio.create_task(ice.connect(of_camera(IDLE)))
        await asyncio.sleep(0.1)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as anybody:
            anybody.connect(("127.0.0.1", own_port(ice)))
            anybody.send(check(ice, priority=None) if is_known else SHORT_PRIORITY)
            await some_turns(20)
        connecting.cancel()
        await asyncio.wait([connecting])
    assert errors == []


def check(ice: IceTransport, priority: int | None = 1) -> bytes:
    """Write a check as the camera would."""
    message = Message(message_method=Method.BINDING, message_class=Class.REQUEST)
    message.attributes["USERNAME"] = f"{ice.username}:camera"
    if priority is not None:
        message.attributes["PRIORITY"] = priority
    message.attributes["ICE-CONTROLLED"] = 1
    message.add_message_integrity(ice.password.encode())
    return bytes(message)
