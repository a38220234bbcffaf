"""A log that begins anew names the head of what it was, so that nobody changes that behind it."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from custom_components.latchstring.core.record import EpochCause, Unpaired
from custom_components.latchstring.record import Record
from custom_components.latchstring.verifier.check import Wish, check
from custom_components.latchstring.verifier.findings import How, LogVerdict
from custom_components.latchstring.verifier.keys import Key
from custom_components.latchstring.verifier.trust import Anchors
from tests.hub.note import cosign

from .making import AT, House, Keys
from .tampering import InFile, delete

NEXT = Keys(log="county", seed="next ")


async def _begin_anew(house: House) -> None:
    record = await Record.open(house.folder)
    record.add_log(house.keys("county").identity)
    await record.append("county", Unpaired(hub_id="x"), at=AT + timedelta(hours=1))
    await record.close_epoch("county", EpochCause.RESTORED)
    record.add_log(replace(NEXT.identity, epoch=1))
    await record.begin_epoch("county", at=AT + timedelta(hours=2))
    head = await record.prove_head("county", from_size=0)
    county = house.keys("county")
    hub, witness = county.named("assertion"), county.key("witness")
    note = cosign(head.checkpoint, hub, witness, int(AT.timestamp()) + 9999)
    await record.keep_cosignature("county", note, witness=hub, key=witness.public_key())
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
            house.keys("county").named("witness"): Key(witness.public_bytes_raw())
        }
    )
    verdict = check(house.file, Wish(anchors=anchors, tokens=False))
    return [log for log in verdict.logs if log.log == "county"]


def test_who_has_seen_the_new_epoch_has_seen_the_head_of_the_old_one(
    anew: House,
) -> None:
    before, after = epochs(anew)
    assert before.findings == after.findings == []
    assert (before.size, after.size) == (301, 1)
    assert before.confirmed is not None
    assert before.confirmed.size == 301
    assert before.confirmed.by.endswith(", by the epoch after")


def test_what_is_changed_behind_it_is_named(anew: House) -> None:
    """The last entry of the old epoch was confirmed by nobody before the new one began."""
    InFile(anew).change("county", delete, 300, mended=True)
    before, after = epochs(anew)
    assert {each.how for each in before.findings + after.findings} >= {How.OLD_STATE}
