"""Homes as earlier versions have stored them.

Each folder of `homes` is what Home Assistant had on disk when a release with that version of a hub's entry had
stopped: paired with two hubs, watched by both. Once shipped, none changes. Their keys are of no home and no hub.

`1` has rules that later releases do not allow; `1-asked` and `2` have a request that was answered, an alarm that was
raised, and rules that are allowed.
"""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
import json
from pathlib import Path
import sqlite3
from typing import Any

from tests.ha.front_door import DOMAIN
from tests.reference_hub import ReferenceHub

HOMES = Path(__file__).parent / "homes"
PLACES = {
    "core.config_entries": ".storage/core.config_entries",
    "core.device_registry": ".storage/core.device_registry",
    "core.entity_registry": ".storage/core.entity_registry",
    "latchstring.consent": ".storage/latchstring.consent",
    "latchstring.household": ".storage/latchstring.household",
    "latchstring.hubs": ".storage/latchstring.hubs",
    "latchstring.anchor": ".cache/latchstring.anchor",
    "latchstring.heads": ".cache/latchstring.heads",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A folder of `homes`.

    In a test its cameras are at other addresses than then, which asks for their owner's word, unless consent to what is
    watched was given to what `stays`: the entity, whose address was another at each look.
    """

    name: str
    stays: bool = False

    @property
    def folder(self) -> Path:
        return HOMES / self.name

    def kept(self, name: str) -> Any:
        """Return what one of its stores held."""
        return json.loads((self.folder / f"{name}.json").read_text())["data"]

    def sql(self, name: str) -> str:
        """Return what makes one of its databases."""
        return (self.folder / f"{name}.sql").read_text()

    def record(self) -> set[tuple[Any, ...]]:
        """Return the entries of its record."""
        with closing(sqlite3.connect(":memory:")) as database:
            database.executescript(self.sql("record"))
            return _entries(database)

    def entries(self) -> dict[str, Any]:
        """Return its hubs' entries by their titles."""
        entries = self.kept("core.config_entries")["entries"]
        return {each["title"]: each for each in entries if each["domain"] == DOMAIN}

    def data(self, title: str) -> Mapping[str, Any]:
        """Return what a hub's entry held."""
        held: Mapping[str, Any] = self.entries()[title]["data"]
        return held


FIRST = Home(name="1")
ASKED = Home(name="1-asked")
SECOND = Home(name="2", stays=True)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A home as it was left, and the hubs that know it."""

    home: Home
    moved: Mapping[str, str]
    police: ReferenceHub
    sheriff: ReferenceHub

    def data(self, title: str) -> Mapping[str, Any]:
        """Return what a hub's entry held; the hubs of this test listen at other ports than those of then."""
        moved: Mapping[str, Any] = json.loads(
            _replace(json.dumps(self.home.data(title)), self.moved)
        )
        return moved


def put_hub(home: Home, name: str, folder: Path) -> Path:
    """Lay a hub's file into a folder."""
    folder.mkdir()
    with closing(sqlite3.connect(folder / "hub.sqlite")) as database:
        database.executescript(home.sql(name))
    return folder


def _replace(text: str, moved: Mapping[str, str]) -> str:
    for before, after in moved.items():
        text = text.replace(before, after)
    return text


def put_home(home: Home, config: Path, moved: Mapping[str, str]) -> None:
    """Lay the files where they belong."""
    for file in home.folder.glob("*.json"):
        place = config / PLACES[file.stem]
        place.parent.mkdir(exist_ok=True)
        place.write_text(_replace(file.read_text(), moved))
    (config / "latchstring").mkdir()
    with closing(sqlite3.connect(config / "latchstring/record.db")) as database:
        database.executescript(home.sql("record"))


def moved_to(home: Home, now: Mapping[str, str]) -> dict[str, str]:
    """Give what stands in its files of where its hubs were, and what stands for it now."""
    moved = {home.data(title)["origin"]: origin for title, origin in now.items()}
    return moved | {
        old.replace("https", "wss"): new.replace("https", "wss")
        for old, new in moved.items()
    }


def _entries(database: sqlite3.Connection) -> set[tuple[Any, ...]]:
    return set(
        database.execute(
            "SELECT log, epoch, idx, content, salt FROM entries"
            " JOIN logs ON logs.id = log_id"
        )
    )


def entries_now(config: Path) -> set[tuple[Any, ...]]:
    """Return what the record holds on the disk."""
    with closing(sqlite3.connect(config / "latchstring/record.db")) as database:
        return _entries(database)
