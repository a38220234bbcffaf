"""Watching, from the question to the receipt."""

from collections.abc import AsyncIterator
from dataclasses import replace
import io
from itertools import islice
import struct
from typing import Any, override

import aiohttp
import av
import pytest

from . import Authority, Conduct, Opened, Options, ReferenceHub, Refused
from .jose import public_key, unverified, verify
from .sample_home import SampleHome
from .sample_log import SampleLog
from .sample_upload import SampleUpload
from .sample_video import sample_video


@pytest.fixture
async def porch(
    hub: ReferenceHub, home: SampleHome, web: aiohttp.ClientSession
) -> AsyncIterator[str]:
    """The open camera of a home that is connected."""
    async with home.connected(web):
        await hub.home_connected()
        yield (await hub.camera_is("open"))["camera"]


async def _watch(
    hub: ReferenceHub, camera: str, officer: str = "Officer J. Doe"
) -> Opened:
    opened = await hub.open_session(camera, officer=officer)
    assert isinstance(opened, Opened)
    return opened


async def test_a_viewer_watches_until_the_home_resets_the_connection(
    hub: ReferenceHub, home: SampleHome, porch: str
) -> None:
    opened = await _watch(hub, porch)
    await hub.fragments(opened.session, 20)
    await home.turn("Front porch", "closed")
    seen = await hub.upload_ended(opened.session)
    assert seen.end == "reset"
    assert seen.first_byte is not None
    assert seen.last_byte is not None
    assert opened.answered.monotonic <= seen.first_byte.monotonic
    assert seen.first_byte.monotonic < seen.last_byte.monotonic
    assert seen.capture is not None
    with av.open(io.BytesIO(seen.capture), mode="r") as video:
        pictures = list(video.decode(video=0))
    assert len(pictures) >= 18


async def test_the_receipt_counts_what_the_home_counted(
    hub: ReferenceHub, home: SampleHome, porch: str
) -> None:
    opened = await _watch(hub, porch)
    await hub.fragments(opened.session, 10)
    await home.turn("Front porch", "closed")
    ended = await hub.ended(opened.session)
    token = await hub.receipt(opened.session)
    key = public_key(home.discovery["keys"]["assertion"])
    receipt = verify(token, key, "latchstring-receipt+jwt")
    seen = hub.seen(opened.session)
    assert receipt["fragments"] == ended["to"]["fragments"] == seen.fragments
    assert receipt["chain"] == ended["to"]["chain"] == seen.chain
    assert receipt["bytes"] == ended["bytes"] == seen.bytes
    assert receipt["first_byte"] <= receipt["last_byte"]


async def test_a_closed_camera_is_refused_and_sends_nothing(
    hub: ReferenceHub, porch: str
) -> None:
    closed = await hub.camera_is("closed")
    refused = await hub.open_session(closed["camera"])
    unknown = await hub.open_session("b7LrW0c3Jd9sKf6xVt2hEa")
    assert isinstance(refused, Refused)
    assert isinstance(unknown, Refused)
    assert refused.code == unknown.code == "not_available"
    assert refused.after >= 0.5
    assert porch != closed["camera"]


async def test_a_second_viewer_is_shown_the_running_upload(
    hub: ReferenceHub, home: SampleHome, porch: str
) -> None:
    first = await _watch(hub, porch)
    await hub.fragments(first.session, 5)
    second = await _watch(hub, porch, officer="Officer R. Lee")
    assert second.carried_by == first.session
    await hub.close_session(first.session)
    before = await hub.ended(first.session)
    seen = await hub.fragments(second.session, before["to"]["fragments"] + 5)
    assert seen.ended is None, "the upload lives until its last session has ended"
    await home.turn("Front porch", "closed")
    after = await hub.ended(second.session)
    assert after["from"]["fragments"] <= before["to"]["fragments"]
    early = unverified(await hub.receipt(first.session))
    late = unverified(await hub.receipt(second.session))
    assert early["fragments"] == before["to"]["fragments"]
    assert late["chain"] == after["to"]["chain"]
    assert late["bytes"] == after["bytes"] < hub.seen(second.session).bytes


async def test_a_viewer_may_join_before_the_upload_has_begun(
    authority: Authority, web: aiohttp.ClientSession
) -> None:
    async with ReferenceHub(authority) as hub:
        home = QuietHome(hub.invitation(), authority.client_context())
        await home.pair(web)
        async with home.connected(web):
            await hub.home_connected()
            camera = (await hub.camera_is("open"))["camera"]
            first, second = await _watch(hub, camera), await _watch(hub, camera)
            assert second.carried_by == first.session
            upload = await SampleUpload.to(
                home.ingest["url"], home.ingest["token"], home.tls
            )
            upload.send(next(sample_video()))
            await hub.first_byte(second.session)
            assert hub.seen(second.session) == hub.seen(first.session)
            upload.reset()
        assert not hub.faults


async def test_the_ingest_may_have_an_origin_of_its_own(
    authority: Authority, web: aiohttp.ClientSession
) -> None:
    options = Options(own_ingest_port=True)
    async with ReferenceHub(authority, options=options) as hub:
        home = SampleHome(hub.invitation(), authority.client_context())
        await home.pair(web)
        assert home.discovery["ingest_origins"] != [hub.origin]
        async with home.connected(web):
            await hub.home_connected()
            opened = await _watch(hub, (await hub.camera_is("open"))["camera"])
            await hub.first_byte(opened.session)


async def test_the_assertion_names_the_officer_and_everything_asked(
    hub: ReferenceHub, home: SampleHome, porch: str
) -> None:
    opened = await _watch(hub, porch, officer="Dispatcher M. Chen")
    asked = next(
        message["params"]
        for message in home.received
        if message.get("method") == "session.open"
    )
    key = public_key(home.discovery["keys"]["assertion"])
    claims = verify(asked["assertion"], key, "latchstring-viewer+jwt")
    assert (claims["iss"], claims["aud"]) == (hub.hub_id, home.id)
    assert (claims["sub"], claims["name"]) == ("desk-17", "Dispatcher M. Chen")
    assert (claims["purpose"], claims["case"]) == ("burglary", "2026-118834")
    assert (claims["camera"], claims["session"]) == (porch, opened.session)
    assert claims["ingest"] == asked["ingest"]["url"]
    assert claims["exp"] <= claims["iat"] + 300


async def test_an_answer_of_the_hub_ends_the_upload(
    hub: ReferenceHub, home: SampleHome, porch: str
) -> None:
    opened = await _watch(hub, porch)
    await hub.fragments(opened.session, 3)
    upload = home.uploads[opened.session]
    hub.end_upload(opened.session)
    assert (await upload.answer()).startswith(b"HTTP/1.1 200")
    assert (await hub.upload_ended(opened.session)).end == "by hub"


async def test_a_request_is_answered_first_and_decided_later(
    hub: ReferenceHub, porch: str
) -> None:
    request, answer = await hub.ask_to_watch(porch)
    assert answer["result"] == {}
    assert await hub.decided(request) is True
    request, _ = await hub.ask_to_watch((await hub.camera_is("closed"))["camera"])
    assert await hub.decided(request) is False


class Lying(SampleLog):
    """Proves something else than what it was asked to write down."""

    lie: dict[str, Any]

    @override
    def prove(self, entry: dict[str, Any]) -> dict[str, Any]:
        if "content" in self.lie:
            return super().prove({**entry, **self.lie["content"]})
        return {**super().prove(entry), **self.lie}


@pytest.mark.parametrize(
    ("lie", "words"),
    [
        ({"content": {"camera": "b7LrW0c3Jd9sKf6xVt2hEa"}}, "another one"),
        ({"content": {"assertion": "e30.e30.e30"}}, "another one"),
        ({"salt": "A" * 43 + "="}, "not in the tree"),
        ({"index": 5}, "beyond the tree"),
        ({"checkpoint": SampleLog().checkpoint()}, "not signed by the log"),
    ],
)
async def test_a_session_with_a_wrong_proof_is_closed(
    authority: Authority,
    web: aiohttp.ClientSession,
    lie: dict[str, Any],
    words: str,
) -> None:
    async with ReferenceHub(authority) as hub:
        home = SampleHome(hub.invitation(), authority.client_context())
        home.log = Lying()
        home.log.lie = lie
        await home.pair(web)
        async with home.connected(web):
            await hub.home_connected()
            opened = await hub.open_session((await hub.camera_is("open"))["camera"])
            assert isinstance(opened, Refused)
            assert opened.code == "proof_wrong"
            assert words in hub.faults[0]
            await home.heard("session.close")


async def test_the_hub_cosigns_what_grew_out_of_what_it_cosigned_before(
    hub: ReferenceHub, home: SampleHome, porch: str
) -> None:
    cosigned: dict[str, Any] = {}
    for _ in range(3):
        older = len(home.log.leaves)
        opened = await _watch(hub, porch)
        await hub.close_session(opened.session)
        await hub.ended(opened.session)
        await home.tell("checkpoint", home.log.grown_from(older))
        cosigned = await home.heard("checkpoint.cosigned")
        assert cosigned["checkpoint"].startswith(home.log.checkpoint())
        assert f"\u2014 {hub.hub_id} " in cosigned["checkpoint"]
        home.received.clear()
    await home.tell("checkpoint", home.log.grown_from(0))
    again = await home.heard("checkpoint.cosigned")
    assert again == cosigned, "a home that lost the answer gets it once more"


async def test_a_rewritten_log_is_not_cosigned(
    authority: Authority, web: aiohttp.ClientSession
) -> None:
    async with ReferenceHub(authority) as hub:
        home = SampleHome(hub.invitation(), authority.client_context())
        await home.pair(web)
        async with home.connected(web):
            await hub.home_connected()
            home.log.prove({"kind": "paired"})
            await home.tell("checkpoint", home.log.grown_from(0))
            await home.heard("checkpoint.cosigned")
            home.received.clear()
            home.log.leaves = [bytes(32), bytes(32)]
            await home.tell("checkpoint", home.log.grown_from(1))
            await hub.faulted("rewritten")
            assert not any("method" in message for message in home.received)


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
            opened = await _watch(hub, (await hub.camera_is("open"))["camera"])
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
            await _watch(hub, (await hub.camera_is("open"))["camera"])
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


async def test_a_second_upload_for_a_session_is_refused(
    authority: Authority, web: aiohttp.ClientSession
) -> None:
    async with ReferenceHub(authority) as hub:
        home = QuietHome(hub.invitation(), authority.client_context())
        await home.pair(web)
        async with home.connected(web):
            await hub.home_connected()
            opened = await _watch(hub, (await hub.camera_is("open"))["camera"])
            target = (home.ingest["url"], home.ingest["token"], home.tls)
            first = await SampleUpload.to(*target)
            first.send(next(sample_video()))
            await hub.first_byte(opened.session)
            second = await SampleUpload.to(*target)
            assert (await second.answer()).startswith(b"HTTP/1.1 409")
            first.reset()
            second.reset()


class QuietHome(SampleHome):
    """Admits, but leaves the upload to the test."""

    ingest: dict[str, str]

    @override
    async def begin(self, params: dict[str, Any]) -> None:
        if not hasattr(self, "ingest"):
            self.ingest = params["ingest"]


async def test_a_hub_may_be_told_to_refuse_uploads(
    hub: ReferenceHub, home: SampleHome, porch: str
) -> None:
    hub.conduct = replace(Conduct(), ingest_status=503)
    opened = await _watch(hub, porch)
    upload = await home.changes.until(lambda: home.uploads.get(opened.session))
    answer = await upload.answer()
    assert answer.startswith(b"HTTP/1.1 503")
