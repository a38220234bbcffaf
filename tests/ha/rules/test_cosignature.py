"""A hub that signs nothing of its log for a day lets nobody new in, and the owner is shown that it owes its word."""

from typing import Any, Final

from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.latchstring.household.household import HOUSEHOLD_KEY
from tests.ha.front_door import DOMAIN
from tests.ha.restarting import start, stop
from tests.reference_hub import Conduct, Opened

from .house import House
from .test_explain import explained

SILENT: Final = Conduct(cosigns=False)


def is_late(house: House) -> bool:
    """Say whether the owner is shown that the hub is late: by a repair, and beside its connection."""
    issue_id = f"cosignature_late_{house.entry.entry_id}"
    repair = ir.async_get(house.hass).async_get_issue(DOMAIN, issue_id)
    assert shown(house, "cosignature_late") is (repair is not None)
    return repair is not None


def shown(house: House, attribute: str) -> Any:
    """Give what is shown beside the hub's connection."""
    state = house.hass.states.get(house.entity("connected", None))
    assert state is not None
    return state.attributes[attribute]


def offers(house: House) -> int:
    """Count the checkpoints that were put to the hub."""
    said = (each.message for each in house.hub.transcript)
    return sum(each.get("method") == "checkpoint" for each in said)


async def ends(house: House, opened: Opened) -> None:
    """End a session, and wait until its end is put to the hub."""
    before = offers(house)
    await house.hub.close_session(opened.session)
    await house.hub.changes.until(lambda: offers(house) > before)


@pytest.fixture
async def signed(house: House) -> House:
    """A house whose porch is open, and of which all that was written down is signed."""
    await house.set_rules(openings=["always"])
    await house.hub.changes.until(lambda: shown(house, "record_confirmed"))
    return house


async def test_a_hub_that_signs_nothing_for_a_day_begins_nothing_new_until_it_does(
    signed: House,
) -> None:
    house, hub = signed, signed.hub
    hub.conduct = SILENT
    await ends(house, await house.watch())
    await house.clock.passes(hours=23, minutes=50)
    assert not is_late(house)
    watching = await house.watch()

    await house.clock.passes(minutes=20)

    assert is_late(house)
    assert not house.can_be_seen()
    assert house.why() == "cosignature_late"
    await hub.camera_is("closed", "Front door")
    assert await house.refuses()
    assert (await explained(house))["reason"] == "cosignature_late"
    await house.goes_on(watching)

    await stop(house.hass, house.entry)
    assert await hub.ended(watching.session)
    await start(house.hass, house.entry)
    await hub.home_connected()
    assert is_late(house), "a restart is no excuse"
    assert await house.refuses()

    hub.conduct = Conduct()
    await hub.disconnect()
    await hub.changes.until(lambda: not is_late(house))
    assert shown(house, "record_confirmed") == house.clock.now.replace(microsecond=0)
    await house.watch()


async def test_a_viewer_who_asks_then_looks_like_any_other_who_gets_no_answer(
    signed: House,
) -> None:
    house, hub = signed, signed.hub
    hub.conduct = SILENT
    await ends(house, await house.watch())
    await house.set_rules(openings=["approval"])
    await house.clock.passes(hours=25)
    assert is_late(house)

    request, answer = await hub.ask_to_watch(house.camera()["camera"])

    assert answer["result"] == {}
    assert house.entry.runtime_data.requests.waiting == ()
    await house.clock.passes(minutes=3)
    assert await hub.decided(request) is False


async def test_a_hub_that_is_offline_for_days_owes_nothing(signed: House) -> None:
    house, hub = signed, signed.hub
    await ends(house, await house.watch())
    record = house.hass.data[HOUSEHOLD_KEY].record
    log = house.entry.entry_id
    last = (await record.log(log).entries(limit=1))[0].index
    await hub.changes.until(lambda: shown(house, "record_confirmed"))
    await hub.settled()
    await hub.stop()

    await house.clock.passes(days=3)

    assert not is_late(house)
    await hub.start()
    await hub.home_connected()
    await house.watch()
    assert (await record.log(log).confirmed())[0].size > last
