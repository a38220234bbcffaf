"""Our own RTSP client: what it leaves behind, and what it makes of cameras that die, lie, or never end."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
import socket
import ssl
import time
from typing import override

import pytest

from custom_components.latchstring.relay.rtsp.url import read_address
from custom_components.latchstring.relay.sources.rtsp.connection import RtspConnection
from custom_components.latchstring.relay.sources.rtsp.reader import RtspReader
from tests.cameras.message import Request, next_request
from tests.cameras.odd import NEVER, Oddities, odd_camera
from tests.cameras.rtp import RtpStream
from tests.reference_hub import Authority
from tests.relay.cameras import connections_to, source_by
from tests.relay.news import PATIENCE, News
from tests.relay.rtsp.received import frame
from tests.relay.tape import Tape, any_source
from tests.relay.test_cut import open_sockets, settle
from tests.relay.test_poor_cameras import Keyful, listening

from .watched import Watched

STEPS = 3000
"""Turns of the loop until a camera plays at the latest, here with the camera in the loop."""
MOST_TAKEN = 16 * 2**20
"""More than the client and the kernel take of what never ends."""
OPTIONS_ANSWER = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: 1.23.45.67\r\n\r\n"
TINY = frame(0, b"\x80" * 12)
FLOOD = 15_000
UDP = Oddities(tcp_status=461, udp_status=200)


def ours() -> set[asyncio.Task[object]]:
    """Give the tasks of the integration, but not those of the cameras."""
    return {task for task in asyncio.all_tasks() if "/custom_components/" in repr(task)}


@pytest.mark.parametrize("way", ["tcp", "udp", "tls"])
async def test_wherever_it_is_stopped_nothing_stays_and_nothing_more_is_delivered(
    way: str, authority: Authority
) -> None:
    """Stopped in the same turn of the loop, after one turn, and so on, until it plays."""
    played = 0
    context = {"tls": authority.server_context()}.get(way)
    oddities = UDP if way == "udp" else Oddities(tls=context)
    sockets = open_sockets()
    async with odd_camera(oddities) as camera:
        listens = open_sockets()
        for turns in range(STEPS):
            camera.requests.clear()
            watched = Watched(RtspReader, camera.url)
            watched.reader.start()
            for _ in range(turns):
                await asyncio.sleep(0)
            had = len(watched.fragments)
            watched.reader.stop()
            await watched.reader.async_join()

            assert connections_to(camera.port) == 0
            assert ours() == set()
            await camera.until_left()
            await settle(listens)
            assert len(watched.fragments) == had
            played += "PLAY" in camera.methods()
            if played == 20:
                break
        else:
            pytest.fail("it never played")
    await settle(sockets)


async def test_a_kept_connection_is_there_for_who_comes_back_and_then_it_goes() -> None:
    async with odd_camera(Oddities()) as camera:

        async def locate() -> str:
            return camera.url

        source = source_by(locate, keep=0.5)
        for _ in range(3):
            tape = Tape()
            source.attach(tape, any_source)
            await tape.until(2)
            source.detach(tape)
        assert camera.connections == 1
        await camera.until_left()
        assert not source.is_connected
        assert camera.methods()[-1] == "TEARDOWN"
        await source.async_close()
    assert ours() == set()


async def kept_alive(oddities: Oddities) -> tuple[str, ...]:
    """Watch for longer than the camera keeps a session, and give what it was asked after PLAY."""
    async with odd_camera(oddities) as camera:

        async def locate() -> str:
            return camera.url

        source = source_by(locate)
        source.attach(tape := Tape(), any_source)
        await tape.until(90)
        await source.async_close()
        connections = camera.connections
    methods = camera.methods()
    asked = methods[methods.index("PLAY") + 1 :][:2]
    return (*asked, f"{connections} connections")


async def test_a_session_is_kept_alive_by_what_the_camera_supports() -> None:
    asked = {
        "any": ("GET_PARAMETER", "GET_PARAMETER", "1 connections"),
        "unknown": ("OPTIONS", "OPTIONS", "1 connections"),
        "refused": ("GET_PARAMETER", "OPTIONS", "1 connections"),
        "hangs up": ("GET_PARAMETER", "OPTIONS", "2 connections"),
    }
    told = await asyncio.gather(
        *(kept_alive(Oddities(session_timeout=4, keep_alive=name)) for name in asked),
        kept_alive(Oddities(session_timeout=4, delays={"GET_PARAMETER": NEVER})),
    )
    assert dict(zip(asked, told, strict=False)) == asked
    never_answered = told[-1]
    assert never_answered[0] == "GET_PARAMETER"
    assert never_answered[-1] == "1 connections"


async def test_a_camera_that_knows_old_tls_alone_is_read(authority: Authority) -> None:
    context = authority.server_context()
    context.set_ciphers("AES128-SHA:ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    async with odd_camera(Oddities(tls=context)) as camera:
        watched = Watched(RtspReader, camera.url)
        watched.reader.start()
        await watched.until(1)
        watched.reader.stop()
        await watched.reader.async_join()


class Miscounting(Keyful):
    """Answers in order, but to the wrong requests, and says first that it is about to."""

    @override
    def _written(self, request: Request) -> bytes:
        provisional = b"RTSP/1.0 100 Continue\r\nCSeq: 1\r\n\r\n"
        return provisional + self._answer(request).encode("4711")


async def test_a_camera_that_counts_its_answers_wrong_is_read() -> None:
    async with listening(Miscounting().serve) as url:
        watched = Watched(RtspReader, url)
        watched.reader.start()
        await watched.until(3)
        watched.reader.stop()
        await watched.reader.async_join()


class Bursting(Keyful):
    """Sends thousands of tiny frames before each of its pictures, then only listens, or ends."""

    pictures = 30

    def __init__(self, *, ends: bool) -> None:
        super().__init__()
        self._ends = ends

    @override
    async def _show(self, writer: asyncio.StreamWriter) -> None:
        stream = RtpStream(source=1, sequence=0, timestamp_offset=0)
        tiny = frame(6, b"") * 3000
        for number in range(self.pictures):
            packets = stream.packets_of([self.sends], 3600 * number)
            writer.write(tiny + b"".join(frame(0, packet) for packet in packets))
        if self._ends:
            writer.close()


@pytest.mark.parametrize("ends", [False, True])
@pytest.mark.parametrize("is_encrypted", [False, True])
async def test_what_comes_in_a_burst_is_read_to_its_end(
    authority: Authority, *, is_encrypted: bool, ends: bool
) -> None:
    context = authority.server_context() if is_encrypted else None
    async with listening(Bursting(ends=ends).serve, context) as url:
        address = url.replace("rtsp:", "rtsps:") if is_encrypted else url
        watched = Watched(RtspReader, address)
        watched.reader.start()
        await watched.until(Bursting.pictures)
        assert ends or not watched.reader.ended.is_set()
        watched.reader.stop()
        await watched.reader.async_join()


@contextmanager
def flooding(context: ssl.SSLContext) -> Iterator[tuple[str, Callable[[], float]]]:
    """Give an address, and a function that sends thousands of frames from there and returns when all had left."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        ThreadPoolExecutor(1) as pool,
        ExitStack() as stack,
    ):
        server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2**20)

        def accepted() -> socket.socket:
            plain = stack.enter_context(server.accept()[0])
            return stack.enter_context(context.wrap_socket(plain, server_side=True))

        accepting = pool.submit(accepted)

        def send() -> float:
            accepting.result().sendall(OPTIONS_ANSWER + TINY * FLOOD)
            return time.monotonic()

        yield (
            f"rtsps://127.0.0.1:{server.getsockname()[1]}/live",
            lambda: pool.submit(send).result(),
        )


class Taken:
    """A connection of ours, and the moments before which the frames that it handed out had not arrived."""

    def __init__(self, *, fails_at: int = 0) -> None:
        self.moments: list[float] = []
        self.news = News()
        self.connection = RtspConnection(
            asyncio.get_running_loop(), on_frame=self._take
        )
        self._fails_at = fails_at

    def _take(self, _channel: int, _packet: bytes, after: float) -> None:
        self.moments.append(after)
        self.news.tell()
        if len(self.moments) == self._fails_at:
            raise ZeroDivisionError


async def test_nothing_that_waited_in_tls_counts_as_if_it_had_just_arrived(
    authority: Authority,
) -> None:
    """Whole frames fill what is read at once, so that only TLS knows that there are more."""
    taken = Taken()
    with flooding(authority.server_context()) as (url, send):
        await taken.connection.open(read_address(url), authority.client_context())
        sent = send()  # the loop reads nothing meanwhile
        await taken.news.until(lambda: len(taken.moments) == FLOOD)
        taken.connection.close()
        await taken.connection.closed
    assert max(taken.moments) <= sent


async def test_nothing_is_handed_out_once_we_have_closed(authority: Authority) -> None:
    taken = Taken()
    with flooding(authority.server_context()) as (url, send):
        await taken.connection.open(read_address(url), authority.client_context())
        send()
        await taken.news.until(lambda: len(taken.moments) > 0)
        had = len(taken.moments)
        taken.connection.close()
        await taken.connection.closed
    assert len(taken.moments) == had < FLOOD


@pytest.mark.parametrize("number", [5, 700])
async def test_an_error_closes_whatever_turn_it_is_in(
    authority: Authority, number: int
) -> None:
    told: list[str] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _loop, context: told.append(context["message"])
    )
    taken = Taken(fails_at=number)
    with flooding(authority.server_context()) as (url, send):
        await taken.connection.open(read_address(url), authority.client_context())
        send()
        async with asyncio.timeout(PATIENCE):
            await taken.connection.closed
    assert len(taken.moments) == number
    assert len(told) == 1


class Dying(Keyful):
    """Is gone in the middle of an answer."""

    def __init__(self, method: str, length: int) -> None:
        super().__init__()
        self._method, self._length = method, length

    @override
    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(asyncio.IncompleteReadError):
            while (request := await next_request(reader)).method != self._method:
                writer.write(self._written(request))
            writer.write(self._written(request)[: self._length])
        writer.close()


@pytest.mark.parametrize("method", ["OPTIONS", "DESCRIBE", "SETUP", "PLAY"])
async def test_a_camera_that_dies_in_the_middle_of_an_answer_is_unreachable(
    method: str,
) -> None:
    async def fault(length: int) -> str | None:
        async with listening(Dying(method, length).serve) as url:
            return await Watched(RtspReader, url).fault()

    faults = await asyncio.gather(*map(fault, (0, 1, 8, 9, 20, 40)))
    assert set(faults) == {"unreachable"}


class Endless:
    """Writes the same again and again to whoever asks something, and counts how much is taken."""

    def __init__(self, begin: bytes, rest: bytes) -> None:
        self.taken = 0
        self._begin, self._rest = begin, rest

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(self._begin)
        with suppress(ConnectionError):
            while self.taken < 4 * MOST_TAKEN:
                writer.write(self._rest)
                await writer.drain()
                self.taken += len(self._rest)
        writer.close()


@pytest.mark.parametrize(
    ("begin", "rest"),
    [
        (b"RTSP/1.0 200 OK\r\n", b"X: " + b"x" * 10_000),
        (b"RTSP/1.0 200 OK\r\n", b"X: y\r\n" * 1000),
        (b"RTSP/1.0 200 OK\r\nContent-Length: 2000000000\r\n\r\n", b"x" * 65_536),
        (OPTIONS_ANSWER, b"x" * 65_536),
        (OPTIONS_ANSWER, b"RTSP/1.0 100 Continue\r\n\r\n" * 1000),
        (OPTIONS_ANSWER, b"OPTIONS rtsp://x RTSP/1.0\r\n\r\n" * 1000),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"<html>" * 1000),
    ],
    ids=["head", "heads", "body", "garbage", "answers", "requests", "http"],
)
async def test_of_what_never_ends_little_is_taken(begin: bytes, rest: bytes) -> None:
    camera = Endless(begin, rest)
    async with listening(camera.serve) as url:
        assert await Watched(RtspReader, url).fault() == "unreadable"
    assert camera.taken < MOST_TAKEN
