"""What cameras have besides RTSP, served by a stand-alone ffmpeg: HLS, FLV and MPEG-TS over HTTP, and RTMP."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
import socket
from ssl import SSLContext
from typing import Final

from aiohttp import web
import imageio_ffmpeg

from tests.relay.news import News

_ENCODERS: Final = {
    "h264": ("libx264", "-tune", "zerolatency", "-bf", "0"),
    "hevc": ("libx265", "-tune", "zerolatency", "-x265-params", "log-level=error"),
    "mpeg2video": ("mpeg2video",),
}
_FORMATS: Final = {
    "ts": ("-f", "mpegts"),
    "flv": ("-f", "flv"),
    "hls": ("-f", "hls", "-hls_list_size", "3", "-hls_time", "0.5"),
}
_READ: Final = 16 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """What is shown: a moving test picture, and a tone."""

    format: str = "ts"
    codec: str = "h264"
    size: str = "320x180"
    segments: str = "mpegts"
    has_video: bool = True

    def arguments(self, target: str) -> tuple[str, ...]:
        picture = f"testsrc2=size={self.size}:rate=25"
        video = (
            *("-c:v", *_ENCODERS[self.codec], "-preset", "ultrafast"),
            *("-pix_fmt", "yuv420p", "-g", "12"),
        )
        tag = ("-tag:v", "hvc1") if (self.codec, self.segments) == _TAGGED else ()
        return (
            *("-re", "-f", "lavfi", "-i", "sine"),
            *(("-f", "lavfi", "-i", picture, *video) if self.has_video else ()),
            *("-c:a", "aac", *tag, *_FORMATS[self.format]),
            *(("-hls_segment_type", self.segments) if self.format == "hls" else ()),
            target,
        )


_TAGGED: Final = ("hevc", "fmp4")


class Players:
    """The ffmpegs of one test."""

    def __init__(self) -> None:
        self._running: list[asyncio.subprocess.Process] = []

    async def start(self, arguments: Sequence[str]) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            imageio_ffmpeg.get_ffmpeg_exe(),
            *("-hide_banner", "-loglevel", "error", "-nostdin"),
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        self._running.append(process)
        return process

    async def end(self) -> None:
        for process in self._running:
            with suppress(ProcessLookupError):
                process.kill()
            await process.communicate()


class Site:
    """A web server: it shows programmes, keeps what an ffmpeg puts there, and answers what it is told to."""

    def __init__(self) -> None:
        self.port = 0
        self.host = ""
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.logins: list[str | None] = []
        self.news = News()
        self.players = Players()

    def url(self, path: str, *, login: str = "", scheme: str = "http") -> str:
        return f"{scheme}://{login}{self.host}:{self.port}{path}"

    async def put(self, request: web.Request) -> web.Response:
        self.files[request.path] = await request.read()
        self.news.tell()
        return web.Response()

    async def get(self, request: web.Request) -> web.StreamResponse:
        self.note(request)
        data = self.files.get(request.path)
        return web.Response(status=404) if data is None else web.Response(body=data)

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Show a programme for as long as somebody watches."""
        self.note(request)
        response = web.StreamResponse()
        await response.prepare(request)
        asked = request.query
        programme = Programme(
            format=asked["format"],
            codec=asked.get("codec", "h264"),
            size=asked.get("size", "320x180"),
            has_video="sound_only" not in asked,
        )
        process = await self.players.start(programme.arguments("pipe:1"))
        assert process.stdout is not None
        with suppress(ConnectionError):
            while data := await process.stdout.read(_READ):
                await response.write(data)
        return response

    async def answer(self, request: web.Request) -> web.Response:
        self.note(request)
        return web.Response(
            status=int(request.query.get("status", "200")),
            headers={
                name.title(): value
                for name, value in request.query.items()
                if name in {"location", "www-authenticate"}
            },
            body=request.query.get("body", "").encode(),
            content_type=request.query.get("type", "application/octet-stream"),
        )

    def note(self, request: web.Request) -> None:
        self.asked.append(request.path)
        self.logins.append(request.headers.get("Authorization"))
        self.news.tell()


@asynccontextmanager
async def site(
    *, host: str = "127.0.0.1", ssl: SSLContext | None = None
) -> AsyncIterator[Site]:
    served = Site()
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_get("/show", served.show)
    app.router.add_get("/answer", served.answer)
    app.router.add_put("/{name}", served.put)
    app.router.add_get("/{name}", served.get)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, 0, ssl_context=ssl).start()
        served.host, served.port = host, runner.addresses[0][1]
        yield served
    finally:
        await runner.cleanup()
        await served.players.end()


@asynccontextmanager
async def broadcast(programme: Programme) -> AsyncIterator[str]:
    """Show a programme, and give its address."""
    if programme.format == "rtmp":
        url = f"rtmp://127.0.0.1:{free_port()}/live/stream"
        shown = replace(programme, format="flv").arguments(url)
        players = Players()
        await players.start((*shown[:-1], "-listen", "1", url))
        yield url
        await players.end()
        return
    async with site() as served:
        if programme.format != "hls":
            names = "&".join(
                f"{name}={getattr(programme, name)}"
                for name in ("format", "codec", "size")
            )
            yield served.url(f"/show?{names}")
            return
        target = served.url("/live.m3u8")
        await served.players.start(
            (*programme.arguments(target)[:-1], "-method", "PUT", target)
        )
        await served.news.until(lambda: "/live.m3u8" in served.files)
        yield target


def free_port() -> int:
    with socket.socket() as probing:
        probing.bind(("127.0.0.1", 0))
        return int(probing.getsockname()[1])
