"""What every test of the relay stands on."""

from collections.abc import AsyncIterator

import pytest

from tests.cameras.gst_camera import is_installed
from tests.hub.tls import Authority

from .receiver import Receiver


@pytest.fixture(autouse=True)
def _camera_is_to_be_had(request: pytest.FixtureRequest) -> None:
    """Skip what needs a real camera on a machine that has none."""
    if request.node.get_closest_marker("real_camera") and not is_installed():
        pytest.skip("gst-rtsp-server is not installed")


@pytest.fixture
async def receiver(authority: Authority) -> AsyncIterator[Receiver]:
    async with Receiver(authority) as receiver:
        yield receiver
