"""The still is the camera's own picture, at this moment."""

from io import BytesIO

import aiohttp
import numpy as np
from PIL import Image

from .picture import HEIGHT, WIDTH, Picture
from .rtsp import serve
from .stills import jpeg, serve_stills


async def test_a_still_shows_what_the_camera_sees() -> None:
    async with (
        serve() as cameras,
        serve_stills(cameras) as address,
        aiohttp.ClientSession() as web,
        web.get(address("drive")) as answer,
    ):
        assert answer.content_type == "image/jpeg"
        still = Image.open(BytesIO(await answer.read()))
        assert still.size == (WIDTH, HEIGHT)
        assert cameras["drive"].viewers == 0
        async with web.get(address("cellar")) as other:
            assert other.status == 404


def test_a_still_has_the_colours_that_were_drawn() -> None:
    drawn = Image.new("RGB", (WIDTH, HEIGHT), (180, 60, 40))

    still = Image.open(BytesIO(jpeg(Picture.of(drawn))))

    shown = np.asarray(still, dtype=np.int16)[360, 640]
    assert np.abs(shown - (180, 60, 40)).max() <= 4
