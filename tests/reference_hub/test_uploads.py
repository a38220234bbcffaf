"""Uploads that are slow, late, wrong or one too many."""

from dataclasses import replace
from itertools import islice
import struct
from typing import Any, override

import aiohttp
import pytest

from . import Authority, Conduct, Opened, Options, ReferenceHub
from .sample_home import SampleHome
from .sample_upload import SampleUpload
from .sample_video import sample_video
from .watching import open_camera, watch


class QuietHome(SampleHome):
    """Admits, but leaves the upload to the test."""

    ingest: dict[str, str]

    @override
    async def begin(self, params: dict[str, Any]) -> None:
        if not hasattr(self, "ingest"):
            self.ingest = params["ingest"]


async def test_a_viewer_may_join_before_the_upload_has_begun(
    authority: Authority, web: aiohttp.ClientSession
) -> None:
    async with ReferenceHub(authority) as hub:
        home = QuietHome(hub.invitation(), authority.client_context())
        await home.pair(web)
        async with home.connected(web):
            camera = await open_camera(hub)
            first, second = await watch(hub, camera), await watch(hub, camera)
            assert second.carried_by == first.session
            upload = await SampleUpload.to(
                home.ingest["url"], home.ingest["token"], home.tls
            )
            upload.send(next(sample_video()))
            await hub.first_byte(second.session)
            assert hub.seen(second.session) == hub.seen(first.session)
            upload.reset()
        assert not hub.faults


async def test_a_slow_hub_slows_the_home(
    authority: Authority, web: aiohttp.ClientSession
) -> None:
    options = Options(receive_buffer=4096)
    async with ReferenceHub(authority, options=options) as hub:
        home = SampleHome(hub.invitation(), authority.client_context())
        await home.pair(web)
        async with home.connected(web):
            await hub.home_connected()
            hub.pause_reading(1_000_000)
            opened = await watch(hub, await open_camera(hub))
            await hub.first_byte(opened.session)
            home.uploads[opened.session].send(_fragment_of(4_000_000))
            await home.turn("Front porch", "closed")
            ended = await hub.ended(opened.session)
            seen = await hub.upload_ended(opened.session)
            assert ended["bytes"] > 4_000_000
            assert seen.bytes < 1_000_000, "what waited at the home was dropped"


def _fragment_of(size: int) -> bytes:
    _, fragment = islice(sample_video(), 2)
    moof = fragment[: int.from_bytes(fragment[:4])]
    return moof + struct.pack(">I4s", size, b"mdat") + bytes(size - 8)


UPLOADS = {
    "another token": (401, {"token": "A" * 22}, b""),
    "no such session": (401, {"url": "/latchstring/in/s-0/video.cmfv"}, b""),
    "not CMAF": (400, {}, b"c\r\nhello, hello\r\n"),
    "a fragment first": (400, {}, b"8\r\n\0\0\0\x08moof\r\n8\r\n\0\0\0\x08mdat\r\n"),
    "the last chunk": (200, {}, b"0\r\n\r\n"),
}


@pytest.mark.parametrize("name", UPLOADS)
async def test_an_upload_that_is_wrong_is_answered(
    authority: Authority, web: aiohttp.ClientSession, name: str
) -> None:
    status, other, body = UPLOADS[name]
    async with ReferenceHub(authority) as hub:
        home = QuietHome(hub.invitation(), authority.client_context())
        await home.pair(web)
        async with home.connected(web):
            await hub.home_connected()
            await watch(hub, await open_camera(hub))
            ingest = home.ingest
            upload = await SampleUpload.to(
                ingest["url"].partition("/latchstring")[0] + other["url"]
                if "url" in other
                else ingest["url"],
                other.get("token", ingest["token"]),
                home.tls,
            )
            upload.send_raw(body)
            assert (await upload.answer()).startswith(b"HTTP/1.1 %d" % status)
            upload.reset()


async def test_nobody_is_shown_the_upload_of_another_home(
    authority: Authority, web: aiohttp.ClientSession
) -> None:
    async with ReferenceHub(authority) as hub:
        homes = [
            SampleHome(hub.invitation(), authority.client_context()) for _ in range(2)
        ]
        for home in homes:
            await home.pair(web)
        shown, claims = homes
        async with shown.connected(web), claims.connected(web):
            for home in homes:
                await hub.home_connected(home.id)
            opened = await hub.open_session(shown.cameras[0]["camera"], home=shown.id)
            assert isinstance(opened, Opened)
            await hub.first_byte(opened.session)
            camera = claims.cameras[0]["camera"]
            claims.sessions["s-of-somebody-else"] = {
                "camera": camera,
                "carried_by": opened.session,
            }
            joined = await hub.open_session(camera, home=claims.id)
            assert isinstance(joined, Opened)
            assert joined.carried_by == opened.session
            await hub.faulted("nothing carries it")
            assert hub.seen(joined.session).bytes == 0
            await claims.heard("session.close")


async def test_an_upload_that_outlives_its_session_is_ended(
    authority: Authority, web: aiohttp.ClientSession
) -> None:
    async with ReferenceHub(authority, options=Options(patience=1.0)) as hub:
        home = QuietHome(hub.invitation(), authority.client_context())
        await home.pair(web)
        async with home.connected(web):
            opened = await watch(hub, await open_camera(hub))
            upload = await SampleUpload.to(
                home.ingest["url"], home.ingest["token"], home.tls
            )
            upload.feed(sample_video())
            await hub.first_byte(opened.session)
            await hub.close_session(opened.session)
            assert (await hub.upload_ended(opened.session)).end == "by hub"
            upload.reset()


async def test_whoever_knows_no_token_fills_no_memory(
    authority: Authority, web: aiohttp.ClientSession
) -> None:
    async with ReferenceHub(authority, options=Options(remembers=2)) as hub:
        url = f"{hub.origin}/latchstring/in/s-0/video.cmfv"
        tls = authority.client_context()
        for _ in range(4):
            async with web.post(url, ssl=tls) as answer:
                assert answer.status == 401
        assert len(hub.faults) == 2


async def test_a_token_in_no_alphabet_is_not_the_right_one(
    hub: ReferenceHub, home: SampleHome, porch: str
) -> None:
    opened = await watch(hub, porch)
    await hub.first_byte(opened.session)
    url = f"{hub.origin}/latchstring/in/{opened.session}/video.cmfv"
    upload = await SampleUpload.to(url, "\udcff", home.tls)
    assert (await upload.answer()).startswith(b"HTTP/1.1 401")
    upload.reset()
    await hub.faulted("not its token")
    hub.control.faults.clear()


async def test_a_second_upload_for_a_session_is_refused(
    authority: Authority, web: aiohttp.ClientSession
) -> None:
    async with ReferenceHub(authority) as hub:
        home = QuietHome(hub.invitation(), authority.client_context())
        await home.pair(web)
        async with home.connected(web):
            await hub.home_connected()
            opened = await watch(hub, await open_camera(hub))
            target = (home.ingest["url"], home.ingest["token"], home.tls)
            first = await SampleUpload.to(*target)
            first.send(next(sample_video()))
            await hub.first_byte(opened.session)
            second = await SampleUpload.to(*target)
            assert (await second.answer()).startswith(b"HTTP/1.1 409")
            first.reset()
            second.reset()


async def test_a_hub_may_be_told_to_refuse_uploads(
    hub: ReferenceHub, home: SampleHome, porch: str
) -> None:
    hub.conduct = replace(Conduct(), ingest_status=503)
    opened = await watch(hub, porch)
    upload = await home.changes.until(lambda: home.uploads.get(opened.session))
    answer = await upload.answer()
    assert answer.startswith(b"HTTP/1.1 503")
