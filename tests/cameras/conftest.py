"""Cameras listen and clients dial in."""

import pytest


@pytest.fixture(autouse=True)
def _sockets_on_loopback(socket_enabled: None) -> None:
    """Real sockets, to 127.0.0.1 only."""
