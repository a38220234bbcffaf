"""A hub and a tiny home for it."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from . import Authority, Options, ReferenceHub
from .sample_home import SampleHome
from .watching import open_camera


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "hub"


@pytest.fixture
async def hub(authority: Authority) -> AsyncIterator[ReferenceHub]:
    """A hub that must find nothing wrong with the home, unless the test says so."""
    async with ReferenceHub(authority, options=Options(keep_media=True)) as hub:
        yield hub
    assert not hub.faults


@pytest.fixture
async def web() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def home(
    hub: ReferenceHub, authority: Authority, web: aiohttp.ClientSession
) -> SampleHome:
    """A home that has paired and not yet dialled in."""
    home = SampleHome(hub.invitation(), authority.client_context())
    await home.pair(web)
    return home


@pytest.fixture
async def porch(
    hub: ReferenceHub, home: SampleHome, web: aiohttp.ClientSession
) -> AsyncIterator[str]:
    """The open camera of a home that is connected."""
    async with home.connected(web):
        yield await open_camera(hub)
