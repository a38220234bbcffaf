"""The household's log, which no hub sees, is held by the hashes of it that stand in the hubs' logs."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from custom_components.latchstring.core.entries import Unpaired
from custom_components.latchstring.record import HOUSEHOLD, Record
from custom_components.latchstring.verifier.check import CheckOptions, check
from custom_components.latchstring.verifier.checks.trust import Anchors
from custom_components.latchstring.verifier.findings import How, LogVerdict, Status
from tests.reference_hub.note import cosign

from .making import AT, COSIGNED, SIZES, House, export
from .tampering import Change, InExport, InFile, delete, edit, shorten

SIZE = SIZES[HOUSEHOLD]
LATER = AT + timedelta(hours=1)


async def _commit(house: House) -> None:
    record = await Record(house.folder).open()
    for log in SIZES:
        record.add_log(house.keys(log).identity)
    await record.submit_many(
        [("city", Unpaired(hub_id="x"))], at=LATER, commit_to="city"
    )
    city = house.keys("city")
    head = await record.log("city").prove_head(from_size=0)
    hub, witness = city.named("assertion"), city.key("witness")
    note = cosign(head.checkpoint, hub, witness, int(LATER.timestamp()))
    await record.log("city").keep_cosignature(
        note, witness=hub, key=witness.public_key(), renews=True
    )
    await record.close()


@pytest.fixture(params=["export", "file"])
def place(
    request: pytest.FixtureRequest, house: House, tmp_path: Path
) -> InExport | InFile:
    """A record whose household's head the city has cosigned without seeing it."""
    asyncio.run(_commit(house))
    if request.param == "file":
        return InFile(house)
    return InExport(house, export(house, tmp_path / "exports"))


def checked(house: House, path: Path) -> tuple[Status, LogVerdict]:
    hubs = frozenset(house.keys(log).named("assertion") for log in COSIGNED)
    verdict = check(path, CheckOptions(anchors=Anchors(hubs=hubs), tokens=False))
    (household,) = (log for log in verdict.logs if log.log == HOUSEHOLD)
    return verdict.status, household


def test_a_cosigned_hash_of_it_verifies_it(
    place: InExport | InFile, house: House
) -> None:
    status, household = checked(house, place.path)
    assert status is Status.VERIFIED
    assert household.confirmed is not None
    assert (household.confirmed.size, household.confirmed.at) == (SIZE, LATER)
    assert household.confirmed.by.endswith("through its hash in that hub's log")
    assert household.unconfirmed == 1


@pytest.mark.parametrize(
    ("change", "at"),
    [(edit(on=False), 100), (delete, 100), (shorten, 200), (shorten, SIZE)],
    ids=["edited", "deleted", "shortened", "what opens the hash left out"],
)
def test_a_household_log_that_was_written_anew_is_named(
    place: InExport | InFile, house: House, change: Change, at: int
) -> None:
    """By whoever has all keys of the home: nothing else would tell."""
    place.change(HOUSEHOLD, change, at, mended=True)
    status, household = checked(house, place.path)
    assert status is Status.TAMPERED
    assert {each.how for each in household.findings} == {How.COMMITMENT}
    assert household.confirmed is None


def test_alone_it_is_held_by_nobody_and_lacks_nothing(
    house: House, tmp_path: Path
) -> None:
    """It names a hub whose log was not exported with it."""
    asyncio.run(_commit(house))
    place = export(house, tmp_path / "exports", logs=frozenset({HOUSEHOLD}))
    verdict = check(place, CheckOptions(anchors=Anchors()))
    (household,) = verdict.logs
    assert (household.findings, household.confirmed) == ([], None)
    assert verdict.status is Status.SELF_CONSISTENT
