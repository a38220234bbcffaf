"""Verified is only where nothing is known to be missing: else something was cut off, or there are gaps."""

import asyncio
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
import sqlite3
from typing import Final

import pytest

from custom_components.latchstring.core.entries import (
    EpochCause,
    SessionAllowed,
    SessionCut,
    SessionEnded,
    SessionStarted,
    Unpaired,
)
from custom_components.latchstring.core.messages import Mark
from custom_components.latchstring.record import HOUSEHOLD, Record
from custom_components.latchstring.verifier.check import CheckOptions, check
from custom_components.latchstring.verifier.checks.trust import Anchors
from custom_components.latchstring.verifier.findings import (
    How,
    LogVerdict,
    Status,
    Verdict,
)
from tests.reference_hub.note import cosign

from .making import AT, COSIGNED, SIZES, House, Keys, export, export_entry, session
from .running import verify
from .tampering import InExport, InFile, shorten

HOUR: Final = timedelta(hours=1)
NOTHING: Final = Mark(fragments=0, chain=bytes(32))
NUMBER: Final = 1799
"""The session that begins an hour after all."""

WATCHED: Final = session("city", NUMBER)


def hubs(house: House) -> CheckOptions:
    named = frozenset(house.keys(log).named("assertion") for log in COSIGNED)
    return CheckOptions(anchors=Anchors(hubs=named), tokens=False)


def log_of(verdict: Verdict, log: str) -> LogVerdict:
    return max(
        (each for each in verdict.logs if each.log == log), key=lambda log: log.epoch
    )


def hows(log: LogVerdict) -> list[How]:
    return [each.how for each in log.findings]


async def cosigned(
    house: House, record: Record, log: str, at: datetime, *, keys: Keys | None = None
) -> None:
    """Have the hub of this log see it."""
    head = await record.log(log).prove_head(from_size=0)
    whose = house.keys(log)
    hub, witness = whose.named("assertion"), whose.key("witness")
    note = cosign(head.checkpoint, hub, witness, int(at.timestamp()))
    await record.log(log).keep_cosignature(
        note, witness=hub, key=witness.public_key(), renews=True
    )


async def _watch(house: House) -> None:
    """Let somebody of the city watch in the second hour, as a home writes it; both hubs see the end of it."""
    record = await Record(house.folder).open()
    for log in SIZES:
        record.add_log(house.keys(log).identity)
    started = SessionStarted(
        session=WATCHED,
        camera="camera-1",
        assertion=house.keys("city").asserted(NUMBER),
        agreement="00" * 32,
        carried_by=WATCHED,
    )
    ended = SessionEnded(session=WATCHED, bytes=1, from_=NOTHING, to=NOTHING)
    allowed = SessionAllowed(hub="city", session=WATCHED, reason="always")
    cut = SessionCut(hub="city", session=WATCHED, how="switch_off")
    at = AT + HOUR
    await record.submit_many([("city", started), (HOUSEHOLD, allowed)], at=at)
    await record.submit_many(
        [("city", ended), (HOUSEHOLD, cut)], at=at, commit_to="city"
    )
    await record.submit_many(
        [("county", Unpaired(hub_id="x"))], at=at, commit_to="county"
    )
    for log in COSIGNED:
        await cosigned(house, record, log, at)
    await record.close()


@pytest.fixture
def watched(house: House) -> House:
    asyncio.run(_watch(house))
    return house


@pytest.fixture(params=["export", "file"])
def place(
    request: pytest.FixtureRequest, watched: House, tmp_path: Path
) -> InExport | InFile:
    if request.param == "file":
        return InFile(watched)
    return InExport(watched, export(watched, tmp_path / "exports"))


def forget_cosignatures(
    house: House, place: InExport | InFile, log: str, size: int
) -> None:
    """Take away what the hub has cosigned of more entries than this."""
    if isinstance(place, InFile):
        with closing(sqlite3.connect(place.path)) as file, file:
            file.execute(
                "DELETE FROM cosignatures WHERE size > ? AND log_id ="
                " (SELECT id FROM logs WHERE log = ?)",
                (size, log),
            )
        return
    kept = place.folder(log) / "cosigned.jsonl"
    lines = [
        line
        for line in kept.read_text().splitlines()
        if int(json.loads(line).split("\n")[1]) <= size
    ]
    kept.write_text("".join(f"{line}\n" for line in lines))
    place.resign()


def test_what_the_household_says_stands_in_the_hubs_log(
    watched: House, place: InExport | InFile
) -> None:
    verdict = check(place.path, hubs(watched))
    assert verdict.status is Status.VERIFIED
    assert not verdict.gaps
    assert not any(log.gaps for log in verdict.logs)


def test_a_hubs_log_that_is_cut_off_is_missed_where_the_household_names_more(
    watched: House, place: InExport | InFile
) -> None:
    """An older state that the hub had cosigned: by the hub's log alone, nothing tells."""
    kept = SIZES["city"] - 40
    place.change("city", shorten, kept, mended=True)
    forget_cosignatures(watched, place, "city", kept)
    verdict = check(place.path, hubs(watched))
    assert verdict.status is Status.TAMPERED
    city = log_of(verdict, "city")
    assert How.OLD_STATE in hows(city)
    first = next(each for each in city.findings if each.how is How.OLD_STATE)
    assert (first.index, first.last) == (kept, SIZES["city"] + 2)


def without_watching(rows: list[dict[str, object]], at: int) -> None:
    """Take a session out, and put something else in its places."""
    rows[at] |= {"content": rows[0]["content"]}
    rows[at + 1] |= {"content": rows[1]["content"]}


def test_a_session_that_the_household_allowed_is_missed_in_the_hubs_log(
    watched: House, place: InExport | InFile
) -> None:
    place.change("city", without_watching, SIZES["city"], mended=True)
    forget_cosignatures(watched, place, "city", SIZES["city"])
    verdict = check(place.path, hubs(watched))
    assert verdict.status is Status.TAMPERED
    missing = [
        each for each in log_of(verdict, "city").findings if each.how is How.MISSING
    ]
    assert [WATCHED in each.text for each in missing] == [True]


def test_a_hub_that_the_household_speaks_of_is_missed(
    watched: House, tmp_path: Path
) -> None:
    logs = frozenset({HOUSEHOLD, "county"})
    place = export(watched, tmp_path / "exports", logs=logs)
    verdict = check(place, hubs(watched))
    assert any("the log city, which is not here" in gap for gap in verdict.gaps)
    assert verdict.status is not Status.VERIFIED


async def _begin_anew(house: House, known: int) -> None:
    """Go on after the end of the county's log was lost, which the home knows."""
    with closing(sqlite3.connect(house.file)) as file, file:
        file.executescript(
            f"""PRAGMA foreign_keys = OFF;
            CREATE TEMP TABLE lost AS SELECT id FROM logs WHERE log = 'county';
            DELETE FROM entries WHERE idx >= 150 AND log_id IN lost;
            DELETE FROM nodes WHERE (idx + 1) << level > 150 AND log_id IN lost;
            DELETE FROM cosignatures WHERE size > 150 AND log_id IN lost;
            UPDATE logs SET known_size = {known} WHERE id IN lost;"""  # noqa: S608 - a number of ours
        )
    record = await Record(house.folder).open()
    for log in SIZES:
        record.add_log(house.keys(log).identity)
    await record.log("county").close_epoch(EpochCause.SHORTENED)
    following = Keys(log="county", seed="next ").identity
    record.add_log(replace(following, epoch=1))
    await record.log("county").begin_epoch(at=AT + 2 * HOUR)
    await cosigned(house, record, "county", AT + 2 * HOUR)
    await record.close()


def test_a_loss_that_the_home_names_itself_is_a_gap(
    watched: House, tmp_path: Path
) -> None:
    """The household's log still names what is lost, and that is no tampering either."""
    asyncio.run(_begin_anew(watched, SIZES["county"] + 2))
    verdict = check(watched.file, hubs(watched))
    assert not any(log.findings for log in verdict.logs)
    before = next(log for log in verdict.logs if (log.log, log.epoch) == ("county", 0))
    assert before.status is Status.GAPS
    (gap,) = before.gaps
    assert f"entries 150 to {SIZES['county'] + 1} are missing" in gap


def date_anew(house: House, path: Path, at: datetime) -> Path:
    """Have the city date what it has confirmed last at another time."""
    place = InExport(house, path)
    kept = place.folder("city") / "cosigned.jsonl"
    *lines, last = kept.read_text().splitlines()
    text, _, signatures = json.loads(last).partition("\n\n")
    keys = house.keys("city")
    note = cosign(
        f"{text}\n\n{signatures.split(chr(10))[0]}\n",
        keys.named("assertion"),
        keys.key("witness"),
        int(at.timestamp()),
    )
    kept.write_text("".join(f"{line}\n" for line in (*lines, json.dumps(note))))
    place.resign()
    return path


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (datetime(9999, 12, 30, tzinfo=UTC), "after the export"),
        (AT + timedelta(days=1, minutes=6), "after the export"),
        (AT, "before one of them"),
    ],
)
def test_a_confirmation_that_cannot_be_of_then_leaves_a_gap(
    watched: House, tmp_path: Path, at: datetime, words: str
) -> None:
    place = date_anew(watched, export(watched, tmp_path / "exports"), at)
    said = verify(place, *watched.hub_keys)
    assert (said.code, said.status) == (4, "verified_with_gaps")
    (gap,) = said.log("city")["gaps"]
    assert words in gap


def test_a_confirmation_long_after_what_follows_leaves_a_gap(
    house: House, exported: Path
) -> None:
    late = AT + timedelta(days=1, minutes=10)
    verdict = check(date_anew(house, exported, late), hubs(house))
    (gap,) = log_of(verdict, "city").gaps
    assert "long after the entry behind them" in gap


def test_clocks_may_be_some_minutes_apart(watched: House, tmp_path: Path) -> None:
    place = export(watched, tmp_path / "exports")
    for apart in (timedelta(minutes=4), -timedelta(minutes=4)):
        verdict = check(date_anew(watched, place, AT + HOUR + apart), hubs(watched))
        assert verdict.status is Status.VERIFIED


@pytest.mark.parametrize(
    ("after", "status"),
    [(timedelta(days=1), Status.VERIFIED), (timedelta(days=3), Status.GAPS)],
)
def test_a_log_that_nobody_saw_for_long_before_the_export_has_a_gap(
    house: House, tmp_path: Path, after: timedelta, status: Status
) -> None:
    """A connected hub is shown each day what there is. The county's pairing is over, and nothing is missed of that."""
    asyncio.run(_watch(house))
    path = export(house, tmp_path / "exports", at=AT + HOUR + after)
    verdict = check(path, hubs(house))
    assert verdict.status is status
    assert log_of(verdict, "county").gaps == []
    assert any("left out" in gap for gap in log_of(verdict, "city").gaps) == (
        status is Status.GAPS
    )


def test_one_entry_is_not_confirmed_before_it_is_written(
    house: House, tmp_path: Path
) -> None:
    proof = tmp_path / "entry.json"
    said = json.loads(export_entry(house, "city:0:340"))
    keys = house.keys("city")
    text, _, signatures = said["checkpoint"].partition("\n\n")
    said["checkpoint"] = cosign(
        f"{text}\n\n{signatures.split(chr(10))[0]}\n",
        keys.named("assertion"),
        keys.key("witness"),
        int(AT.timestamp()),
    )
    proof.write_text(json.dumps(said))
    assert verify(proof, *house.hub_keys).status == "verified_with_gaps"
