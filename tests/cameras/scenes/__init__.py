"""The three cameras of the demo's home; each is drawn once a process."""

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from .caption import captioned
from .drive import drive
from .porch import porch
from .scene import Scene
from .yard import yard

SCENES: Final[Mapping[str, Callable[[], Scene]]] = MappingProxyType(
    {
        "porch": cache(lambda: captioned(porch(), "FRONT DOOR")),
        "drive": cache(lambda: captioned(drive(), "DRIVEWAY")),
        "yard": cache(lambda: captioned(yard(), "BACK YARD")),
    }
)
