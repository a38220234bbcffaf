"""A porch at dusk: a lamp with its moth, falling leaves, a cat before the door."""

from tests.cameras.picture import Picture

from .cat import cat_passes
from .front_door import front_door
from .lamp import lamp_flickers, lantern_hangs, moth_flies
from .leaves import leaves_fall
from .scene import Scene


def porch() -> Scene:
    """Draw everything once."""
    return Scene(
        background=Picture.of(front_door()),
        parts=(
            lamp_flickers(),
            lantern_hangs(),
            moth_flies(),
            leaves_fall(),
            cat_passes(),
        ),
    )
