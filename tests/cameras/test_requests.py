"""What the server answers, request by request."""

from collections.abc import AsyncIterator, Mapping
import struct

import pytest

from . import Cameras, serve
from .watching import PlainClient

INTERLEAVED = {"Transport": "RTP/AVP/TCP;unicast;interleaved=4-5"}

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
async def cameras() -> AsyncIterator[Cameras]:
    async with serve() as cameras:
        yield cameras


@pytest.fixture
async def client(cameras: Cameras) -> AsyncIterator[PlainClient]:
    async with PlainClient.connected(cameras.port) as client:
        yield client


@pytest.mark.parametrize(
    ("asked", "headers", "status"),
    [
        ("OPTIONS porch", {}, 200),
        ("GET_PARAMETER porch", {}, 200),
        ("DESCRIBE porch", {}, 200),
        ("DESCRIBE attic", {}, 404),
        ("DESCRIBE ", {}, 404),
        ("SETUP attic/track1", INTERLEAVED, 404),
        ("SETUP porch/track1", INTERLEAVED, 200),
        ("SETUP porch/track1", {"Transport": "RTP/AVP/TCP;unicast"}, 200),
        ("SETUP porch/track1", {"Transport": "RTP/AVP;client_port=5-6"}, 461),
        ("SETUP porch/track1", {"Transport": "RTP/AVP/TCP;interleaved=255"}, 461),
        ("SETUP porch/track1", {}, 461),
        ("PLAY porch", {}, 455),
        ("PAUSE porch", {}, 455),
        ("TEARDOWN porch", {}, 455),
        ("RECORD porch", {}, 501),
    ],
)
async def test_a_fresh_connection_is_answered(
    cameras: Cameras,
    client: PlainClient,
    asked: str,
    headers: Mapping[str, str],
    status: int,
) -> None:
    method, _, path = asked.partition(" ")
    url = f"rtsp://127.0.0.1:{cameras.port}/{path}"
    assert (await client.ask(method, url, headers)).status == status


@pytest.mark.parametrize("method", ["PLAY", "PAUSE", "TEARDOWN"])
async def test_a_session_answers_to_its_own_name_only(
    cameras: Cameras, client: PlainClient, method: str
) -> None:
    url = cameras.url("porch")
    await client.ask("SETUP", f"{url}/track1", INTERLEAVED)
    assert (await client.ask(method, url, {"Session": "other"})).status == 454


async def test_a_connection_has_one_session(
    cameras: Cameras, client: PlainClient
) -> None:
    for status in (200, 455):
        answer = await client.ask("SETUP", cameras.url("yard"), INTERLEAVED)
        assert answer.status == status


async def test_the_description_names_one_video_track_and_its_parameter_sets(
    cameras: Cameras, client: PlainClient
) -> None:
    lines = (await client.ask("DESCRIBE", cameras.url("porch"), {})).body.split("\r\n")
    assert [line for line in lines if line.startswith("m=")] == ["m=video 0 RTP/AVP 96"]
    assert "s=porch" in lines
    (described,) = [line for line in lines if line.startswith("a=fmtp:96 ")]
    assert "packetization-mode=1" in described
    assert "sprop-parameter-sets=Z0" in described


async def test_a_report_goes_before_the_first_picture(
    cameras: Cameras, client: PlainClient
) -> None:
    await client.watch(cameras.url("porch"))
    channel, report = await client.packet()
    kind, media = struct.unpack("!xB14xI", report[:20])
    assert (channel, kind) == (5, 200)
    channel, first = await client.packet()
    assert (channel, struct.unpack("!4xI", first[:8])) == (4, (media,))


async def test_a_viewer_can_pause_go_on_and_leave(
    cameras: Cameras, client: PlainClient
) -> None:
    url, porch = cameras.url("porch"), cameras["porch"]
    session = await client.watch(url)
    for method, viewers in (("PAUSE", 0), ("PLAY", 1), ("PLAY", 1), ("TEARDOWN", 0)):
        answer = await client.ask(method, url, session)
        assert (answer.status, porch.viewers) == (200, viewers)
    assert (await client.ask("PLAY", url, session)).status == 455


async def test_a_session_is_kept_alive_while_it_plays(
    cameras: Cameras, client: PlainClient
) -> None:
    session = await client.watch(cameras.url("porch"))
    answer = await client.ask("GET_PARAMETER", cameras.url("porch"), session)
    assert answer.headers["Session"] == session["Session"]


@pytest.mark.parametrize(
    "noise",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\r\n\r\nDESCRIBE\r\n\r\n",
        b"\xff\xfe\r\n\r\n",
        b"DESCRIBE rtsp://[ RTSP/1.0\r\n\r\n",
        b"OPTIONS * RTSP/1.0\r\nContent-Length: 99999\r\n\r\n",
        b"A" * 9_000,
    ],
)
async def test_what_is_not_rtsp_ends_the_connection(
    client: PlainClient, noise: bytes
) -> None:
    await client.write(noise)
    assert (await client.answer()).status == 400
    await client.end()


async def test_a_viewer_that_vanishes_is_forgotten(cameras: Cameras) -> None:
    async with PlainClient.connected(cameras.port) as client:
        await client.watch(cameras.url("drive"))
        assert cameras["drive"].viewers == 1
    await cameras["drive"].until_viewers(0)
