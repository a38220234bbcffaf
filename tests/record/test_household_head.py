"""What a hub signs of the household's log: a hash that tells it nothing, and that opens to the head it hides."""

from datetime import datetime, timedelta
from hashlib import sha256

from custom_components.latchstring.core.entries import Entry
from custom_components.latchstring.record import (
    HOUSEHOLD,
    CosignedSize,
    Record,
    StoredEntry,
)
from tests.reference_hub.note import cosign
from tests.reference_hub.sample_log import tree_root
from tests.reference_hub.wire import b64

from .entries import ANNA, HUB, OTHER_HUB, ended, identity, started, turned
from .test_prove import SECONDS, WITNESS, WITNESS_KEY


async def look(record: Record, hub: str, session: str, at: datetime) -> None:
    """Let a session begin and end."""
    await record.log(hub).append(started(session), at=at)
    over: list[tuple[str, Entry]] = [
        (hub, ended(session)),
        (HOUSEHOLD, turned(on=False)),
    ]
    await record.submit_many(over, at=at, commit_to=hub)


async def of_kind(record: Record, log: str, kind: str) -> list[StoredEntry]:
    return await record.log(log).entries(kinds=(kind,), newest_first=False)


async def opens(record: Record, opening: StoredEntry, at: datetime) -> bool:
    """Do what whoever has both logs does: hash the household's tree of then, and look for that in the hub's log."""
    said = opening.content
    size = int(str(said["size"]))
    leaves = [
        (await record.log(HOUSEHOLD).prove(index, at=at)).leaf for index in range(size)
    ]
    head = f"{identity(HOUSEHOLD).origin}\n{size}\n{b64(tree_root(leaves))}\n"
    hidden = record.reader.get(f"{said['hub']}:{said['epoch']}:{said['index']}")
    assert hidden is not None
    assert hidden.kind == "household_head"
    salted = bytes.fromhex(str(said["salt"])) + head.encode()
    return hidden.content["commitment"] == sha256(salted).hexdigest()


async def test_each_hash_opens_to_the_head_of_its_moment(
    record: Record, at: datetime
) -> None:
    record.add_log(identity(OTHER_HUB))
    for number, hub in enumerate((HUB, OTHER_HUB, HUB)):
        await record.log(HOUSEHOLD).append(turned(on=True), at=at)
        await look(record, hub, f"s-{number}", at)

    openings = await of_kind(record, HOUSEHOLD, "head_committed")

    assert [each.content["size"] for each in openings] == [2, 5, 8]
    assert [await opens(record, each, at) for each in openings] == [True] * 3


async def test_a_hash_says_nothing_and_is_another_for_each_hub_and_each_time(
    record: Record, at: datetime
) -> None:
    record.add_log(identity(OTHER_HUB))
    await look(record, HUB, "s-1", at)
    await look(record, OTHER_HUB, "s-1", at)
    await look(record, HUB, "s-2", at)

    hashes = [
        entry.content
        for hub in (HUB, OTHER_HUB)
        for entry in await of_kind(record, hub, "household_head")
    ]

    assert all(each.keys() == {"kind", "at", "commitment"} for each in hashes)
    assert len({str(each["commitment"]) for each in hashes}) == 3


async def test_what_happens_in_the_household_stands_in_no_hubs_log(
    record: Record, at: datetime
) -> None:
    await look(record, HUB, "s-1", at)
    before = await record.log(HUB).prove_head(from_size=3)
    for number in range(50):
        await record.log(HOUSEHOLD).append(turned(on=number % 2 == 0), at=at)
    assert await record.log(HUB).prove_head(from_size=3) == before
    assert before.size == 3


async def test_the_household_is_confirmed_as_far_as_a_signed_hash_reaches(
    record: Record, at: datetime
) -> None:
    async def is_signed() -> None:
        head = await record.log(HUB).prove_head(from_size=0)
        note = cosign(head.checkpoint, WITNESS, WITNESS_KEY, SECONDS)
        await record.log(HUB).keep_cosignature(
            note, witness=WITNESS, key=WITNESS_KEY.public_key(), renews=True
        )

    assert await record.log(HOUSEHOLD).confirmed() == {}
    await record.log(HUB).append(started("s-0"), at=at)
    await is_signed()
    await look(record, HUB, "s-1", at)
    assert await record.log(HOUSEHOLD).confirmed() == {}
    await is_signed()
    await look(record, HUB, "s-2", at)
    confirmed = (await record.log(HOUSEHOLD).confirmed())[0]
    assert confirmed == CosignedSize(
        size=1, at=(await record.log(HUB).confirmed())[0].at
    )


async def test_what_opens_a_hash_can_be_erased_and_the_hash_stays(
    record: Record, at: datetime
) -> None:
    await look(record, HUB, "s-1", at)
    hidden = await of_kind(record, HUB, "household_head")
    later = at + timedelta(days=400)

    await record.log(HOUSEHOLD).erase(
        before=at + timedelta(days=30), actor=ANNA, at=later
    )

    (opening,) = await of_kind(record, HOUSEHOLD, "head_committed")
    assert opening.erased
    assert opening.content == {}
    assert await of_kind(record, HUB, "household_head") == hidden
    assert await record.log(HOUSEHOLD).confirmed() == {}
