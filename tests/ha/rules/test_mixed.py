""" "Always" beside another opening, as earlier versions kept it, counts as only when that other one opens."""

from collections.abc import Mapping
from datetime import UTC, datetime
import html
from types import MappingProxyType
from typing import Any, Final

from homeassistant.config_entries import ConfigSubentry
from homeassistant.helpers import issue_registry as ir
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.latchstring.core.decision import decide
from custom_components.latchstring.core.model import Opening
from custom_components.latchstring.settings.shares import shares_of
from tests.core.test_decision import CLEAR
from tests.ha.front_door import DOMAIN, default_of, told_by
from tests.ha.repaired import details
from tests.ha.share_dialog import ALWAYS, ONLY_WHEN, answer_share, choose, open_change
from tests.ha.watching import is_on, recorded, turn_off, turn_on

from .entities import every_day, schedule
from .house import PORCH, YARD, House, share_of

DOOR = "binary_sensor.door"
SHUT: Final[Mapping[str, dict[str, Any]]] = {
    "alarm": {"openings": ["always", "alarm"], "alarms": [DOOR]},
    "approval": {"openings": ["approval", "always"]},
    "owner": {"openings": ["owner", "always"]},
}
"""What an earlier version let an owner choose, or somebody has written by hand."""


def repair(house: House) -> ir.IssueEntry | None:
    """Find what the owner is told in Repairs."""
    return ir.async_get(house.hass).async_get_issue(
        DOMAIN, f"openings_mixed_{house.entry.entry_id}"
    )


async def named(house: House) -> str:
    """Give the cameras that the dialog of the repair names."""
    return (await details(house.hass, house.entry, "openings_mixed"))["cameras"]


async def rules_told(house: House, label: str = PORCH) -> list[str]:
    """Give the lines in which the dialog sums up what holds, and leave it."""
    step = await open_change(house.hass, house.entry, share_of(house.entry, label))
    house.hass.config_entries.subentries.async_abort(step["flow_id"])
    lines = html.unescape(told_by(step)["rules"]).split("\n")
    return [line.removeprefix("- ") for line in lines]


@pytest.mark.parametrize("rules", SHUT.values(), ids=[*SHUT])
async def test_it_closes_at_once_what_its_switch_alone_had_opened(
    house: House, rules: dict[str, Any]
) -> None:
    await house.says(DOOR, "off")
    await house.set_rules(openings=["always"])
    opened = await house.watch()

    await house.set_rules(**rules)

    assert house.entry.runtime_data.gate.sessions() == ()
    await house.was_cut(opened)
    assert house.why() == "no_opening"
    assert await house.refuses()


@pytest.mark.parametrize("rules", SHUT.values(), ids=[*SHUT])
async def test_it_is_closed_from_the_start_and_its_owner_is_told(
    house: House, rules: dict[str, Any]
) -> None:
    entries, entry_id = house.hass.config_entries, house.entry.entry_id
    assert await entries.async_unload(entry_id)
    await house.set_rules(**rules)
    assert repair(house) is None

    assert await entries.async_setup(entry_id)
    await house.hass.async_block_till_done()

    await house.hub.home_connected()
    assert is_on(house.hass, house.entity("sharing"))
    assert house.why() == "no_opening"
    state = "ask" if "approval" in rules["openings"] else "closed"
    await house.hub.camera_is(state, PORCH)
    assert await house.refuses()
    assert await named(house) == f"- {PORCH}"


@given(st.lists(st.sampled_from(Opening)))
def test_no_stored_list_lets_the_switch_alone_open_beside_something_else(
    stored: list[Opening],
) -> None:
    entry = MockConfigEntry()
    subentry = ConfigSubentry(
        data=MappingProxyType(
            {
                "camera": "camera.porch",
                "camera_id": "c-1",
                "label": PORCH,
                "openings": [*map(str, stored)],
            }
        ),
        subentry_type="share",
        title=PORCH,
        unique_id=None,
    )
    entry.subentries = MappingProxyType({subentry.subentry_id: subentry})
    (share,) = shares_of(entry).values()

    decision = decide(share, CLEAR, None, datetime(2026, 11, 18, tzinfo=UTC))

    assert decision.open is (bool(stored) and {*stored} == {"always"})
    assert share.is_mixed is ("always" in stored and {*stored} != {"always"})


async def test_a_schedule_beside_it_opens_by_its_hours_alone(house: House) -> None:
    key = await schedule(house.hass, every_day(("12:00:00", "12:30:00")))
    await house.set_rules(openings=["always", "schedule"], schedule=key)
    assert await house.refuses()

    await house.clock.passes(hours=2)

    assert house.why() == "schedule"
    opened = await house.watch()
    await house.clock.passes(minutes=30)
    await house.was_cut(opened)


async def test_an_alarm_beside_it_opens_for_its_time_alone(house: House) -> None:
    await house.says(DOOR, "off")
    await house.set_rules(openings=["always", "alarm"], alarms=[DOOR])

    await house.says(DOOR, "on")

    assert house.why() == "alarm"
    opened = await house.watch()
    await house.clock.passes(minutes=15)
    await house.was_cut(opened)


async def test_the_dialog_the_list_and_the_record_say_what_counts(house: House) -> None:
    await house.set_rules(YARD, openings=["always"])
    await house.set_rules(openings=["always", "approval"])

    assert (await rules_told(house))[0] == "When somebody asks and you allow it"
    assert "so it does not count" in (await rules_told(house))[1]
    assert await rules_told(house, YARD) == ["Always while its switch is on"]
    await house.hub.camera_is("ask", PORCH)
    await house.hub.camera_is("open", YARD)
    *_, changed = await recorded(house.hass, "consent_changed")
    assert changed["rules"]["openings"] == ["approval"]


async def test_the_repair_names_each_camera_until_its_owner_has_chosen(
    house: House,
) -> None:
    label = "Mary's <b>porch</b>"
    house.hass.config_entries.async_update_subentry(
        house.entry, share_of(house.entry, PORCH), title=label
    )
    await house.set_rules(label, openings=["always", "approval"], label=label)
    await house.set_rules(YARD, openings=["always", "approval"])
    cameras = await named(house)
    assert html.unescape(cameras).split("\n") == [f"- {label}", f"- {YARD}"]
    assert not set(cameras) & set("<>'")

    await chosen_anew(house, YARD, ONLY_WHEN, {"openings": ["approval"]})
    assert YARD not in await named(house)
    await chosen_anew(house, label, ALWAYS)

    assert repair(house) is None
    assert share_of(house.entry, YARD).data["openings"] == ["approval"]
    assert share_of(house.entry, label).data["openings"] == ["always"]


async def chosen_anew(house: House, label: str, *answers: dict[str, Any]) -> None:
    """Choose when a camera may open; the form shows what counts until then."""
    share = share_of(house.entry, label)
    step = await open_change(house.hass, house.entry, share)
    step = await choose(house.hass, step, "openings")
    assert default_of(step, "when") == "only_when"
    for each in answers:
        step = await answer_share(house.hass, step, each)
        if step.get("step_id") == "only_when":
            assert default_of(step, "openings") == ["approval"]
    assert step["reason"] == "saved"


async def test_the_repair_goes_with_its_camera_and_with_its_hub(house: House) -> None:
    for label in (PORCH, YARD):
        await house.set_rules(label, openings=["always", "alarm"], alarms=[DOOR])
    share = share_of(house.entry, YARD)
    house.hass.config_entries.async_remove_subentry(house.entry, share.subentry_id)
    await house.hass.async_block_till_done()
    assert await named(house) == f"- {PORCH}"

    assert await house.hass.config_entries.async_unload(house.entry.entry_id)

    assert repair(house) is None


async def test_it_is_still_opened_by_its_owner_and_by_nothing_its_switch_says(
    house: House,
) -> None:
    await house.set_rules(openings=["always", "approval"])
    await turn_off(house.hass, house.entity("sharing"))
    await turn_on(house.hass, house.entity("sharing"), user=house.owner)
    assert house.why() == "no_opening"

    await turn_on(house.hass, house.entity("share_now"), user=house.owner)

    assert house.why() == "owner"
    await house.watch()
