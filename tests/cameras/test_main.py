"""The cameras as a program of their own."""

import asyncio
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import signal
import sys

import pytest

from . import serve
from .watching import frames

pytestmark = pytest.mark.timeout(60)


@asynccontextmanager
async def program(*arguments: str) -> AsyncIterator[Process]:
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", "-m", "tests.cameras"),
        *arguments,
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        yield running
    finally:
        if running.returncode is None:
            running.kill()
            await running.communicate()


@pytest.mark.parametrize("interrupt", [signal.SIGINT, signal.SIGTERM])
async def test_it_says_where_the_cameras_are_and_ends_quietly(
    interrupt: signal.Signals,
) -> None:
    async with program("--user", "owner", "--password", "secret") as running:
        assert running.stdout
        lines = [(await running.stdout.readline()).decode().split() for _ in range(3)]
        assert [name for name, _url in lines] == ["porch:", "drive:", "yard:"]
        assert all(url.startswith("rtsp://owner:secret@127") for _name, url in lines)
        assert await asyncio.to_thread(frames, lines[0][1], 1)
        running.send_signal(interrupt)
        assert await running.communicate() == (b"", b"")
        assert running.returncode == 0


async def test_it_says_that_its_port_is_taken() -> None:
    async with serve() as cameras, program("--port", str(cameras.port)) as running:
        said, complained = await running.communicate()
        assert (running.returncode, said) == (1, b"")
        assert complained.decode().startswith(f"Port {cameras.port} is taken")


@pytest.mark.parametrize(
    "arguments",
    [["--user", "owner"], ["--password", "secret"], ["--port", "65536"]],
)
async def test_it_refuses_arguments_that_make_no_sense(arguments: list[str]) -> None:
    async with program(*arguments) as running:
        said, complained = await running.communicate()
        assert (running.returncode, said) == (2, b"")
        assert arguments[0].encode() in complained
