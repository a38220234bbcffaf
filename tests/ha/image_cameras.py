"""Cameras that give images only, in the ways of the integrations of Home Assistant that have such."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from enum import Enum, auto
from itertools import count
from types import MappingProxyType
from typing import Final, Never, override

from aiohttp import web
from aiohttp.test_utils import TestServer
from homeassistant.components.camera import Camera
from homeassistant.components.mjpeg import MjpegCamera
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.device_registry import DeviceInfo

from tests.relay.encode.drawn import numbered
from tests.relay.news import News

from .own_cameras import INTEGRATION, OwnCamera

_BOUNDARY: Final = "frame"


class Kind(Enum):
    """How a platform comes by the images of its cameras."""

    MJPEG_CAMERA = auto()
    """It builds on Home Assistant's own MjpegCamera, which names the address of its images as if it were of video."""
    OWN_MJPEG = auto()
    """It has a way of its own to give them one after the other; asked for one, it gives one."""
    NOW = auto()
    """It has one made, or fetched, whenever it is asked."""
    LAST = auto()
    """It keeps the last one that came; before that it has none."""
    FILE = auto()
    """It is a file."""
    MAP = auto()
    """It is drawn: a PNG or a GIF."""


PLATFORMS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "abode": Kind.LAST,
        "agent_dvr": Kind.MJPEG_CAMERA,
        "august": Kind.LAST,
        "blink": Kind.LAST,
        "buienradar": Kind.MAP,
        "canary": Kind.OWN_MJPEG,
        "dremel_3d_printer": Kind.MJPEG_CAMERA,
        "environment_canada": Kind.MAP,
        "esphome": Kind.OWN_MJPEG,
        "familyhub": Kind.NOW,
        "fully_kiosk": Kind.NOW,
        "homekit_controller": Kind.NOW,
        "hyperion": Kind.OWN_MJPEG,
        "indi_allsky": Kind.NOW,
        "local_file": Kind.FILE,
        "mjpeg": Kind.MJPEG_CAMERA,
        "motioneye": Kind.MJPEG_CAMERA,
        "mqtt": Kind.LAST,
        "neato": Kind.LAST,
        "octoprint": Kind.MJPEG_CAMERA,
        "prosegur": Kind.NOW,
        "proxy": Kind.OWN_MJPEG,
        "prusalink": Kind.LAST,
        "push": Kind.LAST,
        "qvr_pro": Kind.NOW,
        "skybell": Kind.OWN_MJPEG,
        "tasmota": Kind.OWN_MJPEG,
        "trafikverket_camera": Kind.LAST,
        "verisure": Kind.LAST,
        "xeoma": Kind.NOW,
        "xiaomi": Kind.OWN_MJPEG,
        "yale": Kind.LAST,
        "yi": Kind.OWN_MJPEG,
        "zoneminder": Kind.MJPEG_CAMERA,
    }
)
"""All that give images only, in the release that most tests run with."""

COME_OR_GONE: Final = frozenset({"indi_allsky", "bosch_smart_camera"})
"""Those that are not in every supported release."""

LATER: Final[Mapping[str, Kind]] = MappingProxyType({"bosch_smart_camera": Kind.NOW})


class ImageCamera(OwnCamera):
    """Has an image made whenever it is asked: each has the next number."""

    def __init__(
        self, name: str = "Porch", *, seconds: float = 0.5, has_id: bool = True
    ) -> None:
        super().__init__(name, None, device=name if has_id else None)
        if not has_id:
            self._attr_unique_id = None
        self._attr_frame_interval = seconds
        self.news = News()
        self.asked = 0
        self._numbers = count(1)

    @override
    async def async_camera_image(
        self, width: int | None = None, height: int | None = None
    ) -> bytes | None:
        self.asked += 1
        self.news.tell()
        return await self.image()

    async def image(self) -> bytes | None:
        """Give what it has now."""
        return numbered(next(self._numbers))

    async def until_asked_again(self, times: int) -> None:
        """Wait until it is asked so often from now on."""
        asked = self.asked + times
        await self.news.until(lambda: self.asked >= asked)


class OwnMjpegCamera(ImageCamera):
    """Gives its images one after the other in a way of its own, which only a browser's request can be given."""

    @override
    async def handle_async_mjpeg_stream(self, request: web.Request) -> Never:
        raise AssertionError("It was asked for images, not for a page of them")


class BlockingCamera(ImageCamera):
    """Has them made by something that blocks."""

    async_camera_image = Camera.async_camera_image  # the usual one, by a thread

    @override
    def camera_image(
        self, width: int | None = None, height: int | None = None
    ) -> bytes | None:
        return numbered(next(self._numbers))


class LastCamera(ImageCamera):
    """Keeps the image of the last event, and has none before the first."""

    last: bytes | None = None

    @override
    async def image(self) -> bytes | None:
        return self.last


class DrawnCamera(LastCamera):
    """Draws a map, as a PNG or a GIF with few colours."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self.content_type = f"image/{form.lower()}"
        self.last = numbered(1, (480, 480), form=form, mode="P")


class FailingCamera(ImageCamera):
    """Has an integration that says what is wrong."""

    @override
    async def image(self) -> bytes | None:
        raise HomeAssistantError("Error getting image from http://user:secret@camera/")


class HangingCamera(ImageCamera):
    """Begins to give an image, and does not come to an end."""

    hangs = False

    @override
    async def image(self) -> bytes | None:
        if self.hangs:
            await asyncio.Event().wait()
        return await super().image()


@asynccontextmanager
async def mjpeg_camera(*, has_stills: bool) -> AsyncIterator[MjpegCamera]:
    """Give Home Assistant's own camera of a page of images, which a server on this machine gives."""
    numbers = count(1)

    async def images(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_type = "multipart/x-mixed-replace"
        response.headers["Content-Type"] += f"; boundary={_BOUNDARY}"
        await response.prepare(request)
        for _ in range(2):
            image = numbered(next(numbers))
            await response.write(
                f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\n"
                f"Content-Length: {len(image)}\r\n\r\n".encode()
                + image
                + b"\r\n"
            )
        return response

    async def still(_request: web.Request) -> web.Response:
        return web.Response(body=numbered(next(numbers)), content_type="image/jpeg")

    app = web.Application()
    app.router.add_get("/video", images)
    app.router.add_get("/still", still)
    async with TestServer(app) as server:
        yield MjpegCamera(
            name="Porch",
            mjpeg_url=str(server.make_url("/video")),
            still_image_url=str(server.make_url("/still")) if has_stills else None,
            unique_id="porch",
            device_info=DeviceInfo(identifiers={(INTEGRATION, "porch")}, name="Porch"),
        )
