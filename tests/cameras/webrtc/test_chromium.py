"""Chromium as a camera, seen by a viewer that is not ours."""

from itertools import pairwise

import pytest

from tests.browser import find_chromium

from .chromium import chromium_camera
from .viewer import viewer

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason="there is no Chromium here"),
]


async def test_a_viewer_sees_its_numbers_until_it_is_closed() -> None:
    async with chromium_camera() as camera, viewer() as seeing:
        answer = await camera.offer(await seeing.offer("audio", "video", "application"))
        await seeing.accept(answer)
        numbers = await seeing.until_seen(10)
        (sent,) = await camera.stats(answer.session, "outbound-rtp")
        assert await camera.open() == [answer.session]
        await camera.close(answer.session)
        assert await camera.open() == []
        await seeing.until_state("closed")
    assert all(now > before for before, now in pairwise(numbers))
    assert sent["framesSent"] >= 10
