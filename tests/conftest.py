"""What every test of a house stands on: a configuration of its own, and an authority that its TLS trusts."""

import logging
from pathlib import Path

from homeassistant.util.ssl import get_default_context
from hypothesis import settings
import pytest

from tests.cameras.gst_camera import is_installed
from tests.reference_hub import Authority, make_authority

pytest_plugins = ["tests.real_parts", "tests.second_run"]

# Home Assistant's test package has it tell every statement, which would fill what a failing test printed.
logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)

settings.register_profile("here", deadline=None, derandomize=True)
settings.load_profile("here")

NAMED = "hub.test"
"""A name that the authority vouches for and that no resolver but a test's own knows."""


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Vouch for the hubs of the tests; Home Assistant checks their certificates like any other."""
    authority = make_authority(tmp_path_factory.mktemp("authority"), (NAMED,))
    get_default_context().load_verify_locations(authority.ca_path)
    return authority


@pytest.fixture(autouse=True)
def _sockets_on_loopback(socket_enabled: None) -> None:
    """Let tests make sockets; to connect, only 127.0.0.1 is let through."""


@pytest.fixture(autouse=True)
def _camera_is_to_be_had(request: pytest.FixtureRequest) -> None:
    """Skip what needs a real camera on a machine that has none."""
    if request.node.get_closest_marker("real_camera") and not is_installed():
        pytest.skip("gst-rtsp-server is not installed")


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """Give each house a folder of its own: the record and the consent are real files."""
    (folder := tmp_path / "config").mkdir()
    return str(folder)
