"""A yard in the sun: clouds behind a tree, a tyre on a rope, a ball and a bird."""

from tests.cameras.picture import Mask, Picture

from .bird import bird_flies
from .cloud import clouds_pass
from .garden import garden, sky
from .scene import Scene
from .toys import ball_bounces, tyre_swings


def yard() -> Scene:
    """Draw everything once; what hides the sky also hides what passes there."""
    front, background = garden(), sky()
    background.paste(front, mask=front)
    hidden = front.getchannel("A")
    open_sky = Mask.of(hidden.point([255 - level for level in range(256)]))
    return Scene(
        background=Picture.of(background),
        parts=(
            clouds_pass(
                open_sky, (250, 380, 28, 16), (330, 900, 96, 24), (210, 1250, 150, 11)
            ),
            bird_flies(open_sky),
            tyre_swings(),
            ball_bounces(),
        ),
    )
