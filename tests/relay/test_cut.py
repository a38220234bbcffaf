"""After a cut returns no byte leaves, whatever was under way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
import socket

import pytest

from custom_components.latchstring.relay import IngestTarget, Upload, UploadFailed
from tests.reference_hub.tls import Authority

from .footage import VIDEO, footage
from .home import Home
from .receiver import TOKEN, Receiver

STEPS = 200
"""Turns of the loop that a connection takes at most, here with the server in the loop."""


def open_sockets() -> int:
    """Count this process's sockets, as the kernel does."""
    links = [fd.readlink() for fd in Path("/proc/self/fd").iterdir() if fd.is_symlink()]
    return sum(str(link).startswith("socket:") for link in links)


async def test_a_healthy_hub_sees_a_reset_and_nothing_after_it(
    receiver: Receiver,
) -> None:
    home = Home(receiver)
    await home.connect()
    home.upload.begin(VIDEO)
    fragments = footage()
    for fragment in islice(fragments, 20):
        home.upload.feed(fragment)
    await home.until_all_arrived()

    home.upload.cut()
    at, sent = home.upload.last_write_at, home.upload.progress
    for fragment in islice(fragments, 20):
        home.upload.feed(fragment)
    await receiver.until(lambda: len(receiver.ends) == 1)

    assert isinstance(receiver.ends[0], ConnectionResetError)
    assert len(receiver.body) == sent.bytes
    assert (home.upload.last_write_at, home.upload.progress) == (at, sent)
    assert home.lost == []


async def test_what_waits_for_a_slow_hub_is_dropped_here_and_in_the_kernel(
    authority: Authority,
) -> None:
    async with Receiver(authority, receive_buffer=4096) as receiver:
        home = Home(receiver)
        await home.connect()
        receiver.stop_reading()
        home.upload.begin(VIDEO)
        for fragment in islice(footage(size=50_000), 20):
            home.upload.feed(fragment)
        before = len(receiver.body)

        home.upload.cut()
        at = home.upload.last_write_at
        receiver.read_on()
        await receiver.until(lambda: len(receiver.ends) == 1)

        assert home.upload.progress.bytes > 256 * 1024
        assert len(receiver.body) - before < 32 * 1024
        assert home.upload.last_write_at == at


async def test_the_socket_is_closed_when_cut_returns(receiver: Receiver) -> None:
    home = Home(receiver)
    await home.connect()
    before = open_sockets()

    home.upload.cut()

    assert open_sockets() == before - 1


async def test_a_cut_may_come_twice_and_before_everything(receiver: Receiver) -> None:
    home = Home(receiver)
    home.upload.cut()
    home.upload.cut()

    with pytest.raises(UploadFailed) as failure:
        await home.upload.connect()
    assert failure.value.code == "cut"
    assert receiver.visits == 0


async def test_wherever_connecting_is_cut_nothing_is_asked_and_no_socket_stays(
    receiver: Receiver,
) -> None:
    """Cut after one turn of the loop, after two, and so on, until it comes too late."""
    sockets = open_sockets()
    for turns in range(STEPS):
        home = Home(receiver)
        connecting = asyncio.create_task(home.upload.connect())
        for _ in range(turns):
            await asyncio.sleep(0)
        is_late = connecting.done()
        home.upload.cut()
        if is_late:
            await connecting
            break
        with pytest.raises(UploadFailed) as failure:
            await connecting
        assert failure.value.code == "cut"
        await receiver.until(lambda: len(receiver.ends) == receiver.visits)
        await settle(sockets)
        assert receiver.request is None
        assert home.upload.progress.bytes == 0
    else:
        pytest.fail("it never connected")


async def settle(sockets: int) -> None:
    """Let both sides of a connection that never came to be close their sockets."""
    for _ in range(STEPS):
        if open_sockets() == sockets:
            return
        await asyncio.sleep(0)
    pytest.fail(f"{open_sockets() - sockets} sockets stay open")


@asynccontextmanager
async def full_house() -> AsyncIterator[int]:
    """Listen on a port whose queue is full, so that nobody else gets in."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        guests = [socket.socket() for _ in range(3)]
        for guest in guests:
            guest.setblocking(False)  # its own signature
            guest.connect_ex(("127.0.0.1", port))
        yield port
        for guest in guests:
            guest.close()


@asynccontextmanager
async def mute_server() -> AsyncIterator[tuple[int, asyncio.Queue[bytes]]]:
    """Accept, read, and never answer; the queue gets what came, then b"" at the end."""
    came: asyncio.Queue[bytes] = asyncio.Queue()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                came.put_nowait(data)
        except ConnectionResetError:
            came.put_nowait(b"reset")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], came


def upload_to(port: int, authority: Authority) -> Upload:
    return Upload(
        target=IngestTarget(
            url=f"https://127.0.0.1:{port}/",
            host="127.0.0.1",
            port=port,
            addresses=("127.0.0.1",),
            token=TOKEN,
        ),
        ssl=authority.client_context(),
        on_lost=lambda _code: pytest.fail("lost before it was there"),
    )


async def test_a_hub_that_lets_nobody_in_is_left_at_once(authority: Authority) -> None:
    async with full_house() as port:
        sockets = open_sockets()
        upload = upload_to(port, authority)
        connecting = asyncio.create_task(upload.connect())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert open_sockets() == sockets + 1

        upload.cut()

        with pytest.raises(UploadFailed) as failure:
            await connecting
        assert failure.value.code == "cut"
        assert open_sockets() == sockets


async def test_a_hub_that_says_nothing_sees_a_reset_in_the_handshake(
    authority: Authority,
) -> None:
    async with mute_server() as (port, came):
        upload = upload_to(port, authority)
        connecting = asyncio.create_task(upload.connect())
        hello = await came.get()

        upload.cut()

        with pytest.raises(UploadFailed) as failure:
            await connecting
        assert failure.value.code == "cut"
        assert hello.startswith(b"\x16\x03")
        assert TOKEN.encode() not in hello
        assert await came.get() == b"reset"


async def test_whoever_waits_for_the_connection_may_be_cancelled(
    authority: Authority,
) -> None:
    async with mute_server() as (port, came):
        upload = upload_to(port, authority)
        connecting = asyncio.create_task(upload.connect())
        await came.get()

        connecting.cancel()

        with pytest.raises(asyncio.CancelledError):
            await connecting
        assert await came.get() == b"reset"
