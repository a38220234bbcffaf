from collections.abc import AsyncIterator
from pathlib import Path

from homeassistant.util.ssl import get_default_context
import pytest

from tests.hub import Authority, ReferenceHub, make_authority

NAMED = "hub.test"


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """Let these tests make sockets; to connect, only 127.0.0.1 is let through."""


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    folder: Path = tmp_path_factory.mktemp("authority")
    authority = make_authority(folder, (NAMED,))
    get_default_context().load_verify_locations(authority.ca_path)
    return authority


@pytest.fixture
async def hub(authority: Authority) -> AsyncIterator[ReferenceHub]:
    async with ReferenceHub(authority) as hub:
        yield hub
