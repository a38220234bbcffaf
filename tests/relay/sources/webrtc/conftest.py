"""All traffic stays on this machine."""

from collections.abc import Iterator

import pytest

from tests.loopback import ice_on_loopback


@pytest.fixture(autouse=True)
def on_loopback() -> Iterator[None]:
    with ice_on_loopback():
        yield
