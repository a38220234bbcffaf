"""What every test of the relay stands on."""

from collections.abc import AsyncIterator

import pytest

from tests.reference_hub.tls import Authority

from .receiver import Receiver


@pytest.fixture
async def receiver(authority: Authority) -> AsyncIterator[Receiver]:
    async with Receiver(authority) as receiver:
        yield receiver
