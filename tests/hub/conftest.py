from collections.abc import AsyncIterator

import pytest

from tests.reference_hub import Authority, ReferenceHub


@pytest.fixture
async def hub(authority: Authority) -> AsyncIterator[ReferenceHub]:
    async with ReferenceHub(authority) as hub:
        yield hub
