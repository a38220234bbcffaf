"""The hub stands alone: no integration inside, and it starts by itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
import signal
import subprocess
import sys

import aiohttp
import pytest

from . import make_authority
from .sample_home import SampleHome

ROOT = Path(__file__).parents[2]


def test_it_does_not_import_the_integration() -> None:
    script = (
        "import sys, tests.reference_hub.__main__;"
        "print([name for name in sys.modules"
        " if name.startswith(('custom_components', 'homeassistant'))])"
    )
    imported = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert imported.stdout.strip() == "[]"


@asynccontextmanager
async def _started(data: Path, *options: str) -> AsyncIterator[list[str]]:
    """Start `python -m tests.reference_hub`, and give the four lines that it prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.reference_hub", "--data", str(data), "--port", "0", *options),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            lines = [(await process.stdout.readline()).decode() for _ in range(4)]
        yield lines
    finally:
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(60):
            await process.stdout.read()
            assert await process.wait() == 0


def _invite(data: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.reference_hub", "invite", "--data", str(data)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


async def test_it_starts_alone_and_its_invitations_pair_homes(
    data: Path, web: aiohttp.ClientSession
) -> None:
    assert "No hub has been started" in (await asyncio.to_thread(_invite, data)).stderr
    async with _started(data) as lines:
        printed = lines[3].rpartition(" ")[2].strip()
        beside = (await asyncio.to_thread(_invite, data)).stdout.strip()
        tls = make_authority(data / "tls").client_context()
        for link in (printed, beside):
            home = SampleHome(link, tls)
            await home.pair(web)
            async with home.connected(web):
                pass


async def test_it_has_the_same_name_after_a_restart(data: Path) -> None:
    links = []
    for _ in range(2):
        async with _started(data) as lines:
            links.append(lines[3].strip())
    first, second = (link.partition("key=")[2] for link in links)
    assert first
    assert first == second


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--host", "0.0.0.0"), "add --public"),  # noqa: S104 # is refused
        (("--host", "192.0.2.7"), "choose from"),
        (("--public", "desk.example"), "is not like https://desk"),
        (("--public", "https://desk.example/"), "is not like https://desk"),
        (("--public", "https://me@desk.example"), "is not like https://desk"),
    ],
)
async def test_it_wants_to_know_how_it_is_reached(
    options: tuple[str, ...], words: str
) -> None:
    refused = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "tests.reference_hub", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert refused.returncode == 2
    assert words in refused.stderr
