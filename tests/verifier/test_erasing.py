"""What the owner has erased is gone, and what is left still verifies."""

import asyncio
from contextlib import closing
from datetime import timedelta
from pathlib import Path
import sqlite3

import pytest

from custom_components.latchstring.record import Record
from custom_components.latchstring.verifier.check import CheckOptions, check
from custom_components.latchstring.verifier.checks.trust import Anchors
from custom_components.latchstring.verifier.findings import (
    How,
    LogVerdict,
    Status,
    Verdict,
)
from custom_components.latchstring.verifier.formats.keys import PublicKey

from .making import ANNA, AT, COSIGNED, SIZES, House, export, session

ERASED = 150


async def _erase(house: House) -> None:
    record = await Record(house.folder).open()
    for log in SIZES:
        record.add_log(house.keys(log).identity)
    before = AT + timedelta(seconds=ERASED)
    later = AT + timedelta(days=1)
    await record.log("city").erase(before=before, actor=ANNA, at=later)
    await record.close()


@pytest.fixture
def erased(house: House) -> House:
    """A home whose owner has erased the beginning of one log, the pairing included."""
    asyncio.run(_erase(house))
    return house


def hubs(house: House) -> Anchors:
    return Anchors(
        hubs=frozenset(house.keys(log).named("assertion") for log in COSIGNED)
    )


def city(verdict: Verdict) -> LogVerdict:
    (found,) = (log for log in verdict.logs if log.log == "city")
    return found


def test_an_export_of_what_is_left_is_verified(erased: House, tmp_path: Path) -> None:
    exported = export(erased, tmp_path / "exports")
    log = city(check(exported, CheckOptions(anchors=hubs(erased))))
    assert (log.findings, log.notices) == ([], [])
    assert (log.status, log.erased, log.unconfirmed) == (Status.VERIFIED, ERASED, 40)
    text = (exported / "logs" / "00" / "entries.jsonl").read_text()
    assert session("city", 0) not in text
    assert session("city", 100) in text


def test_the_file_is_verified_by_the_witnesss_key(erased: House) -> None:
    """The pairing that would lead from the hub's key to it was erased with the rest."""
    verdict = check(erased.file, CheckOptions(anchors=hubs(erased)))
    assert (verdict.findings, city(verdict).status) == ([], Status.SELF_CONSISTENT)
    assert "its pairing was erased" in verdict.notices[0]
    witness = erased.keys("city").key("witness").public_key().public_bytes_raw()
    anchors = Anchors(
        witnesses={erased.keys("city").named("witness"): PublicKey(witness)}
    )
    assert (
        city(check(erased.file, CheckOptions(anchors=anchors))).status
        is Status.VERIFIED
    )


def test_an_erasure_that_is_written_down_nowhere_is_named(house: House) -> None:
    with closing(sqlite3.connect(house.file)) as file, file:
        file.execute(
            "UPDATE entries SET content = NULL, salt = NULL WHERE idx < 100"
            " AND log_id = (SELECT id FROM logs WHERE log = 'city')"
        )
    (finding,) = city(
        check(house.file, CheckOptions(anchors=Anchors(), tokens=False))
    ).findings
    assert (finding.how, finding.index, finding.last) == (How.WITHHELD, 0, 99)
