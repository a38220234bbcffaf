"""How an export is written: readable by people, for its owner alone, and whole or not at all."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
import re
import resource
import sqlite3
from typing import override

import pytest

from custom_components.latchstring.core import entries
from custom_components.latchstring.core.canonical import base64url, canonical_json
from custom_components.latchstring.export import (
    ExportCancelled,
    FolderSink,
    ZipSink,
    clear_unfinished,
    write_record,
)
from custom_components.latchstring.record import (
    Record,
    RecordFault,
    RecordUnreadable,
    fault_of,
)
from tests.reference_hub.jose import sign
from tests.reference_hub.note import cosign

from .making import (
    AT,
    SIZES,
    House,
    Keys,
    export,
    export_entry,
    opened,
    order_with,
    session,
)
from .running import verify
from .tampering import checkpoint_of

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
    rows = [page.cells[place : place + 9] for place in range(0, len(page.cells), 9)]
    assert len(rows) == 199 + 149
    assert rows[1] == [
        "2026-11-21T18:00:04+00:00",
        "2026-11-21T18:00:05+00:00",
        "<b>Garage</b> & co",
        "Officer J. Doe, Jackson <PD>",
        "Burglary <in progress>",
        "2026-118834",
        "bytes 1",
        "no_receipt",
        "yes",
    ]
    # Of the city's log 360 entries are confirmed, two of them before the first session.
    assert [row[-1] for row in rows[:199]] == ["yes"] * 179 + ["not_yet"] * 20


def confirmations(exported: Path) -> list[str]:
    return Shown((exported / "summary.html").read_text()).cells[8::9]


def forge_a_cosignature(house: House, file: sqlite3.Connection) -> None:
    """Claim that the hub has seen all of it, by a note that it has not signed."""
    keys = house.keys("city")
    leaves = file.execute("SELECT leaf FROM entries WHERE log_id = 1 ORDER BY idx")
    claimed = checkpoint_of(keys, [{"leaf": leaf} for (leaf,) in leaves])
    note = cosign(claimed, keys.named("assertion"), keys.key("dial-in"), 1)
    file.execute("INSERT INTO cosignatures VALUES (1, 400, ?, 0)", (note,))


def confirm_half_a_session(house: House, file: sqlite3.Connection) -> None:
    """Have the hub sign a state of its log in which a session has begun and not ended."""
    keys = house.keys("city")
    leaves = file.execute(
        "SELECT leaf FROM entries WHERE log_id = 1 AND idx < 361 ORDER BY idx"
    )
    shown = checkpoint_of(keys, [{"leaf": leaf} for (leaf,) in leaves])
    note = cosign(shown, keys.named("assertion"), keys.key("witness"), 1)
    file.execute("INSERT INTO cosignatures VALUES (1, 361, ?, 0)", (note,))


def move_a_cosignature(_: House, file: sqlite3.Connection) -> None:
    """Claim that what the hub has signed was of more entries."""
    file.execute("UPDATE cosignatures SET size = 400 WHERE log_id = 1 AND size = 360")


def edit_an_entry(_: House, file: sqlite3.Connection) -> None:
    """Say in the very first that another hub was paired with."""
    file.execute(
        "UPDATE entries SET content = CAST(replace(CAST(content AS TEXT), 'Police', 'Friends') AS BLOB)"
        " WHERE log_id = 1 AND idx = 0"
    )


def number_them_lower(_: House, file: sqlite3.Connection) -> None:
    """Have entries behind those that the hub has signed stand in their places."""
    file.execute("UPDATE entries SET idx = idx - 2 WHERE log_id = 1")


@pytest.mark.parametrize(
    ("forge", "confirmed"),
    [
        (forge_a_cosignature, 179),
        (confirm_half_a_session, 179),
        (move_a_cosignature, 149),
        (edit_an_entry, 0),
        (number_them_lower, 0),
    ],
)
def test_only_what_was_checked_is_called_confirmed(
    house: House,
    tmp_path: Path,
    forge: Callable[[House, sqlite3.Connection], None],
    confirmed: int,
) -> None:
    with closing(sqlite3.connect(house.file)) as file, file:
        forge(house, file)
    said = confirmations(export(house, tmp_path / "exports", logs=frozenset({"city"})))
    assert said == ["yes"] * confirmed + ["not_yet"] * (199 - confirmed)


async def _receive(house: House, receipts: Mapping[int, str]) -> None:
    record = await Record(house.folder).open()
    for log in SIZES:
        record.add_log(house.keys(log).identity)
    for number, token in receipts.items():
        entry = entries.Receipt(session=session("city", number), receipt=token)
        await record.log("city").append(entry, at=AT + timedelta(hours=1))
    await record.log("city").append(
        entries.Unpaired(hub_id="x"), at=AT + timedelta(hours=2)
    )
    await record.close()


def receipt_of(number: int, count: int, *, signer: str = "assertion") -> str:
    claims = {"session": session("city", number), "bytes": count}
    key = Keys(log="city").key(signer)
    return sign(key, "latchstring-receipt+jwt", claims)


def test_what_a_hub_signed_for_is_on_the_page_and_nothing_else(
    house: House, tmp_path: Path
) -> None:
    receipts = {
        3: receipt_of(3, 2),
        4: receipt_of(4, 5),
        5: receipt_of(5, 5, signer="witness"),
        6: receipt_of(7, 5),
    }
    asyncio.run(_receive(house, receipts))
    place = export(house, tmp_path / "exports", logs=frozenset({"city"}))
    received = Shown((place / "summary.html").read_text()).cells[7::9]
    assert received[2:8] == [
        "no_receipt",
        "bytes 2",
        "more_than_sent 5",
        *["no_receipt"] * 3,
    ]


def test_a_pairing_that_is_over_is_told_from_one_that_is_not(
    house: House, tmp_path: Path
) -> None:
    asyncio.run(_receive(house, {}))
    page = (export(house, tmp_path / "exports") / "summary.html").read_text()
    heads = re.findall("<h2>(.*)</h2>", page)
    assert heads == [
        "Police of the city paired_until 2026-11-21T20:00:00+00:00",
        "Police of the county paired_since 2026-11-21T18:00:00+00:00",
        "household",
    ]


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
