"""How an export is written: readable by people, for its owner alone, and whole or not at all."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from html.parser import HTMLParser
from pathlib import Path
import resource
import sqlite3
from typing import override

import pytest

from custom_components.latchstring.core.canonical import base64url, canonical_json
from custom_components.latchstring.export import (
    ExportCancelled,
    FolderSink,
    ZipSink,
    clear_unfinished,
    write_record,
)
from custom_components.latchstring.record import (
    RecordFault,
    RecordUnreadable,
    fault_of,
)

from .making import House, export, export_entry, opened, order_with
from .running import verify

type Kind = Callable[[Path, str], FolderSink | ZipSink]

KINDS = pytest.mark.parametrize("kind", [FolderSink, ZipSink])


class Shown(HTMLParser):
    """What a browser makes of the page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.cells: list[str] = []
        self.is_in_cell = False
        self.feed(page)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes += attrs
        self.is_in_cell = tag == "td"
        if self.is_in_cell:
            self.cells.append("")

    @override
    def handle_data(self, data: str) -> None:
        if self.is_in_cell:
            self.cells[-1] += data

    @override
    def handle_endtag(self, tag: str) -> None:
        self.is_in_cell = False


@pytest.fixture
def page(exported: Path) -> Shown:
    return Shown((exported / "summary.html").read_text())


def test_the_page_says_who_watched_what_and_what_is_confirmed(page: Shown) -> None:
    rows = [page.cells[place : place + 8] for place in range(0, len(page.cells), 8)]
    assert len(rows) == 199 + 149
    assert rows[1] == [
        "2026-11-21T18:00:04+00:00",
        "2026-11-21T18:00:05+00:00",
        "<b>Garage</b> & co",
        "Officer J. Doe, Jackson <PD>",
        "burglary",
        "2026-118834",
        "bytes 1",
        "yes",
    ]
    # Of the city's log 360 entries are confirmed, two of them before the first session.
    assert [row[-1] for row in rows[:199]] == ["yes"] * 179 + ["not_yet"] * 20


def test_nothing_on_the_page_runs_or_is_fetched(page: Shown) -> None:
    assert not page.elements & {"script", "img", "link", "iframe", "object", "a", "b"}
    names = {name for name, _ in page.attributes}
    assert not names & {"src", "href", "onload", "onclick", "action"}
    assert (
        "content",
        "default-src 'none'; style-src 'unsafe-inline'",
    ) in page.attributes


@contextmanager
def files_end_at(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_session_that_names_nobody_any_more_is_on_the_page_as_every_other(
    house: House, exported: Path, tmp_path: Path
) -> None:
    """So it is where a byte of what the hub has signed has turned: it was a look all the same."""
    rest = canonical_json({"agency": "Jackson PD", "purpose": "burglary"})
    with closing(sqlite3.connect(house.file)) as file, file:
        file.execute(
            "UPDATE entries SET content ="
            " CAST(json_set(CAST(content AS TEXT), '$.assertion', ?) AS BLOB)"
            " WHERE kind = 'session_started' AND log_id = 1 AND idx = 2",
            (f"head.{base64url(rest)}.signature",),
        )
    handed = export(house, tmp_path / "exports")
    pages = [(place / "summary.html").read_text() for place in (handed, exported)]
    assert pages[0].count("<tr>") == pages[1].count("<tr>")
    assert "<td>Jackson PD</td>" in pages[0]
    assert "<td>Jackson PD</td>" not in pages[1]


def test_an_entry_whose_tree_lost_a_node_is_not_proven(house: House) -> None:
    with closing(sqlite3.connect(house.file)) as file, file:
        file.execute("DELETE FROM nodes WHERE level = 3")
    with pytest.raises(RecordUnreadable):
        export_entry(house, "city:0:150")


@KINDS
def test_a_full_disk_leaves_nothing_half_written(
    house: House, tmp_path: Path, kind: Kind
) -> None:
    place = tmp_path / "exports"
    with pytest.raises(OSError) as full, files_end_at(60_000):  # noqa: PT011 - its number is looked at below
        export(house, place, kind=kind)
    assert fault_of(full.value) is RecordFault.DISK_FULL
    assert list(place.iterdir()) == []


@KINDS
def test_an_export_that_nobody_waits_for_is_taken_back(
    house: House, tmp_path: Path, kind: Kind
) -> None:
    order = order_with(house, is_cancelled=lambda: True)
    with (
        opened(house) as record,
        record.snapshot() as snapshot,
        pytest.raises(ExportCancelled),
        kind(tmp_path / "exports", "x") as sink,
    ):
        write_record(snapshot, sink, order)
    assert list((tmp_path / "exports").iterdir()) == []


def test_what_a_crash_left_is_cleared_away(tmp_path: Path) -> None:
    (tmp_path / ".one.part").mkdir()
    (tmp_path / ".one.part" / "file").write_text("x")
    (tmp_path / ".two.zip.part").write_text("x")
    (tmp_path / "whole.zip").write_text("x")
    clear_unfinished(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["whole.zip"]


def test_an_export_is_of_one_moment(house: House, tmp_path: Path) -> None:
    """Entries that are written meanwhile are not in it, nor in what is signed for it."""
    done_at: list[int] = []

    def write_meanwhile(done: int, _of: int) -> None:
        if not done_at:
            house.append_one("city")
        done_at.append(done)

    order = order_with(house, on_progress=write_meanwhile)
    with (
        opened(house) as record,
        record.snapshot() as snapshot,
        FolderSink(tmp_path / "exports", "x") as sink,
    ):
        write_record(snapshot, sink, order)
    assert done_at[-1] == 1000
    assert verify(sink.path, *house.hub_keys).log("city")["entries"] == 400
