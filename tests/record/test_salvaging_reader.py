"""A page that is damaged takes with it what stood there, and nothing else; and the reader is told."""

from contextlib import suppress
from datetime import datetime, timedelta
import os
from pathlib import Path

import pytest

from custom_components.latchstring.core.entries import Unpaired
from custom_components.latchstring.core.entries.entry_bytes import content
from custom_components.latchstring.record import (
    HOUSEHOLD,
    EntryPage,
    Record,
    RecordUnreadable,
    StoredEntry,
)
from custom_components.latchstring.record.query import Filters
from custom_components.latchstring.record.salvaging_reader import SalvagingReader

from .conftest import Records
from .entries import HUB, plain, started, turned
from .harm import damage

PAGE = 4096
SECOND = timedelta(seconds=1)
ENTRIES = 120


@pytest.fixture
async def written(records: Records, at: datetime) -> list[StoredEntry]:
    """A hundred entries and more, some longer than a page, and the file closed."""
    record = await records.open()
    for number in range(ENTRIES):
        long = plain("x" * 5000 * (number % 9 == 0) + str(number))
        entry = turned(on=True) if number % 3 == 0 else long
        await record.log(HOUSEHOLD if number % 3 == 0 else HUB).append(
            entry, at=at + number * SECOND
        )
    await record.log(HUB).append(started("s-1"), at=at + ENTRIES * SECOND)
    found = record.reader.entries(None, {"limit": ENTRIES + 1})
    await record.close()
    return found


def read(folder: Path, log: str | None = None, **filters: object) -> EntryPage:
    wanted: Filters = {"limit": ENTRIES + 1, **filters}  # type: ignore[typeddict-item]  # of what each test asks for
    return SalvagingReader(folder / "record.db", SECOND).page(log, wanted)


def read_if_any(folder: Path) -> EntryPage | None:
    with suppress(RecordUnreadable):
        return read(folder)
    return None


def test_a_sound_file_is_read_as_it_is(
    written: list[StoredEntry], folder: Path
) -> None:
    assert read(folder) == EntryPage(entries=written, damaged=False)


def test_whichever_page_is_damaged_the_others_are_read(
    written: list[StoredEntry], folder: Path
) -> None:
    """Each page in turn. No entry comes out that was not written, and only the roots of all take all with them."""
    path = folder / "record.db"
    sound = path.read_bytes()
    garbage = os.urandom(PAGE)
    wiped, damaged = 0, 0
    for start in range(PAGE, len(sound), PAGE):
        path.write_bytes(sound[:start] + garbage + sound[start + PAGE :])
        page = read_if_any(folder)
        if page is None:
            wiped += 1
            continue
        damaged += page.damaged
        kept = {entry.id for entry in page.entries}
        assert page.entries == [entry for entry in written if entry.id in kept]
        lost = len(written) - len(kept)
        assert page.damaged or not lost
        assert lost <= 20 or not kept
        wiped += not kept
    path.write_bytes(sound)
    assert damaged >= 8
    assert wiped <= 2


def test_whichever_byte_of_an_entry_has_turned_the_others_are_read(
    written: list[StoredEntry], folder: Path
) -> None:
    """SQLite makes nothing of most: what it stores is not its to know."""
    path = folder / "record.db"
    sound = path.read_bytes()
    (entry,) = [each for each in written if each.content.get("hub_id") == "100"]
    begin = sound.rindex(content(Unpaired(hub_id="100"), entry.at))
    end = begin + len(content(Unpaired(hub_id="100"), entry.at)) + 2 * 32
    lost = 0
    for place in range(begin - len("123456unpaired"), end):
        path.write_bytes(
            sound[:place] + bytes([sound[place] ^ 0x81]) + sound[place + 1 :]
        )
        page = read(folder)
        assert [each for each in written if each != entry] == [
            each for each in page.entries if each != entry
        ]
        assert page.damaged or entry in page.entries
        lost += entry not in page.entries
    path.write_bytes(sound)
    assert lost > end - begin


def test_filters_and_pages_hold_in_a_damaged_file(
    written: list[StoredEntry], folder: Path
) -> None:
    path = folder / "record.db"
    sound = path.read_bytes()
    start = sound.rindex(b'"hub_id":"100"') // PAGE * PAGE
    path.write_bytes(sound[:start] + os.urandom(PAGE) + sound[start + PAGE :])
    all_left = read(folder)
    assert all_left.damaged
    left = all_left.entries
    assert 0 < len(left) < len(written)
    assert read(folder, HUB).entries == [each for each in left if each.log == HUB]
    about = [each for each in left if HUB in (each.log, each.content.get("hub"))]
    assert read(folder, hub=HUB).entries == about
    assert read(folder, hub="another").entries == []
    assert read(folder, before="nobody:0:0").entries == []
    oldest = read(folder, HOUSEHOLD, newest_first=False, limit=5)
    assert (
        oldest.entries == [each for each in reversed(left) if each.log == HOUSEHOLD][:5]
    )
    kinds = ("session_started", "switch_turned")
    of_kinds = [each for each in left if each.kind in kinds]
    assert read(folder, kinds=kinds).entries == of_kinds
    assert read(folder, cameras=("cam-1",)).entries == of_kinds
    assert read(folder, session="s-1").entries == left[:1]
    before = read(folder, before=left[10].id, limit=7)
    assert before.entries == left[11:18]
    since, until = left[20].at, left[5].at
    assert read(folder, since=since, until=until).entries == left[6:21]


def test_one_entry_and_all_of_one_session_are_found_in_a_damaged_file(
    written: list[StoredEntry], folder: Path
) -> None:
    path = folder / "record.db"
    sound = path.read_bytes()
    for page in range(1, len(sound) // PAGE):
        path.write_bytes(
            sound[: page * PAGE] + os.urandom(PAGE) + sound[(page + 1) * PAGE :]
        )
        shown = SalvagingReader(path, SECOND)
        with suppress(RecordUnreadable):
            assert shown.get(written[0].id) in (written[0], None)
            assert shown.related("session", ["s-1"]) in (written[:1], [])
            assert shown.newest() >= len(written)
    path.write_bytes(sound)


def test_a_file_that_lost_its_end_is_read_up_to_there(
    written: list[StoredEntry], folder: Path
) -> None:
    path = folder / "record.db"
    sound = path.read_bytes()
    path.write_bytes(sound[: len(sound) // PAGE * 3 // 4 * PAGE])
    page = read(folder)
    assert page.damaged
    assert 0 < len(page.entries) < len(written)
    kept = {entry.id for entry in page.entries}
    assert page.entries == [entry for entry in written if entry.id in kept]


def test_an_entry_that_was_altered_in_a_damaged_file_is_not_shown(
    written: list[StoredEntry], folder: Path
) -> None:
    path = folder / "record.db"
    sound = path.read_bytes()
    start = sound.rindex(b'"hub_id":"100"') // PAGE * PAGE
    altered = sound[:start] + os.urandom(PAGE) + sound[start + PAGE :]
    assert altered.count(b'"hub_id":"10"') == 1
    path.write_bytes(altered.replace(b'"hub_id":"10"', b'"hub_id":"90"'))
    shown = {entry.content.get("hub_id") for entry in read(folder).entries}
    assert "11" in shown
    assert not {"10", "90x"} & shown


async def test_who_decides_by_the_record_reads_all_of_it_or_nothing(
    records: Records, written: list[StoredEntry], folder: Path
) -> None:
    damage(folder)
    record: Record = await records.open()
    with pytest.raises(RecordUnreadable):
        record.reader.entries(None, {"limit": ENTRIES + 1})
