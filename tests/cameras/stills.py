"""What a camera sees at this moment, as a JPEG over HTTP: what a dashboard shows of it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from io import BytesIO

from aiohttp import web
from av.video.reformatter import Colorspace
from PIL import Image

from .encoder import frame_of
from .picture import Picture
from .rtsp import HOST, Cameras


@asynccontextmanager
async def serve_stills(cameras: Cameras) -> AsyncIterator[Callable[[str], str]]:
    """Serve `/<camera>.jpg`; give what names the address of a camera's still."""

    async def still(request: web.Request) -> web.Response:
        camera = cameras.cameras.get(request.match_info["camera"])
        if camera is None:
            raise web.HTTPNotFound
        body = jpeg(await camera.now())
        return web.Response(body=body, content_type="image/jpeg")

    application = web.Application()
    application.router.add_get("/{camera}.jpg", still)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, 0).start()
        (_, port) = runner.addresses[0]
        yield lambda name: f"http://{HOST}:{port}/{name}.jpg"
    finally:
        await runner.cleanup()


def jpeg(picture: Picture) -> bytes:
    """Write a picture as a file."""
    frame = frame_of(picture).reformat(format="rgb24", src_colorspace=Colorspace.ITU709)
    file = BytesIO()
    Image.fromarray(frame.to_ndarray()).save(file, "JPEG", quality=85)
    return file.getvalue()
