"""Whoever is let in is held to the owner's limits, and told nothing of them."""

import asyncio
from base64 import b64decode
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
from typing import Any

from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.setup import async_setup_component
import pytest

from custom_components.latchstring.core.model import Wish
from tests.ha.flows.test_repairs import answer_repair, begin_repair
from tests.ha.restarting import start, stop
from tests.ha.runtime.test_order import locked
from tests.ha.watching import recorded
from tests.reference_hub import Opened, Refused, Viewer

from .house import PORCH, YARD, House, change_rules

DOE = "Officer J. Doe"
LEE = "Officer R. Lee"
BURGLARY = Wish(purpose="burglary", case="2026-1")


async def limited(house: House, **limits: Any) -> None:
    """Let the porch be seen within these limits."""
    await house.set_rules(openings=["always"], limits=limits)


def watching(house: House) -> list[str]:
    """Give the sessions that go on."""
    gate = house.entry.runtime_data.gate
    return [each.session_id for each in gate.sessions()]


async def ended(house: House, opened: Opened) -> None:
    """Let a viewer stop watching."""
    await house.hub.close_session(opened.session)
    await house.hub.ended(opened.session)


async def test_no_more_viewers_at_a_time_than_the_owner_admits(house: House) -> None:
    await limited(house, viewers=1)
    first = await house.watch(officer=DOE)

    assert await house.refuses(officer=LEE)

    await house.goes_on(first)
    await ended(house, first)
    await house.watch(officer=LEE)


async def test_no_viewer_watches_longer_than_the_owner_admits(house: House) -> None:
    await limited(house, minutes=5)
    opened = await house.watch()

    await house.clock.passes(minutes=4, seconds=59)

    await house.goes_on(opened)
    await house.clock.passes(seconds=1)
    await house.was_cut(opened)
    await house.watch()


async def test_minutes_made_fewer_hold_for_who_watches_already(house: House) -> None:
    await limited(house)
    began, opened = house.clock.now, await house.watch()
    await house.clock.passes(minutes=4)

    await limited(house, minutes=5)

    await house.clock.passes(seconds=59)
    await house.goes_on(opened)
    await house.clock.passes(seconds=6)
    assert watching(house) == []
    await house.was_cut(opened)
    (cut,) = await recorded(house.hass, "session_cut")
    assert cut["how"] == "limit"
    ended = (await house.hub.ended(opened.session))["at"]
    assert datetime.fromisoformat(ended) - began == timedelta(minutes=5)


async def test_who_has_watched_for_longer_than_is_left_to_them_is_cut_at_once(
    house: House,
) -> None:
    await limited(house)
    opened = await house.watch()
    await house.clock.passes(minutes=6)

    await limited(house, minutes=5)

    assert watching(house) == []
    await house.was_cut(opened)


async def test_minutes_made_more_prolong_no_session(house: House) -> None:
    await limited(house, minutes=5)
    opened = await house.watch()

    await limited(house, minutes=10)

    await house.clock.passes(minutes=5)
    await house.was_cut(opened)


@pytest.mark.parametrize(
    ("tightened", "cut", "stays"),
    [
        ({"case_required": True}, {"case": None}, {"case": "2026-1"}),
        (
            {"purposes": ["burglary"]},
            {"purpose": "welfare-check"},
            {"purpose": "burglary"},
        ),
        ({"purposes": []}, {"officer": DOE}, None),
    ],
    ids=["a case demanded", "a purpose withdrawn", "no purpose left"],
)
async def test_limits_made_tighter_hold_for_who_watches_already(
    house: House,
    tightened: dict[str, Any],
    cut: dict[str, Any],
    stays: dict[str, Any] | None,
) -> None:
    await limited(house)
    staying = await house.watch(**stays) if stays is not None else None
    going = await house.watch(**cut)

    await limited(house, **tightened)

    assert watching(house) == ([staying.session] if staying is not None else [])
    told = await house.hub.ended(going.session)
    assert set(told) == {"session", "at", "bytes", "from", "to", "proof"}
    (ended,) = await recorded(house.hass, "session_cut")
    assert (ended["session"], ended["how"]) == (going.session, "limits_changed")
    if staying is not None:
        await house.goes_on(staying)


async def test_of_too_many_viewers_the_newest_are_cut(house: House) -> None:
    await limited(house)
    first = await house.watch(officer=DOE)
    others = [await house.watch(officer=LEE), await house.watch(officer=DOE)]

    await limited(house, viewers=1)

    assert watching(house) == [first.session]
    for each in others:
        await house.hub.ended(each.session)
    await house.goes_on(first)


async def test_fewer_sessions_a_day_end_none_that_has_begun(house: House) -> None:
    await limited(house)
    opened = await house.watch()

    await limited(house, sessions_a_day=1)

    await house.goes_on(opened)
    assert await house.refuses()


async def test_limits_made_tighter_on_the_way_in_keep_out(house: House) -> None:
    await limited(house, viewers=1)
    gate = house.entry.runtime_data.gate
    share = gate.admission.share_of(house.camera()["camera"])
    with locked(Path(house.hass.config.path("latchstring", "record.db"))):
        opening = house.hass.async_create_task(house.asked(case=None))
        while gate.admission.within_limits(share, BURGLARY):  # noqa: ASYNC110 - nothing tells of it yet
            await asyncio.sleep(0)
        change_rules(house.hass, house.entry, PORCH, limits={"case_required": True})
    await house.hass.async_block_till_done()

    refused = await opening
    assert isinstance(refused, Refused)
    assert refused.code == "not_available"
    (cut,) = await recorded(house.hass, "session_cut")
    assert cut["how"] == "limits_changed"


async def test_a_hub_hears_of_the_hour_and_not_of_the_owner_s_minutes(
    house: House,
) -> None:
    await limited(house, minutes=5)

    opened = await house.watch()

    entry = json.loads(b64decode(opened.proof["content"]))
    started, ends_by = map(datetime.fromisoformat, (entry["at"], opened.ends_by))
    assert ends_by - started == timedelta(hours=1)


async def test_nobody_watches_for_more_than_an_hour_at_once(house: House) -> None:
    await limited(house, minutes=24 * 60)
    opened = await house.watch()

    await house.clock.passes(minutes=59, seconds=59)

    await house.goes_on(opened)
    await house.clock.passes(seconds=1)
    await house.was_cut(opened)


async def test_a_day_s_sessions_are_counted_over_a_reload_and_end_with_the_day(
    house: House,
) -> None:
    await limited(house, sessions_a_day=2)
    await ended(house, await house.watch())

    assert await house.hass.config_entries.async_reload(house.entry.entry_id)
    await house.hub.camera_is("open", PORCH)

    await ended(house, await house.watch())
    assert await house.refuses()
    await house.clock.passes(hours=13, minutes=59)
    assert await house.refuses()
    await house.clock.passes(minutes=1)
    await ended(house, await house.watch())


@pytest.mark.parametrize("year", [1970, 2099])
async def test_a_start_with_a_wrong_clock_gives_no_second_day_s_sessions(
    house: House, year: int
) -> None:
    await limited(house, sessions_a_day=1)
    await ended(house, await house.watch())
    right = house.clock.now
    await stop(house.hass, house.entry)
    await house.clock.is_set_to(datetime(year, 1, 1, tzinfo=UTC))
    await start(house.hass, house.entry)
    assert house.why() == "clock_untrusted"

    await house.clock.is_set_to(right + timedelta(minutes=1))
    await house.clock_is_believed()

    await house.hub.home_admits()
    assert await house.refuses()
    await house.clock.passes(hours=14)
    await ended(house, await house.watch())


async def test_a_clock_that_is_put_a_day_ahead_begins_no_new_day(house: House) -> None:
    """Not even where a hub agrees with it; and the new day comes when that much time has passed."""
    await limited(house, sessions_a_day=1)
    await ended(house, await house.watch())

    await house.clock.is_set(days=1)
    await house.clock_is_believed()

    await house.hub.home_admits()
    assert await house.refuses()
    await house.clock.passes(hours=14)
    await ended(house, await house.watch())


async def test_what_a_hub_had_by_a_wrong_clock_is_of_the_day_on_which_it_had_it(
    house: House,
) -> None:
    """Over starts too; and of no day after it, up to the one that the clock showed."""
    await limited(house, sessions_a_day=2)
    await ended(house, await house.watch())
    await house.clock.is_set(days=2)
    await house.clock_is_believed()
    await restart(house)
    await ended(house, await house.watch())
    await restart(house)

    assert await async_setup_component(house.hass, REPAIRS, {})
    await house.clock.is_set(days=-2)
    await house.clock.passes(minutes=2)
    form = await begin_repair(house.hass, "clock_untrusted")
    await answer_repair(house.hass, form, {})
    await house.hub.home_admits()
    await house.clock.passes(seconds=10)
    assert await house.refuses()

    await restart(house)
    await house.hub.home_admits()
    assert await house.refuses()
    await house.clock.passes(hours=14)
    await restart(house)
    await ended(house, await house.watch())
    await ended(house, await house.watch())
    assert await house.refuses()


async def restart(house: House) -> None:
    """Begin anew, and wait until the hub is there again."""
    await stop(house.hass, house.entry)
    await start(house.hass, house.entry)
    await house.hub.home_connected()


async def test_a_day_s_sessions_are_counted_once_however_often_the_record_is_asked(
    house: House,
) -> None:
    await limited(house, sessions_a_day=2)
    await ended(house, await house.watch())

    with locked(Path(house.hass.config.path("latchstring", "record.db"))):
        assert await house.hass.config_entries.async_reload(house.entry.entry_id)
        await house.hub.home_connected()
    await house.hub.camera_is("open", PORCH)

    await ended(house, await house.watch())
    assert await house.refuses()


async def test_a_refusal_is_no_session_of_the_day(house: House) -> None:
    await limited(house, sessions_a_day=1, case_required=True)

    assert await house.refuses(case=None)

    await house.watch()


async def test_one_camera_s_day_is_not_another_s(house: House) -> None:
    await limited(house, sessions_a_day=1)
    await house.set_rules(YARD, openings=["always"], limits={"sessions_a_day": 1})
    await ended(house, await house.watch())

    assert await house.refuses()

    await house.watch(YARD)


@pytest.mark.parametrize(
    ("limits", "refused", "admitted"),
    [
        ({"case_required": True}, {"case": None}, {"case": "2026-1"}),
        ({"purposes": ["burglary"]}, {"purpose": "welfare-check"}, {}),
        ({"purposes": []}, {"purpose": "burglary"}, None),
    ],
)
async def test_a_viewer_says_what_the_owner_demands(
    house: House,
    limits: dict[str, Any],
    refused: dict[str, Any],
    admitted: dict[str, Any] | None,
) -> None:
    await limited(house, **limits)

    assert await house.refuses(**refused)

    if admitted is not None:
        await house.watch(**admitted)


@pytest.mark.parametrize(
    "asks",
    [
        Viewer(officer=DOE, purpose="welfare-check", case="2026-1"),
        Viewer(officer=DOE, purpose="burglary", case=None),
    ],
    ids=["another purpose", "no case number"],
)
async def test_nobody_is_asked_about_a_viewer_whom_a_yes_would_not_let_in(
    house: House, asks: Viewer
) -> None:
    limits = {"case_required": True, "purposes": ["burglary"]}
    await house.set_rules(openings=["approval"], limits=limits)

    request, answer = await house.hub.ask_to_watch(
        house.camera()["camera"], viewer=asks
    )

    assert answer["result"] == {}
    assert house.entry.runtime_data.requests.waiting == ()
    await house.clock.passes(minutes=3)
    assert await house.hub.decided(request) is False
