"""Watching, from the question to the receipt."""

import io

import aiohttp
import av

from . import Opened, ReferenceHub, Refused
from .jose import unverified
from .sample_home import SampleHome


async def test_a_viewer_watches_until_the_home_cuts(
    hub: ReferenceHub, home: SampleHome, web: aiohttp.ClientSession
) -> None:
    async with home.connected(web):
        await hub.home_connected()
        porch = await hub.camera_is("open")
        opened = await hub.open_session(porch["camera"])
        assert isinstance(opened, Opened)
        await hub.fragments(opened.session, 20)
        await home.turn("Front porch", "closed")
        seen = await hub.upload_ended(opened.session)
        receipt = unverified(await hub.receipt(opened.session))
        ended = await hub.ended(opened.session)
    assert seen.end == "reset"
    assert seen.capture is not None
    assert receipt["fragments"] == ended["to"]["fragments"] == seen.fragments
    assert receipt["chain"] == ended["to"]["chain"] == seen.chain
    with av.open(io.BytesIO(seen.capture)) as video:
        assert sum(1 for _ in video.decode(video=0)) >= 18
