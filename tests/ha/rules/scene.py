"""A picture that costs little to encode."""

from PIL import Image
import pytest

from tests.cameras.encoder import AccessUnit
from tests.cameras.picture import HEIGHT, WIDTH, Picture
from tests.cameras.scenes.scene import Scene


def nothing_much() -> Scene:
    """A grey wall."""
    grey = Image.new("RGB", (WIDTH, HEIGHT), "#808080")
    return Scene(background=Picture.of(grey), parts=())


class Onlooker:
    """Stands beside a camera and notes when it took each picture."""

    def __init__(self) -> None:
        self.times: list[int] = []

    def show(self, unit: AccessUnit) -> None:
        self.times.append(unit.timestamp)

    def lose(self) -> None:
        pytest.fail("the camera has ended")
