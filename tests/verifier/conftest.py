"""The record that the tests tamper with; it is made once."""

from pathlib import Path
import shutil

import pytest

from .making import House, export, export_entry, keep_house


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> tuple[House, Path]:
    """A record and its export, which no test changes."""
    place = tmp_path_factory.mktemp("untouched")
    house = keep_house(place / "latchstring")
    return house, export(house, place)


@pytest.fixture(scope="session")
def untouched_proof(untouched: tuple[House, Path]) -> bytes:
    """One entry with its proof."""
    return export_entry(untouched[0], "city:0:150")


@pytest.fixture
def house(untouched: tuple[House, Path], tmp_path: Path) -> House:
    """A copy of the record."""
    kept, _ = untouched
    folder = shutil.copytree(kept.folder, tmp_path / "latchstring")
    return House(folder=folder, cosigned=kept.cosigned)


@pytest.fixture
def exported(untouched: tuple[House, Path], tmp_path: Path) -> Path:
    """A copy of the export, unpacked."""
    return shutil.copytree(untouched[1], tmp_path / "export")
