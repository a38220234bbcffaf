"""What fails to be shown keeps nothing from being cut and nothing else from being shown, and is logged once."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity import Entity
import pytest

from custom_components.latchstring.controls.household_log import HouseholdLogWriter
from custom_components.latchstring.entity import LatchstringEntity
from custom_components.latchstring.runtime.camera_list import CameraList
from custom_components.latchstring.runtime.hub_issues import HubIssues
from custom_components.latchstring.runtime.reports.alarms import AlarmReports
from tests.ha.counted import raising, warnings
from tests.ha.watching import is_on
from tests.reference_hub import Authority

from .many import GUESTS, NEVER_WITH_GUESTS, Many, many

AGAIN = 3
"""How often it fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A function of ours that raises when it is called for the first hub, or for that hub's first camera."""

    of: Callable[..., object]
    on: Callable[[Many, Mapping[str, Any]], bool]


def of_first_camera(house: Many, given: Mapping[str, Any]) -> bool:
    return bool(given["self"].entity_id == house.entities("viewable")[0])


def of_first_share(house: Many, given: Mapping[str, Any]) -> bool:
    return bool(given["share"].share_id == next(iter(house.entries[0].subentries)))


def of_first_hub(house: Many, given: Mapping[str, Any]) -> bool:
    """Return whether something is the first hub's, by the entry that it knows, or by what its runtime is made of."""
    asked, entry = given["self"], house.entries[0]
    parts = vars(entry.runtime_data)["_protocol_parts"]
    return getattr(asked, "_entry", None) is entry or asked is parts.alarms


FAULTS = {
    "its state": Fault(of=LatchstringEntity.show, on=of_first_camera),
    "Home Assistant takes no state": Fault(
        of=Entity.async_write_ha_state, on=of_first_camera
    ),
    "its hub's list": Fault(of=CameraList.now, on=of_first_hub),
    "its household log": Fault(of=HouseholdLogWriter.note, on=of_first_share),
    "its hub's alarms": Fault(of=AlarmReports.update, on=of_first_hub),
    "its hub's repairs": Fault(of=HubIssues.update, on=of_first_hub),
}


@pytest.fixture
async def house(
    hass: HomeAssistant, authority: Authority, owner: str
) -> AsyncIterator[Many]:
    """Two hubs with three cameras each, all viewable while there are no guests."""
    hass.states.async_set(GUESTS, "off")
    async with many(
        hass, authority, owner=owner, cameras=(3, 3), rules=lambda _: NEVER_WITH_GUESTS
    ) as house:
        yield house


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_one_that_cannot_be_shown_keeps_no_other_from_it(
    house: Many, caplog: pytest.LogCaptureFixture, fault: Fault
) -> None:
    first, *others = house.entities("viewable")
    watched = [(hub, camera) for hub in (0, 1) for camera in (0, 2)]
    sessions = await house.watch(*watched)
    caplog.clear()

    with raising(
        fault.of,
        RuntimeError("It cannot be shown"),
        lambda given: fault.on(house, given),
    ) as raised:
        for _ in range(AGAIN):
            house.say(GUESTS, "on")
            assert house.uploads() == 0
            await house.is_shown()
            assert not any(is_on(house.hass, each) for each in others)
            house.say(GUESTS, "off")
            await house.is_shown()
            assert all(is_on(house.hass, each) for each in others)

    assert raised.number >= AGAIN
    assert len([each for each in warnings(caplog) if "latchstring" in each]) == 1
    for session, (number, _) in zip(sessions, watched, strict=True):
        hub = house.hubs[number]
        assert (await hub.upload_ended(session.session)).end == "reset"
        await hub.ended(session.session)
    house.say(GUESTS, "on")
    await house.is_shown()
    assert not is_on(house.hass, first)
