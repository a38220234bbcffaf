"""What a camera looks at: a still background, and parts that know their way."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.cameras.picture import Picture

type Part = Callable[[Picture, float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Parts are laid on the background from back to front."""

    background: Picture
    parts: tuple[Part, ...]

    def at(self, seconds: float) -> Picture:
        """The scene `seconds` after the cameras started."""
        picture = self.background.copy()
        for part in self.parts:
            part(picture, seconds)
        return picture
