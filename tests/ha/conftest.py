"""A hub and cameras to go through the front door with."""

from collections.abc import AsyncIterator

import pytest

from tests.cameras import Cameras, serve
from tests.hub import Authority, ReferenceHub


@pytest.fixture(autouse=True)
def _our_integration(enable_custom_integrations: None) -> None:
    """Let Home Assistant find what these tests are about."""


@pytest.fixture
async def hub(authority: Authority) -> AsyncIterator[ReferenceHub]:
    """A hub that behaves."""
    async with ReferenceHub(authority) as hub:
        yield hub


@pytest.fixture
async def served() -> AsyncIterator[Cameras]:
    """Real cameras, drawn only while somebody looks."""
    async with serve() as cameras:
        yield cameras
