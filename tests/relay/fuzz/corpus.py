"""Odd inputs: a file each, named for what is odd about it."""

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[1] / "corpus"


def inputs(target: str) -> dict[str, bytes]:
    """Return the inputs of a target by their names."""
    files = sorted((FOLDER / target).iterdir())
    return {file.name: file.read_bytes() for file in files}
