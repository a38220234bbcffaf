"""What a hub asks of its log and what it objects to; and its receipt, which is kept."""

from contextlib import closing
from pathlib import Path
import sqlite3
import time

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.latchstring.household.household import HOUSEHOLD_KEY
from tests.ha.actions.test_record_actions import entries
from tests.ha.front_door import DOMAIN
from tests.ha.watching import look, recorded, turn_on
from tests.reference_hub import Opened, ReferenceHub
from tests.reference_hub.jose import public_key, unverified
from tests.reference_hub.note import Checkpoint, cosign, open_checkpoint
from tests.reference_hub.tree import check_consistency
from tests.reference_hub.wire import from_b64

REASONS = ("not_signed", "not_consistent", "not_proven")


@pytest.fixture
async def over(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> Opened:
    """A session that has been, with every tree cosigned."""
    await turn_on(hass, user=owner)
    session = await look(hub)
    await hub.ended(session.session)
    await hub.changes.until(lambda: is_offered_since_the_end(hub))
    await hub.settled()
    return session


def refused(hass: HomeAssistant, entry: ConfigEntry) -> dict[str, str] | None:
    """Give what is said of the hub's objection, if there is one."""
    issue_id = f"checkpoint_refused_{entry.entry_id}"
    issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    return issue.translation_placeholders if issue else None


async def test_a_hub_is_shown_how_the_trees_go_together_that_it_was_shown(
    hub: ReferenceHub, over: Opened
) -> None:
    ended = await hub.ended(over.session)
    start, end = (
        _opened(hub, proof["checkpoint"]) for proof in (over.proof, ended["proof"])
    )

    sizes = {"from_size": start.size, "to_size": end.size}
    answer = await hub.request("checkpoint.consistency", sizes)

    path = [from_b64(each) for each in answer["result"]["consistency"]]
    check_consistency(start.size, start.root, end.size, end.root, path)
    for older, newer in ((end.size, start.size), (1, 999), (999, 999)):
        sizes = {"from_size": older, "to_size": newer}
        answer = await hub.request("checkpoint.consistency", sizes)
        assert answer["error"]["message"] == "params_invalid"
    assert hub.faults == []


@pytest.mark.parametrize("reason", REASONS)
async def test_what_a_hub_objects_to_is_shown_until_it_signs_again(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    over: Opened,
    reason: str,
) -> None:
    assert refused(hass, entry) is None
    answer = await hub.request("checkpoint.refused", {"size": 3, "reason": reason})
    assert answer["result"] == {}
    assert refused(hass, entry) == {
        "hub": "Jackson Police Department",
        "reason": reason,
        "size": "3",
    }

    await look(hub)

    await hub.changes.until(lambda: refused(hass, entry) is None)


async def test_an_objection_to_more_than_there_is_is_none(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, over: Opened
) -> None:
    """No cosignature could ever take it back."""
    size = hass.data[HOUSEHOLD_KEY].record.sizes[entry.entry_id]
    for more in (1, 2**53 - 1 - size):
        params = {"size": size + more, "reason": "not_consistent"}
        answer = await hub.request("checkpoint.refused", params)
        assert answer["error"]["message"] == "params_invalid"
    assert refused(hass, entry) is None


async def test_a_cosignature_that_says_nothing_new_changes_nothing(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, over: Opened
) -> None:
    """Whether it comes again or is made anew, of the newest tree or an older one: a hub can make any number of them."""
    log = hub.control.home().receipt["log_origin"]
    record = Path(hass.config.path("latchstring", "record.db"))
    before = await hass.async_add_executor_job(kept_of, record, entry)
    assert before == hub.store.cosigned(log)
    await hass.async_block_till_done()
    told: list[object] = []
    entry.runtime_data.gate.subscribe(told.append)

    for note in before.values():
        text, _, signatures = note.partition("\n\n")
        shown = f"{text}\n\n{signatures.splitlines()[0]}\n"
        for seconds in (0, 5, 9999):
            at = int(time.time()) + seconds
            again = cosign(shown, hub.hub_id, hub.presence.identity.witness, at)
            answer = await hub.request("checkpoint.cosigned", {"checkpoint": again})
            assert answer["result"] == {}

    assert await hass.async_add_executor_job(kept_of, record, entry) == before
    await hass.async_block_till_done()
    assert told == []


def is_offered_since_the_end(hub: ReferenceHub) -> bool:
    """Return whether the hub was shown the tree that the end of a session stands in: the last it is to cosign."""
    methods = [each.message.get("method") for each in hub.transcript]
    return "checkpoint" in methods[methods.index("session.ended") :]


def kept_of(record: Path, entry: ConfigEntry) -> dict[int, str]:
    """Read what is kept of a hub's cosignatures."""
    with closing(sqlite3.connect(record)) as file:
        return dict(
            file.execute(
                "SELECT size, note FROM cosignatures JOIN logs ON logs.id = log_id"
                " WHERE log = ? ORDER BY size",
                (entry.entry_id,),
            ).fetchall()
        )


async def test_the_hubs_receipt_is_kept_whole(
    hass: HomeAssistant, hub: ReferenceHub, over: Opened
) -> None:
    (kept,) = await recorded(hass, "receipt")
    (ended,) = await recorded(hass, "session_ended")
    assert kept["session"] == over.session
    assert kept["receipt"] == await hub.receipt(over.session)
    said = unverified(kept["receipt"])
    assert (said["fragments"], said["chain"]) == (
        ended["to"]["fragments"],
        ended["to"]["chain"],
    )


async def test_the_receipt_and_what_hides_the_household_read_as_sentences(
    hass: HomeAssistant, over: Opened, owner: str
) -> None:
    await recorded(hass)
    told = {each["kind"]: each["sentence"] for each in await entries(hass, user=owner)}
    police = (
        "Jackson Police Department was sent a hash of this home's own record, which"
    )
    assert told["receipt"] == (
        "Front door was watched by Officer J. Doe, Jackson PD:"
        " the hub signed what it received"
    )
    assert told["household_head"] == f"{police} tells it nothing"
    assert told["head_committed"] == f"{police} only this entry can open"


def _opened(hub: ReferenceHub, note: str) -> Checkpoint:
    receipt = hub.control.home().receipt
    return open_checkpoint(note, receipt["log_origin"], public_key(receipt["log"]))
