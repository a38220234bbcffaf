"""What a hub got, played by a real browser."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from aiohttp import web
import pytest

from tests.browser import chromium, find_chromium
from tests.cameras.gst_camera import GstCamera, Model
from tests.reference_hub.tls import Authority

from .cameras import source_of
from .tape import Tape, any_source

pytestmark = [
    pytest.mark.real_camera,
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason="Chromium is not installed"),
]

PAGE = """<!doctype html><video muted></video><script>
const video = document.querySelector("video");
const happens = (target, name) =>
  new Promise((resolve) => target.addEventListener(name, resolve, {once: true}));
const load = async (codec) => {
  const source = new MediaSource();
  video.src = URL.createObjectURL(source);
  await happens(source, "sourceopen");
  const buffer = source.addSourceBuffer(`video/mp4; codecs="${codec}"`);
  const body = await (await fetch("/body")).arrayBuffer();
  buffer.appendBuffer(body);
  await happens(buffer, "updateend");
  source.endOfStream();
};
const look = (at) => new Promise((resolve) => {
  video.requestVideoFrameCallback((_, shown) => resolve([shown.width, shown.height]));
  video.currentTime = at;
});
const ranges = () => [...Array(video.buffered.length).keys()].map(
  (n) => [video.buffered.start(n), video.buffered.end(n)]);
</script>"""


@asynccontextmanager
async def served(body: bytes, authority: Authority) -> AsyncIterator[str]:
    async def page(_request: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def media(_request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="video/mp4")

    app = web.Application()
    app.add_routes([web.get("/", page), web.get("/body", media)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=authority.server_context())
    await site.start()
    try:
        yield f"https://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("bframes", [0, 2])
async def test_a_browser_plays_it_over_a_gap_and_a_change_of_size(
    authority: Authority, bframes: int
) -> None:
    model = Model(bframes=bframes)
    async with GstCamera(model) as camera, source_of(camera) as source:
        tape = Tape()
        source.attach(tape, any_source)
        await tape.until(45)
        await camera.kill()
        await camera.start(replace(model, width=320, height=240))
        await tape.news.until(lambda: len(tape.videos) == 2)
        await tape.until(len(tape.fragments) + 45)

    async with (
        served(tape.body, authority) as url,
        chromium(trust=authority.ca_path) as browser,
    ):
        page = await browser.open(url)
        await page.evaluate(f"load('{tape.videos[0].codec}')")
        ranges = await page.evaluate("ranges()")
        sizes = [await page.evaluate(f"look({begin + 0.5})") for begin, _ in ranges]
        await page.evaluate(f"video.currentTime = {ranges[0][0]}, video.play()")
        await page.until("video.currentTime > 1")

        assert sizes == [[640, 360], [320, 240]]
        assert await page.evaluate("video.error") is None
