"""What a hub does shows in our own entities, and opens nothing: not by itself, and not through what is made of them."""

from collections.abc import Iterator
from typing import override

from homeassistant.components.alarm_control_panel.const import DOMAIN as PANEL
from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import Context
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest

from custom_components.latchstring.household.household import HOUSEHOLD_KEY
from custom_components.latchstring.tracking.causes import Causes
from tests.ha.front_door import DOMAIN
from tests.ha.own_cameras import registered
from tests.ha.repaired import details
from tests.ha.watching import text_of

from . import entities
from .alarms_of_ours import (
    AFTER,
    BELL,
    DOOR,
    NAMED,
    UNNAMED,
    Build,
    a_bayesian,
    a_panel_with_a_delay,
    a_threshold_of_a_template,
    a_timer,
    bell,
    goes_on,
    rings,
)
from .house import PORCH, YARD, House, key_of
from .test_explain import explained
from .test_mixed import rules_told


def went_off(house: House, alarm: str) -> bool:
    return text_of(house.hass, alarm) == (
        "triggered" if alarm.startswith(PANEL) else STATE_ON
    )


def repair(house: House) -> ir.IssueEntry | None:
    """Find what the owner is told in Repairs."""
    return ir.async_get(house.hass).async_get_issue(
        DOMAIN, f"own_entities_{house.entry.entry_id}"
    )


@pytest.mark.parametrize("build", [*NAMED, *UNNAMED])
async def test_an_officer_who_watches_one_camera_opens_no_other(
    house: House, build: Build
) -> None:
    await house.says(DOOR, STATE_OFF)
    alarm = await build(house, house.entity("being_watched", PORCH))
    await house.set_rules(YARD, openings=["alarm"], alarms=[key(house, alarm)])

    await watch_the_porch(house)
    if build in (a_panel_with_a_delay, a_timer):
        await house.clock.passes(seconds=AFTER)

    assert went_off(house, alarm)
    assert house.why(YARD) == "no_opening"
    assert await house.refuses(YARD)


def key(house: House, entity_id: str) -> str:
    """Give what a share keeps of an entity."""
    entry = er.async_get(house.hass).async_get(entity_id)
    return entry.id if entry else entity_id


async def test_a_viewer_who_asks_opens_nothing_through_a_helper(house: House) -> None:
    """A number of requests goes through helpers that hand no context on."""
    asked = house.entity("pending_requests", None)
    await entities.helper(
        house.hass, "min_max", "Most", entity_ids=[asked], type="max", round_digits=0
    )
    alarm = await entities.threshold(house.hass, "sensor.most")
    await house.set_rules(YARD, openings=["alarm"], alarms=[key_of(house.hass, alarm)])
    await house.set_rules(PORCH, openings=["approval"])

    await house.hub.ask_to_watch(house.camera(PORCH)["camera"])
    await house.hass.async_block_till_done()

    assert went_off(house, alarm)
    assert house.why(YARD) == "no_opening"
    assert (await explained(house, camera="camera.yard"))["own_entities"] == [alarm]


async def test_a_request_that_shows_in_repairs_opens_nothing(house: House) -> None:
    await house.says(DOOR, STATE_OFF)
    await bell(house)
    shown = {"domain": DOMAIN, "action": "create"}
    trigger = {"trigger": "event", "event_type": "repairs_issue_registry_updated"}
    await entities.automations(house.hass, rings({**trigger, "event_data": shown}))
    alarm = await entities.template(house.hass, f"{{{{ is_state('{BELL}', 'on') }}}}")
    await house.set_rules(YARD, openings=["alarm"], alarms=[key_of(house.hass, alarm)])
    await house.set_rules(PORCH, openings=["approval"])

    await house.hub.ask_to_watch(house.camera(PORCH)["camera"])
    await house.hass.async_block_till_done()

    assert went_off(house, alarm)
    assert house.why(YARD) == "no_opening"


async def test_a_hub_that_has_to_be_paired_again_opens_nothing(house: House) -> None:
    """Home Assistant shows that in Repairs as its own."""
    await bell(house)
    trigger = {"trigger": "event", "event_type": "repairs_issue_registry_updated"}
    created = {**trigger, "event_data": {"action": "create"}}
    await entities.automations(house.hass, rings(created))
    await house.set_rules(YARD, openings=["alarm"], alarms=[key(house, BELL)])

    house.entry.async_start_reauth(house.hass)
    await house.hass.async_block_till_done()

    assert went_off(house, BELL)
    assert house.why(YARD) == "no_opening"


async def test_a_group_that_waits_for_all_gives_an_alarm_with_the_last(
    house: House,
) -> None:
    await house.says(DOOR, STATE_OFF)
    ours = house.entity("being_watched", PORCH)
    much = await a_threshold_of_a_template(house, ours)
    members = {**entities.members_of_group(DOOR, much), "all": True}
    await entities.helper(house.hass, "group", "Both", **members)
    both = "binary_sensor.both"
    await house.set_rules(YARD, openings=["alarm"], alarms=[key(house, both)])
    await house.says(DOOR, STATE_ON)
    await house.clock.passes(seconds=1)

    await watch_the_porch(house)

    assert went_off(house, both)
    assert house.why(YARD) == "no_opening"
    await house.says(DOOR, STATE_OFF)
    await house.clock.passes(seconds=1)
    await house.says(DOOR, STATE_ON)
    assert went_off(house, both)
    assert house.why(YARD) == "alarm"


@pytest.mark.parametrize("starts_anew", [False, True])
async def test_a_timer_gives_alarms_when_something_else_starts_it(
    house: House, *, starts_anew: bool
) -> None:
    alarm = await a_timer(house, house.entity("being_watched", PORCH))
    await house.set_rules(YARD, openings=["alarm"], alarms=[key_of(house.hass, alarm)])
    await house.set_rules(PORCH, openings=["always"])
    if starts_anew:
        await house.watch(PORCH)
        await house.hass.async_block_till_done()
        await house.clock.passes(seconds=AFTER)
        assert house.why(YARD) == "no_opening"
        await house.call("input_boolean", "turn_off", BELL)

    await house.call("timer", "start", "timer.late")
    await house.clock.passes(seconds=AFTER)

    assert went_off(house, alarm)
    assert house.why(YARD) == "alarm"


async def test_a_hub_that_connects_again_opens_nothing(house: House) -> None:
    connected = house.entity("connected", None)
    await house.set_rules(openings=["alarm"], alarms=[key_of(house.hass, connected)])
    before = len(house.hub.transcript)
    await house.hub.disconnect()
    await house.hub.changes.until(lambda: len(house.hub.transcript) > before)
    await house.hub.home_connected()

    assert text_of(house.hass, connected) == STATE_ON
    assert house.why() == "no_opening"
    assert await house.refuses()


@pytest.fixture
async def doors(house: House) -> str:
    """A group of a door and of what says that the yard is watched; the porch opens by it."""
    await house.says(DOOR, STATE_OFF)
    doors = await entities.group(house.hass, DOOR, house.entity("being_watched", YARD))
    await house.set_rules(openings=["alarm"], alarms=[key_of(house.hass, doors)])
    return doors


async def consists_of(house: House, group: str, *members: str) -> None:
    """Let a group have these members, as its dialog does."""
    entry_id = registered(er.async_get(house.hass), group).config_entry_id
    assert entry_id is not None
    entry = house.hass.config_entries.async_get_known_entry(entry_id)
    options = {**entry.options, **entities.members_of_group(*members)}
    house.hass.config_entries.async_update_entry(entry, options=options)
    await house.hass.config_entries.async_reload(entry_id)
    await house.hass.async_block_till_done()


async def opens_by_door(house: House, group: str) -> bool:
    """Open the door; say whether that opens the porch, and shut it."""
    await house.says(DOOR, STATE_ON)
    await house.hass.async_block_till_done()
    assert went_off(house, group)
    is_open = house.can_be_seen()
    await house.says(DOOR, STATE_OFF)
    await house.hass.async_block_till_done()
    return is_open


async def test_a_group_that_holds_one_of_ours_is_no_alarm_until_it_does_not(
    house: House, doors: str
) -> None:
    ours = house.entity("being_watched", YARD)
    assert not await opens_by_door(house, doors)
    assert (await explained(house))["own_entities"] == [doors]
    assert repair(house) is not None

    await consists_of(house, doors, DOOR)

    assert (await explained(house))["own_entities"] == []
    assert repair(house) is None
    assert await opens_by_door(house, doors)
    await house.clock.passes(minutes=15)
    await consists_of(house, doors, DOOR, ours)
    assert repair(house) is not None
    assert not await opens_by_door(house, doors)


async def test_a_group_in_a_group_that_gains_one_of_ours_is_no_alarm(
    house: House,
) -> None:
    await house.says(DOOR, STATE_OFF)
    inner = await entities.group(house.hass, DOOR, name="Inner")
    outer = await entities.group(house.hass, inner)
    await house.set_rules(openings=["alarm"], alarms=[key_of(house.hass, outer)])
    assert await opens_by_door(house, outer)
    await house.clock.passes(minutes=15)

    await consists_of(house, inner, DOOR, house.entity("connected", None))

    await house.says(DOOR, STATE_OFF)
    assert (await explained(house))["own_entities"] == [outer]
    assert repair(house) is not None


async def test_one_of_ours_that_is_removed_is_none_of_the_group_any_more(
    house: House, doors: str
) -> None:
    er.async_get(house.hass).async_remove(house.entity("being_watched", YARD))
    await house.hass.async_block_till_done()

    assert repair(house) is None
    assert await opens_by_door(house, doors)


async def test_the_owner_is_told_what_counts_for_nothing(
    house: House, doors: str
) -> None:
    await house.set_rules(YARD, never=[{"entity": doors, "clear": ["off"]}])

    told = await details(house.hass, house.entry, "own_entities")
    assert told["cameras"] == "- Front door: Doors\n- Back yard: Doors"
    assert any("opens nothing" in line for line in await rules_told(house))
    assert any("opens nothing" in line for line in await rules_told(house, YARD))

    assert await house.hass.config_entries.async_unload(house.entry.entry_id)
    assert repair(house) is None
    assert await house.hass.config_entries.async_setup(house.entry.entry_id)
    await house.hass.async_block_till_done()
    assert repair(house) is not None


async def test_an_alarm_that_nobody_opens_by_is_nothing_to_tell(
    house: House, doors: str
) -> None:
    await house.set_rules(openings=["approval"])

    assert repair(house) is None
    assert (await explained(house))["own_entities"] == []


@pytest.mark.parametrize("domain", ["lock", "siren"])
async def test_a_switch_of_ours_in_another_guise_never_clears(
    house: House, domain: str
) -> None:
    assert await async_setup_component(house.hass, "homeassistant", {})
    ours = house.entity("share_now", YARD)
    await entities.helper(
        house.hass,
        "switch_as_x",
        "Guise",
        entity_id=key_of(house.hass, ours),
        target_domain=domain,
        invert=False,
    )
    (guise,) = house.hass.states.async_entity_ids(domain)
    clear = [text_of(house.hass, guise)]

    await house.set_rules(
        openings=["always"], never=[{"entity": guise, "clear": clear}]
    )

    assert house.why() == "never"
    told = await explained(house)
    assert told["never_while"] == sorted([guise, ours])
    assert told["own_entities"] == [guise]
    assert await house.refuses()


async def test_one_of_ours_never_clears_and_a_group_only_without_it(
    house: House,
) -> None:
    ours = house.entity("being_watched", YARD)
    await house.says(DOOR, STATE_OFF)
    doors = await entities.group(house.hass, DOOR)
    never = {"entity": key_of(house.hass, doors), "clear": ["off"]}
    await house.set_rules(openings=["always"], never=[never])
    opened = await house.watch()

    await consists_of(house, doors, DOOR, ours)

    await house.was_cut(opened)
    assert text_of(house.hass, doors) == STATE_OFF
    assert house.why() == "never"
    assert (await explained(house))["never_while"] == sorted([doors, ours])
    await consists_of(house, doors, DOOR)
    await house.watch()

    await house.set_rules(
        never=[{"entity": key_of(house.hass, ours), "clear": ["off"]}]
    )
    assert house.why() == "never"
    assert await house.refuses()


async def test_a_group_that_says_it_holds_one_of_ours_closes_before_anything_else(
    house: House,
) -> None:
    house.say("group.guests", STATE_OFF, entity_id=[DOOR])
    await house.says(DOOR, STATE_OFF)
    never = [{"entity": "group.guests", "clear": ["off"]}]
    await house.set_rules(openings=["always"], never=never)
    opened = await house.watch()

    ours = house.entity("connected", None)
    await house.says("group.guests", STATE_OFF, entity_id=[DOOR, ours])

    assert house.entry.runtime_data.gate.sessions() == ()
    await house.was_cut(opened)


@pytest.fixture
async def quiet(house: House) -> str:
    """An automation lets the bell be quiet when somebody watches the porch; the yard opens only while it is."""
    await bell(house)
    await house.call("input_boolean", "turn_on", BELL)
    quiet = {"action": "input_boolean.turn_off", "target": {"entity_id": BELL}}
    trigger = goes_on(house.entity("being_watched", PORCH))
    await entities.automations(house.hass, {"triggers": [trigger], "actions": [quiet]})
    return BELL


async def somebody_watches_the_porch(
    house: House, *, while_yard_waits_for: str
) -> None:
    """Let an officer watch the porch, while the yard opens only if this is off."""
    never = [{"entity": while_yard_waits_for, "clear": ["off"]}]
    await house.set_rules(YARD, openings=["always"], never=never)
    await watch_the_porch(house)


async def watch_the_porch(house: House) -> None:
    await house.set_rules(PORCH, openings=["always"])
    await house.watch(PORCH)
    await house.hass.async_block_till_done()


async def test_what_clears_because_of_one_of_ours_opens_nothing(
    house: House, quiet: str
) -> None:
    await somebody_watches_the_porch(house, while_yard_waits_for=quiet)

    assert text_of(house.hass, quiet) == STATE_OFF
    assert house.why(YARD) == "never"
    assert (await explained(house, camera="camera.yard"))["never_while"] == [quiet]
    assert await house.refuses(YARD)
    await house.call("input_boolean", "turn_on", quiet)
    await house.call("input_boolean", "turn_off", quiet)
    assert house.why(YARD) == "always"


async def test_a_group_clears_only_when_none_of_it_did_because_of_ours(
    house: House, quiet: str
) -> None:
    """The last that clears may be another one."""
    house.say(DOOR, STATE_ON)
    await house.says("group.busy", STATE_ON, entity_id=[DOOR, quiet])
    await somebody_watches_the_porch(house, while_yard_waits_for="group.busy")

    house.say(DOOR, STATE_OFF)
    await house.says("group.busy", STATE_OFF, entity_id=[DOOR, quiet])

    assert house.why(YARD) == "never"
    assert (await explained(house, camera="camera.yard"))["never_while"] == [quiet]
    await house.call("input_boolean", "turn_on", quiet)
    await house.call("input_boolean", "turn_off", quiet)
    assert house.why(YARD) == "always"


async def test_a_template_that_one_of_ours_clears_opens_nothing(house: House) -> None:
    ours = house.entity("being_watched", PORCH)
    unwatched = f"{{{{ not is_state('{ours}', 'on') }}}}"
    template = await entities.template(house.hass, unwatched)
    key_of_it = key_of(house.hass, template)
    await somebody_watches_the_porch(house, while_yard_waits_for=key_of_it)

    assert text_of(house.hass, template) == STATE_OFF
    assert house.why(YARD) == "never"


async def test_what_one_of_ours_cleared_is_not_clear_for_having_been_away(
    house: House, quiet: str
) -> None:
    await somebody_watches_the_porch(house, while_yard_waits_for=quiet)

    house.say(quiet, "unavailable")
    await house.says(quiet, STATE_OFF)

    assert house.why(YARD) == "never"
    house.say(quiet, STATE_ON)
    await house.says(quiet, STATE_OFF)
    assert house.why(YARD) == "always"


async def test_what_one_of_ours_cleared_is_not_clear_for_being_followed_anew(
    house: House, quiet: str
) -> None:
    await somebody_watches_the_porch(house, while_yard_waits_for=quiet)
    await house.says(quiet, STATE_OFF, icon="mdi:bell-off")

    await house.set_rules(YARD, alarms=[DOOR])
    assert house.why(YARD) == "never"
    assert await house.hass.config_entries.async_reload(house.entry.entry_id)
    await house.hass.async_block_till_done()

    assert house.why(YARD) == "never"
    assert await house.hass.config_entries.async_unload(house.entry.entry_id)
    await house.clock.passes(seconds=1)
    house.say(quiet, STATE_ON)
    await house.says(quiet, STATE_OFF)
    assert await house.hass.config_entries.async_setup(house.entry.entry_id)
    await house.hass.async_block_till_done()
    await house.hub.home_connected()
    await house.hub.home_admits()
    await house.hass.async_block_till_done()
    assert house.why(YARD) == "always"


@pytest.mark.parametrize(
    ("entity_id", "goes", "ends"),
    [
        ("alarm_control_panel.shed", "arming", "armed_away"),
        ("alarm_control_panel.shed", "disarming", "disarmed"),
        ("cover.blinds", "closing", "closed"),
        ("cover.blinds", "opening", "open"),
        ("lock.door", "locking", "locked"),
        ("lock.door", "unlocking", "unlocked"),
        ("vacuum.robot", "returning", "docked"),
    ],
)
async def test_what_one_of_ours_set_going_does_not_clear_by_coming_to_its_end(
    house: House, entity_id: str, goes: str, ends: str
) -> None:
    """What it says then is in no context of ours."""
    await house.says(entity_id, "another")
    never = [{"entity": entity_id, "clear": [ends]}]
    await house.set_rules(YARD, openings=["always"], never=never)
    watched = house.hass.states.get(house.entity("being_watched", PORCH))
    assert watched is not None

    house.hass.states.async_set(entity_id, goes, context=watched.context)
    await house.says(entity_id, ends)

    assert house.why(YARD) == "never"
    house.say(entity_id, goes)
    await house.says(entity_id, ends)
    assert house.why(YARD) == "always"


async def test_a_panel_that_one_of_ours_armed_still_gives_alarms(house: House) -> None:
    panel = "alarm_control_panel.shed"
    await house.says(panel, "disarmed")
    await house.set_rules(openings=["alarm"], alarms=[panel])
    watched = house.hass.states.get(house.entity("being_watched", PORCH))
    assert watched is not None

    house.hass.states.async_set(panel, "arming", context=watched.context)
    for state in ("armed_away", "pending", "triggered"):
        await house.says(panel, state)

    assert house.why() == "alarm"


async def test_a_bayesian_that_observes_one_of_ours_never_clears(house: House) -> None:
    likely = await a_bayesian(house, house.entity("being_watched", PORCH))
    never = [{"entity": key_of(house.hass, likely), "clear": ["off"]}]

    await house.set_rules(YARD, openings=["always"], never=never)

    assert text_of(house.hass, likely) == STATE_OFF
    assert house.why(YARD) == "never"
    told = await explained(house, camera="camera.yard")
    assert told["own_entities"] == [likely]


async def test_a_circle_of_groups_that_holds_one_of_ours_has_an_end(
    house: House,
) -> None:
    ours = house.entity("connected", None)
    house.say("group.guests", STATE_OFF, entity_id=["group.guests", "group.more"])
    await house.says("group.more", STATE_OFF, entity_id=["group.guests", ours])

    await house.set_rules(
        openings=["always"], never=[{"entity": "group.guests", "clear": ["off"]}]
    )

    assert house.why() == "never"
    assert (await explained(house))["own_entities"] == ["group.guests"]


async def test_a_helper_is_clear_only_while_what_it_is_made_of_reports(
    house: House,
) -> None:
    """A trend, for one, goes on saying what it said last."""
    house.say("sensor.bed", "0")
    await house.says("binary_sensor.trend", STATE_OFF, entity_id="sensor.bed")
    never = [{"entity": "binary_sensor.trend", "clear": ["off"]}]
    await house.set_rules(openings=["always"], never=never)
    opened = await house.watch()

    await house.says("sensor.bed", "unavailable")

    await house.was_cut(opened)
    assert house.why() == "never"
    assert (await explained(house))["never_while"] == ["sensor.bed"]
    await house.says("sensor.bed", "0")
    await house.watch()


async def test_what_a_helper_is_called_is_nothing_that_it_is_made_of(
    house: House,
) -> None:
    await house.says(DOOR, STATE_OFF)
    options = entities.members_of_group(DOOR)
    await entities.helper(house.hass, "group", "v1.2", **options)
    never = [{"entity": key_of(house.hass, "binary_sensor.v1_2"), "clear": ["off"]}]

    await house.set_rules(openings=["always"], never=never)

    assert house.why() == "always"


@pytest.mark.parametrize("source", ["hub.tv", "binary_sensor.door"])
async def test_what_a_player_plays_is_nothing_that_it_is_made_of(
    house: House, source: str
) -> None:
    await house.says("media_player.tv", STATE_OFF, source=source)

    await house.set_rules(
        openings=["always"], never=[{"entity": "media_player.tv", "clear": ["off"]}]
    )

    assert house.why() == "always"


async def test_a_schedule_that_names_one_of_ours_opens_nothing(house: House) -> None:
    ours = house.entity("connected", None)
    whole_day = {"from": "00:00:00", "to": "24:00:00", "data": {"entity_id": ours}}
    week = {day: [whole_day] for day in entities.WEEK}
    hours = await entities.schedule(house.hass, week)

    await house.set_rules(openings=["schedule"], schedule=hours)

    assert text_of(house.hass, "schedule.hours") == STATE_ON
    assert house.why() == "no_opening"
    assert (await explained(house))["own_entities"] == ["schedule.hours"]
    assert repair(house) is not None
    assert await house.refuses()


async def test_a_schedule_that_turns_because_of_one_of_ours_opens_nothing_now(
    house: House,
) -> None:
    hours = await entities.all_day(house.hass)
    await house.set_rules(openings=["schedule"], schedule=hours)
    assert house.why() == "schedule"
    watched = house.hass.states.get(house.entity("being_watched", YARD))
    assert watched is not None

    for state in (STATE_OFF, STATE_ON):
        house.hass.states.async_set("schedule.hours", state, context=watched.context)
        await house.hass.async_block_till_done()

    assert house.why() == "no_opening"
    house.hass.states.async_set("schedule.hours", STATE_ON, {"again": True})
    await house.hass.async_block_till_done()
    assert house.why() == "no_opening"
    for state in (STATE_OFF, STATE_ON):
        house.hass.states.async_set("schedule.hours", state)
        await house.hass.async_block_till_done()
    assert house.why() == "schedule"


async def test_an_ordinary_alarm_opens_while_somebody_watches_another_camera(
    house: House,
) -> None:
    await house.says(DOOR, STATE_OFF)
    await house.set_rules(YARD, openings=["alarm"], alarms=[DOOR])
    await house.set_rules(PORCH, openings=["always"])
    await house.watch(PORCH)

    await house.says(DOOR, STATE_ON)

    assert house.why(YARD) == "alarm"
    await house.watch(YARD)


async def test_what_reads_one_of_ours_still_gives_the_alarms_of_others(
    house: House,
) -> None:
    ours = house.entity("being_watched", PORCH)
    await house.says(DOOR, STATE_OFF)
    either = f"{{{{ is_state('{ours}', 'on') or is_state('{DOOR}', 'on') }}}}"
    alarm = await entities.template(house.hass, either)
    group = await entities.group(house.hass, alarm, "binary_sensor.window")
    for each in (alarm, group):
        await house.set_rules(YARD, openings=["alarm"], alarms=[each])
        await house.set_rules(PORCH, openings=["always"])
        opened = await house.watch(PORCH)
        await house.hub.close_session(opened.session)
        await house.hub.ended(opened.session)
        await house.hass.async_block_till_done()
        assert text_of(house.hass, each) == STATE_OFF
        assert house.why(YARD) == "no_opening"

        await house.says(DOOR, STATE_ON)
        await house.hass.async_block_till_done()

        assert house.why(YARD) == "alarm"
        await house.says(DOOR, STATE_OFF)
        await house.clock.passes(minutes=15)


async def test_who_shares_a_camera_and_gives_an_alarm_in_one_go_opens_by_the_first(
    house: House,
) -> None:
    """So says the rule, and so does the README: what follows an entity of ours is no alarm."""
    await house.says(DOOR, STATE_OFF)
    await house.set_rules(openings=["alarm"], alarms=[DOOR])
    in_one_go = Context(user_id=house.owner)

    await house.hass.services.async_call(
        "switch",
        "turn_off",
        {"entity_id": house.entity("sharing", YARD)},
        blocking=True,
        context=in_one_go,
    )
    house.hass.states.async_set(DOOR, STATE_ON, context=in_one_go)
    await house.hass.async_block_till_done()

    assert house.why() == "no_opening"
    house.say(DOOR, STATE_OFF)
    await house.says(DOOR, STATE_ON)
    assert house.why() == "alarm"


async def test_of_the_contexts_of_ours_the_newest_are_remembered(house: House) -> None:
    ours = house.entity("being_watched")
    own = Causes(house.hass, house.hass.data[HOUSEHOLD_KEY].users, most=3)
    stop = own.start()
    turned = [Context() for _ in range(5)]
    for number, context in enumerate(turned):
        house.hass.states.async_set(ours, str(number), context=context)
    followed = Context(parent_id=turned[2].id)
    assert not own.is_caused_by_us(turned[1])
    assert own.is_caused_by_us(followed)

    house.hass.bus.async_fire("something", context=followed)
    house.hass.states.async_set(DOOR, STATE_ON, context=Context())

    assert [own.is_caused_by_us(each) for each in turned] == [
        False,
        False,
        False,
        True,
        True,
    ]
    assert own.is_caused_by_us(followed)
    assert own.is_caused_by_us(Context(parent_id=followed.id))
    stop()
    late = Context()
    house.hass.states.async_set(ours, STATE_ON, context=late)
    assert not own.is_caused_by_us(late)


async def test_who_turns_off_all_that_follows_still_closes(house: House) -> None:
    """A disarm counts whoever brought it about."""
    panel = "alarm_control_panel.shed"
    await house.says(panel, "armed_away")
    await house.set_rules(openings=["alarm"], alarms=[panel])
    await house.says(panel, "triggered")
    opened = await house.watch()
    watched = house.hass.states.get(house.entity("being_watched"))
    assert watched is not None

    house.hass.states.async_set(panel, "disarmed", context=watched.context)

    await house.was_cut(opened)


class Broken(list[str]):
    """Members of a group that cannot be gone through."""

    @override
    def __iter__(self) -> Iterator[str]:
        msg = "broken"
        raise ValueError(msg)


@pytest.mark.parametrize(
    ("who", "state"), [("group.guests", STATE_ON), ("group.inner", "unavailable")]
)
async def test_what_cannot_be_gone_through_still_closes(
    house: House, caplog: pytest.LogCaptureFixture, who: str, state: str
) -> None:
    house.say(DOOR, STATE_OFF)
    house.say("group.inner", STATE_OFF, entity_id=[DOOR])
    await house.says("group.guests", STATE_OFF, entity_id=["group.inner"])
    never = [{"entity": "group.guests", "clear": ["off"]}]
    await house.set_rules(openings=["always"], never=never)
    opened = await house.watch()

    await house.says(who, state, entity_id=Broken())

    assert "ValueError: broken" in caplog.text
    await house.was_cut(opened)


class Counted(list[str]):
    """Members of a group that count how often they were gone through."""

    times = 0

    @override
    def __iter__(self) -> Iterator[str]:
        Counted.times += 1
        return super().__iter__()


async def test_a_group_is_gone_through_as_often_for_two_cameras_as_for_one(
    house: House,
) -> None:
    await house.says(DOOR, STATE_OFF)
    often = []
    for label in (PORCH, YARD):
        await house.says("binary_sensor.all", STATE_OFF, entity_id=Counted([DOOR]))
        await house.set_rules(label, openings=["alarm"], alarms=["binary_sensor.all"])
        before = Counted.times
        house.say(DOOR, STATE_ON)
        await house.says("binary_sensor.all", STATE_ON, entity_id=Counted([DOOR]))
        often.append(Counted.times - before)
        assert house.why(label) == "alarm"
        house.say(DOOR, STATE_OFF)
        await house.says("binary_sensor.all", STATE_OFF, entity_id=Counted([DOOR]))
        await house.clock.passes(minutes=15)

    assert 0 < often[1] <= often[0]
