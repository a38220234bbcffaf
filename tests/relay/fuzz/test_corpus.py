"""Every odd input of the corpus is read or refused as its module promises, and gives no more than it has."""

from typing import Final

import pytest

from .corpus import FOLDER, inputs
from .target import Watch
from .targets import TARGETS

CASES: Final = [
    pytest.param(target, data, id=f"{target}-{name}")
    for target in TARGETS
    for name, data in inputs(target).items()
]


@pytest.mark.parametrize(("target", "data"), CASES)
def test_an_odd_input_is_read_or_refused(target: str, data: bytes) -> None:
    TARGETS[target].run(data, Watch())


def test_every_folder_of_the_corpus_is_read() -> None:
    assert {folder.name for folder in FOLDER.iterdir()} == {*TARGETS}
