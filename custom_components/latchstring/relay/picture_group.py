"""The pictures at hand: the last keyframe of a connection and all that came after it."""

from collections.abc import Sequence
from typing import Final

from .mp4.packager import PackagedFragment

_MOST_BYTES: Final = 4 * 1024 * 1024


class PictureGroup:
    """Keeps the last keyframe and what follows, up to 4 MiB; beyond that nothing until the next keyframe."""

    def __init__(self) -> None:
        self._pictures: list[PackagedFragment] = []
        self._size = 0

    def add(self, packaged: PackagedFragment) -> None:
        """Keep a picture."""
        if packaged.fragment.keyframe:
            self.clear()
        elif not self._pictures:
            return
        self._pictures.append(packaged)
        self._size += len(packaged.fragment.data)
        if self._size > _MOST_BYTES:
            self.clear()

    def since(self, moment: float) -> Sequence[PackagedFragment]:
        """Return the group where all of it came in since this moment of the loop's clock, else nothing."""
        pictures = tuple(self._pictures)
        return pictures if pictures and pictures[0].after >= moment else ()

    def clear(self) -> None:
        """Keep nothing."""
        self._pictures, self._size = [], 0
