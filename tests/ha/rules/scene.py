"""A picture that costs little to encode."""

from PIL import Image

from tests.cameras.picture import HEIGHT, WIDTH, Picture
from tests.cameras.scenes.scene import Scene


def nothing_much() -> Scene:
    """A grey wall."""
    grey = Image.new("RGB", (WIDTH, HEIGHT), "#808080")
    return Scene(background=Picture.of(grey), parts=())
