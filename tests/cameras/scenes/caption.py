"""What a camera burns into its picture: its name, and a clock that shows tenths."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from PIL import ImageFont

from tests.cameras.drawing import Drawing
from tests.cameras.picture import WIDTH, Picture, Sprite

from .scene import Scene

_SIZE: Final = 26
_HEIGHT: Final = 40
_MARGIN: Final = 20
_INDENT: Final = 14
_INK: Final = "#ffffff"
_PLATE: Final = "#0c0f14b0"
_LONGEST: Final = "0000-00-00  00:00:00.0"


def captioned(scene: Scene, name: str) -> Scene:
    """The scene behind its caption."""
    face = ImageFont.load_default(_SIZE)
    glyphs = {
        letter: _glyph(letter, round(face.getlength(letter)))
        for letter in "0123456789-:. "
    }
    name_plate = _plate(round(face.getlength(name)), name)
    clock_plate = _plate(sum(glyphs[letter].size[0] for letter in _LONGEST))
    name_left = WIDTH - _MARGIN - name_plate.size[0]
    return replace(
        scene,
        parts=(
            *scene.parts,
            partial(_plate_stays, name_plate, name_left),
            partial(_plate_stays, clock_plate, _MARGIN),
            partial(_clock_runs, glyphs),
        ),
    )


def _plate_stays(plate: Sprite, x: int, picture: Picture, _seconds: float) -> None:
    picture.lay(plate, x, _MARGIN)


def _clock_runs(glyphs: dict[str, Sprite], picture: Picture, _seconds: float) -> None:
    """The household's own time of day, whatever the scene's second."""
    now = datetime.now().astimezone()
    x = _MARGIN + _INDENT
    for letter in f"{now:%Y-%m-%d  %H:%M:%S}.{now.microsecond // 100_000}":
        picture.lay(glyphs[letter], x, _MARGIN)
        x += glyphs[letter].size[0]


def _plate(width: int, text: str = "") -> Sprite:
    plate = Drawing(width + 2 * _INDENT, _HEIGHT)
    plate.box((0, 0, width + 2 * _INDENT, _HEIGHT), _PLATE, radius=8)
    plate.words(text, (width / 2 + _INDENT, _HEIGHT / 2), _SIZE, _INK)
    return plate.sprite


def _glyph(letter: str, width: int) -> Sprite:
    glyph = Drawing(width, _HEIGHT)
    glyph.words(letter, (width / 2, _HEIGHT / 2), _SIZE, _INK)
    return glyph.sprite
