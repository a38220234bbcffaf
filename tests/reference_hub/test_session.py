"""Watching, from the question to the receipt."""

import io

import aiohttp
import av

from . import Authority, Options, ReferenceHub, Refused
from .jose import public_key, unverified, verify
from .sample_home import SampleHome
from .watching import open_camera, watch


async def test_a_viewer_watches_until_the_home_resets_the_connection(
    hub: ReferenceHub, home: SampleHome, porch: str
) -> None:
    opened = await watch(hub, porch)
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
    opened = await watch(hub, porch)
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
    first = await watch(hub, porch)
    await hub.fragments(first.session, 5)
    second = await watch(hub, porch, officer="Officer R. Lee")
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
            opened = await watch(hub, await open_camera(hub))
            await hub.first_byte(opened.session)


async def test_the_assertion_names_the_officer_and_everything_asked(
    hub: ReferenceHub, home: SampleHome, porch: str
) -> None:
    opened = await watch(hub, porch, officer="Dispatcher M. Chen")
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
    opened = await watch(hub, porch)
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


async def test_what_holds_of_an_image_is_kept_until_it_is_over_or_the_home_is_back(
    hub: ReferenceHub, home: SampleHome, web: aiohttp.ClientSession
) -> None:
    home.cameras[0]["video"] = {
        "codec": "avc1.42c00d",
        "width": 320,
        "height": 240,
        "images": {"interval_ms": 500},
    }
    async with home.connected(web):
        opened = await watch(hub, await open_camera(hub))
        held = {
            "session": opened.session,
            "unchanged_since": "2026-11-21T18:06:20.500Z",
            "or_longer": False,
        }
        await home.tell("session.picture", held)
        assert await hub.picture_is(opened.session, unchanged=True) == held
        await home.tell("session.picture", held | {"unchanged_since": None})
        await hub.picture_is(opened.session, unchanged=False)
        await home.tell("session.picture", held)
        await hub.picture_is(opened.session, unchanged=True)
    async with home.connected(web):
        await hub.picture_is(opened.session, unchanged=False)


async def test_a_home_that_tells_of_a_picture_what_it_must_not_is_found_out(
    hub: ReferenceHub, home: SampleHome, porch: str
) -> None:
    opened = await watch(hub, porch)
    held = {"unchanged_since": "2026-11-21T18:06:20.500Z", "or_longer": False}
    await home.tell("session.picture", {"session": opened.session, **held})
    await hub.faulted("is told of images, but shows live video")
    await home.turn("Front porch", "closed")
    await hub.ended(opened.session)
    await home.tell("session.picture", {"session": opened.session, **held})
    await hub.faulted("has a picture, but is not running")
    hub.control.faults.clear()
