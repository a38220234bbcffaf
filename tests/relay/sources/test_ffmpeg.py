"""What FFmpeg reads for us: each picture whole, no sound, and no step beyond the camera."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
import threading
import time
from urllib.parse import quote

import pytest

from custom_components.latchstring.relay import (
    CameraAddress,
    CameraStream,
    SourceUnusable,
    probe,
)
from custom_components.latchstring.relay.mp4.timeline import Timeline
from custom_components.latchstring.relay.sources.ffmpeg.demux import Demuxer
from custom_components.latchstring.relay.sources.ffmpeg.limits import OpenLimits
from custom_components.latchstring.relay.sources.reader import (
    Because,
    Choice,
    ReaderKind,
)
from custom_components.latchstring.relay.sources.refused_logins import RefusedLogins
from tests.cameras.odd import Oddities, numbers_in, odd_camera
from tests.reference_hub.tls import Authority
from tests.relay.decoders import frames_by_ffmpeg, streams_by_ffmpeg
from tests.relay.news import News
from tests.relay.tape import Tape, any_source

from .broadcast import Programme, Site, broadcast, site

PICTURES = 13
LOGIN = "owner:open-sesame@"
ENTRY = b"#EXTINF:0.1,\nmissing.ts\n"
ANY_SHOW = "/show?format=ts&codec=h264"


def stream_of(
    address: CameraAddress, on_change: Callable[[], None] = lambda: None
) -> CameraStream:
    async def located() -> CameraAddress:
        return address

    return CameraStream(
        loop=asyncio.get_running_loop(),
        locate=located,
        name=lambda: "Porch",
        pause=lambda _attempt: 0.05,
        keep=0,
        on_change=on_change,
    )


@asynccontextmanager
async def watched(url: str) -> AsyncIterator[tuple[CameraStream, Tape]]:
    stream, tape = stream_of(CameraAddress(url=url)), Tape()
    stream.attach(tape, any_source)
    try:
        yield stream, tape
    finally:
        await stream.async_close()


async def code_of(url: str, *, verifies: bool = False) -> str:
    """Give the reason why a camera is of no use."""
    address = CameraAddress(url=url, verifies_certificate=verifies)
    with pytest.raises(SourceUnusable) as unusable:
        await probe(address, RefusedLogins())
    return unusable.value.code


async def is_shown(url: str) -> bool:
    video = await probe(CameraAddress(url=url), RefusedLogins())
    return video.codec.startswith("avc1")


@pytest.mark.parametrize(
    "programme",
    [
        Programme(format="hls"),
        Programme(format="hls", codec="hevc", segments="fmp4"),
        Programme(format="ts"),
        Programme(format="ts", codec="hevc"),
        Programme(format="ts", size="3840x2160"),
        Programme(format="flv"),
        Programme(format="flv", codec="hevc"),
        Programme(format="rtmp"),
        Programme(format="rtmp", codec="hevc"),
    ],
    ids=lambda each: f"{each.format}-{each.codec}-{each.size}",
)
async def test_each_picture_comes_whole_and_no_sound(programme: Programme) -> None:
    async with broadcast(programme) as url, watched(url) as (stream, tape):
        await tape.until(PICTURES)
        body, count = tape.body, len(tape.fragments)
        assert stream.choice == Choice(by=ReaderKind.FFMPEG, because=Because.SCHEME)
        assert await streams_by_ffmpeg(body) == [("Video", programme.codec)]
        assert await frames_by_ffmpeg(body) == count


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/answer?status=404", "address_wrong"),
        ("/answer?status=401", "unauthorized"),
        ("/answer?status=403", "refused"),
        ("/answer?status=503", "busy"),
        ("/answer?status=500", "refused"),
        ("/answer?type=text/html&body=Welcome", "unreadable"),
        ("/answer?body=Welcome", "unreadable"),
        ("/answer?type=multipart/x-mixed-replace", "codec_unsupported"),
        ("/answer?type=video/webm", "codec_unsupported"),
        ("/show?format=ts&codec=mpeg2video", "codec_unsupported"),
        ("/show?format=ts&sound_only=1", "no_video"),
        ("/answer?status=302&location=/answer?status%3D404", "address_wrong"),
        ("/answer?status=302&location=file:///etc/passwd", "address_wrong"),
        ("/answer?status=302&location=rtsp://127.0.0.1/", "address_wrong"),
    ],
)
async def test_what_is_wrong_with_a_server_is_told_apart(path: str, code: str) -> None:
    async with site() as served:
        assert await code_of(served.url(path)) == code


async def test_a_server_that_is_not_there_is_unreachable() -> None:
    async with site() as served:
        http, rtmp = served.url("/show"), served.url("/live/stream", scheme="rtmp")
    assert await code_of(http) == "unreachable"
    assert await code_of(rtmp) == "unreachable"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "concat:a|b", "data:,a", ""])
async def test_what_ffmpeg_could_read_besides_is_not_even_tried(url: str) -> None:
    assert await code_of(url) == "scheme_unsupported"


async def test_a_server_that_says_nothing_is_slow() -> None:
    async def say_nothing(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read()
        writer.close()

    soon = OpenLimits(timeout=0.3, slots=threading.BoundedSemaphore(1))
    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        for scheme in ("http", "rtmp", "rtsp"):
            demuxer = Demuxer(
                CameraAddress(url=f"{scheme}://127.0.0.1:{port}/live/stream"),
                Timeline(),
                threading.Event(),
                time=time.monotonic,
                limits=soon,
            )
            with pytest.raises(SourceUnusable) as unusable:
                await asyncio.to_thread(list, demuxer.fragments())
            assert unusable.value.code == "slow"
        server.close_clients()


async def test_a_certificate_is_verified_only_where_that_is_wanted(
    authority: Authority,
) -> None:
    async with site(ssl=authority.server_context()) as served:
        url = served.url(ANY_SHOW, scheme="https")
        assert await code_of(url, verifies=True) == "certificate_invalid"
        assert await is_shown(url)


async def test_a_login_is_given_when_it_is_asked_for_and_once_where_it_is_refused() -> (
    None
):
    async with site() as served:
        asks = 'status=401&www-authenticate=Basic realm="a"'
        assert await code_of(served.url(f"/answer?{asks}", login=LOGIN)) == (
            "unauthorized"
        )
        assert [bool(login) for login in served.logins] == [False, True]


async def test_a_redirect_on_the_same_host_is_followed() -> None:
    async with site() as served:
        location = quote(ANY_SHOW, safe="")
        assert await is_shown(served.url(f"/answer?status=302&location={location}"))


async def test_redirects_come_to_an_end() -> None:
    async with site() as served:
        served.files["/self"] = b""
        url = served.url("/answer?status=302&location=")
        assert await code_of(url) == "redirected"
        assert len(served.asked) == 6


@asynccontextmanager
async def neighbours() -> AsyncIterator[tuple[Site, Site]]:
    """Serve two sites, on two hosts of the same home."""
    async with site() as first, site(host="127.0.0.2") as second:
        yield first, second


async def test_no_redirect_leads_to_another_camera_of_the_home() -> None:
    async with neighbours() as (camera, other):
        target = quote(other.url(ANY_SHOW, login=LOGIN), safe="")
        url = camera.url(f"/answer?status=302&location={target}", login=LOGIN)
        assert await code_of(url) == "redirected"
        assert not other.asked


@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTINF:1,\n{}\n",
        "#EXT-X-STREAM-INF:BANDWIDTH=1\n{}\n",
        '#EXT-X-KEY:METHOD=AES-128,URI="{}"\n#EXTINF:1,\n/own.ts\n',
        '#EXT-X-MAP:URI="{}"\n#EXTINF:1,\n/own.mp4\n',
    ],
    ids=["segment", "variant", "key", "map"],
)
async def test_no_playlist_leads_elsewhere(playlist: str, tmp_path: Path) -> None:
    """Neither to another camera of the home, nor to a file, nor by another protocol."""
    async with neighbours() as (camera, other):
        for target in (
            other.url(ANY_SHOW),
            f"file://{tmp_path}/a.ts",
            f"subfile,,start,0,end,0,,:{tmp_path}/a.ts",
            other.url("/live/stream", scheme="rtmp"),
            f"tcp://{other.host}:{other.port}",
            f"crypto:{other.url(ANY_SHOW)}",
            f"concat:{other.url(ANY_SHOW)}|a.ts",
        ):
            camera.files["/live.m3u8"] = (
                "#EXTM3U\n#EXT-X-TARGETDURATION:1\n"
                f"{playlist.format(target)}#EXT-X-ENDLIST\n"
            ).encode()
            code = await code_of(camera.url("/live.m3u8"))
            assert code in {"redirected", "address_wrong", "unreadable", "unreachable"}
        assert not other.asked


async def test_a_live_playlist_of_what_is_elsewhere_is_given_up_soon() -> None:
    async with neighbours() as (camera, other):
        listed = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:0.2,\n{other.url('/a')}\n"
        camera.files["/live.m3u8"] = listed.encode()
        assert await code_of(camera.url("/live.m3u8")) == "redirected"
        assert camera.asked == ["/live.m3u8"] * len(camera.asked)
        assert not other.asked


async def test_a_playlist_is_read_up_to_a_limit() -> None:
    async with site() as served:
        endless = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n" + ENTRY * 500_000
        last = b"#EXTINF:0.1,\nlast.ts\n#EXT-X-ENDLIST\n"
        served.files["/live.m3u8"] = endless + last
        assert await code_of(served.url("/live.m3u8")) == "address_wrong"
        assert "/last.ts" not in served.asked


async def test_a_reading_ends_at_once_while_an_answer_is_awaited() -> None:
    news, writers = News(), list[asyncio.StreamWriter]()

    def say_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        news.tell()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        async with watched(f"http://127.0.0.1:{port}/live"):
            await news.until(lambda: bool(writers))
        server.close_clients()
    assert not [each for each in threading.enumerate() if "Porch" in each.name]


class Middleman:
    """Stands before a camera, and has it count in a way that our own client takes for no RTSP."""

    def __init__(self, port: int) -> None:
        self.players: list[str] = []
        self.reset = asyncio.Event()
        self._port = port

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        first = await reader.readuntil(b"\r\n\r\n")
        self.players.append("ours" if b"Latchstring" in first else "ffmpeg")
        from_camera, to_camera = await asyncio.open_connection("127.0.0.1", self._port)
        to_camera.write(first)
        ways = (pass_on(reader, to_camera), pass_on(from_camera, writer))
        tasks = [asyncio.create_task(way) for way in (*ways, self.reset.wait())]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        for end in (writer, to_camera):
            end.close()


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(64 * 1024):
        writer.write(data.replace(b"Content-Length: ", b"Content-Length: +"))


async def test_what_our_own_client_cannot_read_is_read_by_ffmpeg_from_then_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with odd_camera(Oddities()) as camera:
        middleman = Middleman(camera.port)
        server = await asyncio.start_server(middleman.serve, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            url = camera.url.replace(str(camera.port), str(port))
            async with watched(url) as (stream, tape):
                await tape.until(PICTURES)
                middleman.reset.set()
                middleman.reset.clear()
                await tape.news.until(lambda: len(middleman.players) > 2)
                choice = stream.choice
            assert await is_shown(url)
            server.close_clients()
    assert choice == Choice(by=ReaderKind.FFMPEG, because=Because.UNREADABLE)
    assert middleman.players[:3] == ["ours", "ffmpeg", "ffmpeg"]
    assert len(numbers_in(tape.body)) >= PICTURES
    assert url not in caplog.text
