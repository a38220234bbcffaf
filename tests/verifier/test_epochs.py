"""A log that begins anew names the head of what it was, so that nobody changes that behind it."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
import json
import sqlite3

import pytest

from custom_components.latchstring.core.canonical import canonical_json
from custom_components.latchstring.core.entries import EpochCause, Unpaired
from custom_components.latchstring.core.entries.entry_bytes import leaf
from custom_components.latchstring.record import Record
from custom_components.latchstring.verifier.check import CheckOptions, check
from custom_components.latchstring.verifier.checks.trust import Anchors
from custom_components.latchstring.verifier.findings import How, LogVerdict
from custom_components.latchstring.verifier.formats.keys import PublicKey
from tests.reference_hub.note import cosign

from .making import AT, House, Keys
from .tampering import InFile, delete

NEXT = Keys(log="county", seed="next ")


async def _begin_anew(house: House) -> None:
    record = await Record(house.folder).open()
    record.add_log(house.keys("county").identity)
    await record.log("county").append(Unpaired(hub_id="x"), at=AT + timedelta(hours=1))
    await record.log("county").close_epoch(EpochCause.RESTORED)
    record.add_log(replace(NEXT.identity, epoch=1))
    await record.log("county").begin_epoch(at=AT + timedelta(hours=2))
    head = await record.log("county").prove_head(from_size=0)
    county = house.keys("county")
    hub, witness = county.named("assertion"), county.key("witness")
    note = cosign(head.checkpoint, hub, witness, int(AT.timestamp()) + 9999)
    await record.log("county").keep_cosignature(
        note, witness=hub, key=witness.public_key(), renews=True
    )
    await record.close()


@pytest.fixture
def anew(house: House) -> House:
    """A home whose county's log went on under another key, after an entry that the hub had not confirmed."""
    asyncio.run(_begin_anew(house))
    return house


def epochs(house: House) -> list[LogVerdict]:
    witness = house.keys("county").key("witness").public_key()
    anchors = Anchors(
        witnesses={
            house.keys("county").named("witness"): PublicKey(witness.public_bytes_raw())
        }
    )
    verdict = check(house.file, CheckOptions(anchors=anchors, tokens=False))
    return [log for log in verdict.logs if log.log == "county"]


def test_who_has_seen_the_new_epoch_has_seen_the_head_of_the_old_one(
    anew: House,
) -> None:
    before, after = epochs(anew)
    assert before.findings == after.findings == []
    assert (before.size, after.size) == (301, 1)
    assert before.confirmed is not None
    assert before.confirmed.size == 301
    assert before.confirmed.by.endswith(", through the next epoch")


def test_what_is_changed_behind_it_is_named(anew: House) -> None:
    """The last entry of the old epoch was confirmed by nobody before the new one began."""
    InFile(anew).change("county", delete, 300, mended=True)
    before, after = epochs(anew)
    assert {each.how for each in before.findings + after.findings} >= {How.OLD_STATE}


FIRST = (
    "FROM entries WHERE idx = 0"
    " AND log_id = (SELECT id FROM logs WHERE log = 'county' AND epoch = 1)"
)


def begin_with(house: House, changed: Mapping[str, object]) -> None:
    """Have the new epoch begin with something else, and leave no cosignature that would tell."""
    place = InFile(house)
    place.forget_witnesses()
    with closing(sqlite3.connect(house.file)) as file, file:
        content, salt = file.execute(f"SELECT content, salt {FIRST}").fetchone()
        said = json.loads(content) | changed
        content = canonical_json(said)
        file.execute(
            f"UPDATE entries SET content = ?, leaf = ?, kind = ? WHERE rowid = (SELECT rowid {FIRST})",  # noqa: S608 - likewise
            (content, leaf(content, salt), said["kind"]),
        )


@pytest.mark.parametrize(
    ("changed", "how"),
    [
        ({"origin": "latchstring/another"}, How.EPOCH),
        ({"root": "00" * 32}, How.EPOCH),
        ({"size": 300}, How.EPOCH),
        ({"size": 302}, How.OLD_STATE),
        ({"size": "many"}, How.OLD_STATE),
        ({"kind": "unpaired"}, How.EPOCH),
    ],
)
def test_an_epoch_that_does_not_follow_the_one_before_is_named(
    anew: House, changed: Mapping[str, object], how: How
) -> None:
    """Nobody but the home has seen either."""
    begin_with(anew, changed)
    before, after = epochs(anew)
    found = {each.how for each in (*before.findings, *after.findings)}
    assert found & {How.EPOCH, How.OLD_STATE} == {how}


def test_what_the_home_itself_found_missing_is_told_and_is_no_tampering(
    anew: House,
) -> None:
    begin_with(anew, {"known_size": 310})
    before, after = epochs(anew)
    assert before.findings == after.findings == []
    (gap,) = before.gaps
    assert "301 to 309" in gap


def without_its_first(house: House) -> None:
    with closing(sqlite3.connect(house.file)) as file, file:
        file.executescript(
            "PRAGMA foreign_keys = OFF;"
            "DELETE FROM entries WHERE log_id IN (SELECT id FROM logs WHERE log = 'county' AND epoch = 0);"
            "DELETE FROM logs WHERE log = 'county' AND epoch = 0"
        )


def erase_first(house: House) -> None:
    with closing(sqlite3.connect(house.file)) as file, file:
        file.execute(
            f"UPDATE entries SET content = NULL, salt = NULL WHERE rowid = (SELECT rowid {FIRST})"  # noqa: S608 - likewise
        )


def claim_that_all_is_lost(house: House) -> None:
    begin_with(house, {"origin": None, "size": 0, "root": None, "known_size": 0})


@pytest.mark.parametrize("hide", [erase_first, claim_that_all_is_lost])
def test_a_home_that_tells_nothing_of_an_earlier_epoch_is_said_to(
    anew: House, hide: Callable[[House], None]
) -> None:
    """Left out, and what would tell of it too: that can be true, and can be a way to hide it."""
    hide(anew)
    without_its_first(anew)
    (after,) = epochs(anew)
    assert How.EPOCH not in {each.how for each in after.findings}
    assert any("before this epoch" in each for each in after.gaps)


def test_an_epoch_that_is_empty_is_said_to_be(anew: House) -> None:
    empty = {"size": 0, "root": sha256().hexdigest(), "known_size": 0}
    begin_with(anew, empty)
    with closing(sqlite3.connect(anew.file)) as file, file:
        file.execute(
            "DELETE FROM entries WHERE log_id = (SELECT id FROM logs WHERE log = 'county' AND epoch = 0)"
        )
        file.execute("UPDATE logs SET closing = NULL")
    before, after = epochs(anew)
    assert before.findings == after.findings == []
    assert any("no entry in it" in each for each in before.notices)


def test_an_epoch_left_out_is_missed(anew: House) -> None:
    without_its_first(anew)
    (after,) = epochs(anew)
    (finding,) = after.findings
    assert finding.how is How.EPOCH
    assert anew.keys("county").origin in finding.text


def test_an_epoch_whose_beginning_is_erased_proves_nothing_of_the_one_before(
    anew: House,
) -> None:
    erase_first(anew)
    before, after = epochs(anew)
    assert before.unconfirmed == 1
    assert len(after.notices) == 1
