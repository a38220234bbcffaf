"""A drive by day: a car comes and goes, a pinwheel turns, clouds pass."""

from tests.cameras.picture import WIDTH, Mask, Picture

from .car import car_comes_and_goes
from .cloud import clouds_pass
from .driveway import driveway
from .pinwheel import pinwheel_turns
from .scene import Scene


def drive() -> Scene:
    """Draw everything once; clouds pass above the roofs, with nothing before them."""
    above_roofs = Mask.window(0, 0, WIDTH, 158)
    return Scene(
        background=Picture.of(driveway()),
        parts=(
            clouds_pass(
                above_roofs, (300, 200, 34, 14), (270, 900, 62, 9), (240, 1300, 12, 18)
            ),
            car_comes_and_goes(),
            pinwheel_turns(),
        ),
    )
