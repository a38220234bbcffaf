"""Chromium (libwebrtc) as a camera with WebRTC: a page that draws numbers, and answers offers with H.264."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import json
from typing import Any, Final

from aiohttp import web

from tests.browser import Page, chromium

from .camera import Answer

WIDTH: Final = 640
HEIGHT: Final = 360

_FLAGS: Final = (
    # Its candidates are this machine's own address: as it is, and alone.
    "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--autoplay-policy=no-user-gesture-required",
)
_PAGE: Final = (
    f"<!doctype html><title>Camera</title>"
    f'<canvas id="seen" width="{WIDTH}" height="{HEIGHT}"></canvas>'
)
_SCRIPT: Final = """
const canvas = document.getElementById("seen"), pen = canvas.getContext("2d");
const { width, height } = canvas, size = width / 16;
let number = 0;
// As tests/cameras/odd/counter.py draws it: sixteen blocks, the upper four bits being the number modulo 13.
const draw = () => {
  pen.fillStyle = `rgb(${[0, 1, 2].map(() => 64 + (5 * number) % 128)})`;
  pen.fillRect(0, 0, width, height);
  const coded = number | (number % 13) << 12;
  for (let bit = 0; bit < 16; bit++) {
    pen.fillStyle = coded >> bit & 1 ? "rgb(220 220 220)" : "rgb(32 32 32)";
    pen.fillRect(bit * size, size, size, size);
  }
  number = (number + 1) % 4096;
};
setInterval(draw, 50);
const [track] = canvas.captureStream(20).getVideoTracks();
track.contentHint = "detail"; // where it has too little time, fewer pictures rather than smaller ones
const sessions = {};
const gathered = (peer) => new Promise((resolve) => {
  const look = () => peer.iceGatheringState === "complete" && resolve();
  peer.onicegatheringstatechange = look;
  look();
});
window.answer = async (sdp) => {
  const peer = new RTCPeerConnection(), name = String(Object.keys(sessions).length);
  sessions[name] = peer;
  await peer.setRemoteDescription({ type: "offer", sdp });
  const video = peer.getTransceivers().find((each) => each.receiver.track.kind === "video");
  video.direction = "sendonly";
  await video.sender.replaceTrack(track);
  await peer.setLocalDescription(await peer.createAnswer());
  await gathered(peer);
  return { session: name, sdp: peer.localDescription.sdp };
};
window.close = (name) => sessions[name].close();
window.opened = () => Object.keys(sessions).filter((name) => sessions[name].connectionState !== "closed");
window.stats = async (name) => [...(await sessions[name].getStats()).values()];
"""


class ChromiumCamera:
    """A page with a camera, asked as `WebRtcCamera` is."""

    def __init__(self, page: Page) -> None:
        """Take the page."""
        self._page = page

    async def offer(self, sdp: str) -> Answer:
        """Begin a session."""
        said = await self._page.evaluate(f"answer({json.dumps(sdp)})")
        lines = said["sdp"].splitlines()
        candidates = [line for line in lines if line.startswith("a=candidate:")]
        kept = (line for line in lines if line not in candidates)
        return Answer(
            session=said["session"],
            sdp="".join(f"{line}\r\n" for line in kept),
            candidates=tuple(line.removeprefix("a=") for line in candidates),
        )

    async def close(self, session: str) -> None:
        """End a session."""
        await self._page.evaluate(f"close({json.dumps(session)})")

    async def open(self) -> list[str]:
        """Return the sessions that nobody has closed."""
        found: list[str] = await self._page.evaluate("opened()")
        return found

    async def until_closed(self) -> None:
        """Wait until there is no session."""
        await self._page.until("opened().length === 0")

    async def stats(self, session: str, kind: str) -> list[dict[str, Any]]:
        """Return what libwebrtc tells of a session, of one kind."""
        found: list[dict[str, Any]] = await self._page.evaluate(
            f"stats({json.dumps(session)})"
        )
        return [each for each in found if each["type"] == kind]


@asynccontextmanager
async def chromium_camera() -> AsyncIterator[ChromiumCamera]:
    """Run a camera."""
    async with _served() as url, chromium(flags=_FLAGS) as browser:
        page = await browser.open(url)
        await page.evaluate(_SCRIPT)
        yield ChromiumCamera(page)


@asynccontextmanager
async def _served() -> AsyncIterator[str]:
    """Serve the page: of one that has no origin, Chromium gives no candidate away."""

    async def show(_request: web.Request) -> web.Response:
        return web.Response(text=_PAGE, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", show)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()
