"""What is drawn, without a camera."""

from hypothesis import given, settings, strategies as st
import numpy as np
from PIL import Image
import pytest

from .picture import HEIGHT, WIDTH, Mask, Picture, Sprite
from .scenes import SCENES

BLACK = Picture.of(Image.new("RGB", (WIDTH, HEIGHT)))
WHITE = Sprite.of(Image.new("RGBA", (40, 40), "#ffffff"))
DARKEST, BRIGHTEST = 16, 235
TREE = (slice(100, 260), slice(120, 420))


def brightness(picture: Picture) -> np.ndarray:
    return np.asarray(picture.planes[0])


@pytest.mark.parametrize("name", SCENES)
@settings(deadline=None, max_examples=40)
@given(seconds=st.floats(min_value=0, max_value=1e7))
def test_a_scene_can_be_drawn_at_any_second(name: str, seconds: float) -> None:
    drawn = SCENES[name]().at(seconds)
    assert [plane.size for plane in drawn.planes] == [
        (WIDTH, HEIGHT),
        (WIDTH // 2, HEIGHT // 2),
        (WIDTH // 2, HEIGHT // 2),
    ]


@settings(deadline=None, max_examples=40)
@given(seconds=st.floats(min_value=0, max_value=1e7))
def test_clouds_and_birds_pass_behind_the_tree(seconds: float) -> None:
    yard = SCENES["yard"]()
    assert (brightness(yard.at(seconds))[TREE] == brightness(yard.at(0))[TREE]).all()


@given(x=st.integers(-60, WIDTH + 20), y=st.integers(-60, HEIGHT + 20))
def test_a_sprite_is_cut_off_at_the_edges(x: int, y: int) -> None:
    picture = BLACK.copy()
    picture.lay(WHITE, x, y)
    expected = np.full((HEIGHT, WIDTH), DARKEST)
    expected[max(y, 0) : max(y + 40, 0), max(x, 0) : max(x + 40, 0)] = BRIGHTEST
    assert (brightness(picture) == expected).all()


def test_a_sprite_shows_only_where_it_is_seen() -> None:
    picture = BLACK.copy()
    picture.lay(WHITE, 100, 100, seen=Mask.window(0, 0, 120, HEIGHT))
    shown = np.argwhere(brightness(picture) == BRIGHTEST)
    assert (shown.min(axis=0).tolist(), shown.max(axis=0).tolist()) == (
        [100, 100],
        [139, 119],
    )


def test_laying_on_a_copy_leaves_the_background_as_it_was() -> None:
    BLACK.copy().lay(WHITE, 0, 0)
    assert (brightness(BLACK) == DARKEST).all()
