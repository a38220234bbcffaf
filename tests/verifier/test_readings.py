"""What two readers could take for two different things is verified for neither."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
import os
from pathlib import Path
import shutil
import sqlite3
import subprocess
import sys

import pytest

from custom_components.latchstring.core.signatures.note import (
    Checkpoint,
    sign_checkpoint,
)
from custom_components.latchstring.export import FolderSink, write_record
from custom_components.latchstring.verifier.check import CheckOptions, check
from custom_components.latchstring.verifier.checks.trust import Anchors, read_given
from custom_components.latchstring.verifier.findings import Status
from custom_components.latchstring.verifier.sources.source import Unusable

from .making import COSIGNED, House, export, opened
from .running import VERIFIER
from .tampering import InExport, withhold

LOGS = frozenset(COSIGNED)


def options(house: House) -> CheckOptions:
    """Know both hubs by their keys."""
    return CheckOptions(anchors=Anchors(hubs=frozenset(house.hub_keys[1::2])))


def of_hubs(house: House, place: Path) -> Path:
    """Export the hubs' logs alone, all of which can be verified."""
    return export(house, place, logs=LOGS)


def say_it_twice(place: InExport) -> None:
    """Let a reader who takes the first of two see another entry than one who takes the last."""
    path = place.folder("city") / "entries.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[150] = lines[150].replace(b'"content":', b'"content":"x","content":', 1)
    path.write_bytes(b"".join(lines))


def change_the_agreement(place: InExport) -> None:
    (path,) = place.path.glob("agreements/*.json")
    path.write_bytes(path.read_bytes().replace(b"30", b"1"))


@pytest.mark.parametrize("change", [say_it_twice, change_the_agreement])
def test_what_the_home_signs_for_is_not_believed_for_that(
    house: House, tmp_path: Path, change: Callable[[InExport], None]
) -> None:
    place = InExport(house, of_hubs(house, tmp_path))
    assert check(place.path, options(house)).status is Status.VERIFIED
    change(place)
    place.resign()
    assert check(place.path, options(house)).status is Status.TAMPERED


def test_an_emptied_log_keeps_the_whole_from_being_verified(
    house: House, tmp_path: Path
) -> None:
    """Its pairing still stands beside it, so that the hub is not missing."""
    place, county = InExport(house, of_hubs(house, tmp_path)), house.keys("county")
    folder = place.folder("county")
    for name in ("entries.jsonl", "cosigned.jsonl"):
        (folder / name).write_bytes(b"")
    empty = Checkpoint(origin=county.origin, size=0, root=sha256().digest())
    note = sign_checkpoint(empty, county.key("log"))
    place.rewrite(folder / "log.json", checkpoint=note)
    place.resign()
    assert check(place.path, options(house)).status is Status.SELF_CONSISTENT


def test_a_log_left_out_is_not_excused_by_what_another_has_erased(
    house: House, tmp_path: Path
) -> None:
    """The city's log is known by a checkpoint, and lost its pairing; the county's is not here at all."""
    place = InExport(house, of_hubs(house, tmp_path))
    place.change("city", withhold, 0, mended=True)
    place.rewrite(place.folder("city") / "log.json", pairings=[])
    shutil.rmtree(place.folder("county"))
    place.resign()
    known = read_given(house.cosigned["city"][360], "kept.txt")
    county = house.keys("county").named("assertion")
    anchors = Anchors(hubs=frozenset({county}), checkpoints=(known,))
    verdict = check(place.path, CheckOptions(anchors=anchors))
    assert [log.status for log in verdict.logs] == [Status.VERIFIED]
    assert verdict.status is Status.SELF_CONSISTENT


def test_the_log_of_a_hub_that_was_removed_is_verified(
    house: House, tmp_path: Path
) -> None:
    """Its key is gone, so nobody signs what it is now; what the hub has confirmed stays so."""
    order = house.order(LOGS)
    with opened(house, without={"city"}) as record, record.snapshot() as snapshot:
        order = replace(order, hubs={"county": order.hubs["county"]})
        with FolderSink(tmp_path, "export") as sink:
            write_record(snapshot, sink, order)
    verdict = check(sink.path, options(house))
    assert verdict.status is Status.VERIFIED
    assert {log.unconfirmed for log in verdict.logs} == {0, 40}


HARM = {
    "a trigger": "CREATE TRIGGER t AFTER INSERT ON entries BEGIN DELETE FROM entries; END",
    "a view": "CREATE VIEW v AS SELECT * FROM entries",
    "an entry of no log": "UPDATE entries SET log_id = 99 WHERE log_id = 3 AND idx = 299",
    "indexes that list other entries": (
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage ="
        " (SELECT sum(rootpage) FROM sqlite_schema WHERE name IN ('entries_by_at', 'entries_by_kind')) - rootpage"
        " WHERE name IN ('entries_by_at', 'entries_by_kind')"
    ),
}


@pytest.mark.parametrize("sql", HARM.values(), ids=HARM)
def test_a_file_that_shows_others_something_else_is_tampered(
    house: House, sql: str
) -> None:
    with closing(sqlite3.connect(house.file)) as file:
        file.executescript(f"PRAGMA foreign_keys = OFF; {sql}")
    verdict = check(house.file, options(house))
    assert verdict.status is Status.TAMPERED
    assert verdict.findings


def test_a_file_that_another_state_lies_beside_is_left_alone(house: House) -> None:
    """Whoever opens it to write gets the state of the journal."""
    with closing(sqlite3.connect(house.file, isolation_level=None)) as file:
        file.execute("PRAGMA journal_mode = DELETE")
        file.execute("PRAGMA cache_size = 1")
        file.execute("BEGIN")
        file.execute("UPDATE entries SET viewer = hex(randomblob(2000))")
        journal = house.file.with_name("record.db-journal")
        kept, changed = journal.read_bytes(), house.file.read_bytes()
        file.execute("ROLLBACK")
    house.file.write_bytes(changed)
    journal.write_bytes(kept)
    with pytest.raises(Unusable):
        check(house.file, options(house))
    assert journal.read_bytes() == kept


@pytest.mark.parametrize(
    "origin", ["\x1b[2JVERIFIED", "\ud800", "\N{RIGHT-TO-LEFT OVERRIDE}"]
)
def test_a_terminal_is_told_the_verdict_and_nothing_else(
    house: House, exported: Path, origin: str
) -> None:
    place = InExport(house, exported)
    place.rewrite(place.folder("city") / "log.json", origin=origin, log="\N{SNOWMAN}")
    place.resign()
    done = subprocess.run(
        [sys.executable, "-I", str(VERIFIER), str(exported)],
        capture_output=True,
        check=False,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (1, b"")
    assert done.stdout.startswith(b"TAMPERED")
    assert done.stdout.replace(b"\n", b"").decode("ascii").isprintable()
