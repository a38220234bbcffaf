"""Cameras with one oddity each, of the kinds that people report of real ones."""

from .camera import OddCamera
from .counter import numbers_in
from .film import Film
from .oddities import ITSELF, NEVER, Oddities
from .server import odd_camera

__all__ = [
    "ITSELF",
    "NEVER",
    "Film",
    "OddCamera",
    "Oddities",
    "numbers_in",
    "odd_camera",
]
