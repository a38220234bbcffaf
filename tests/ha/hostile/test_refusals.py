"""A refusal tells nothing: whatever the reason, the same bytes, at the same moment."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path
import sqlite3
import time
from typing import Final

from homeassistant.components.camera import get_camera_from_entity_id
from homeassistant.core import Context, State
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import mock_restore_cache

from custom_components.latchstring.core.protocol import MAX_SESSIONS_A_DAY
from custom_components.latchstring.household import clock as home_clock
from tests.ha.own_cameras import OwnCamera
from tests.ha.rules.entities import gate
from tests.ha.watching import (
    HUB_SHARING,
    SHARING,
    WATCHED,
    ask_the_owner,
    may_be_asked,
    turn_off,
    watch,
)
from tests.reference_hub import Conduct, Forgery, Opened, Refused, Viewer
from tests.reference_hub.wire import new_id

from .honest import checkpoint, cosigned, receipt, to_ask, to_watch, written
from .house import House
from .test_flood import were_watched_today

REFUSAL_SECONDS: Final = 0.5
REQUEST_SECONDS: Final = 120
MAX_SESSIONS: Final = 32
YEARS: Final = timedelta(days=3650)
GUESTS: Final = "input_boolean.guests"
GATE: Final = "binary_sensor.gate"

type Reason = Callable[[House], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def switched_off(house: House) -> AsyncIterator[None]:
    await turn_off(house.hass, SHARING)
    await house.hub.camera_is("closed")
    yield


@asynccontextmanager
async def hub_paused(house: House) -> AsyncIterator[None]:
    await turn_off(house.hass, HUB_SHARING)
    await house.hub.camera_is("closed")
    yield


@asynccontextmanager
async def unlisted(house: House) -> AsyncIterator[None]:
    house.camera = new_id()
    yield


@asynccontextmanager
async def taken_off_the_list(house: House) -> AsyncIterator[None]:
    (share,) = house.entry.subentries
    house.hass.config_entries.async_remove_subentry(house.entry, share)
    await house.hass.async_block_till_done()
    await house.hub.changes.until(lambda: house.hub.cameras() == ())
    yield


@asynccontextmanager
async def another_source(house: House) -> AsyncIterator[None]:
    camera = get_camera_from_entity_id(house.hass, "camera.porch")
    assert isinstance(camera, OwnCamera)
    camera.show("rtsp://127.0.0.1:1/other")
    await house.hub.camera_is("closed")
    yield


@asynccontextmanager
async def entity_disabled(house: House) -> AsyncIterator[None]:
    er.async_get(house.hass).async_update_entity(
        WATCHED, disabled_by=er.RegistryEntryDisabler.USER
    )
    await house.hub.camera_is("closed")
    yield


@asynccontextmanager
async def record_locked(house: House) -> AsyncIterator[None]:
    path = Path(house.hass.config.path("latchstring", "record.db"))
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    await house.hub.open_session(house.camera)
    await house.hub.camera_is("closed")
    yield
    connection.execute("ROLLBACK")
    connection.close()
    await house.hub.camera_is("open")


@asynccontextmanager
async def as_many_as_the_owner_lets_in(house: House) -> AsyncIterator[None]:
    house.limit(viewers=2)
    await watch(house.hub)
    await watch(house.hub)
    yield


@asynccontextmanager
async def as_many_as_a_hub_may_have(house: House) -> AsyncIterator[None]:
    house.limit(viewers=MAX_SESSIONS + 1)
    for _ in range(MAX_SESSIONS):
        await watch(house.hub)
    yield


@asynccontextmanager
async def as_many_as_a_day_has(house: House) -> AsyncIterator[None]:
    house.limit(sessions_a_day=1)
    await house.still_serves()
    yield


@asynccontextmanager
async def allowed_for_another_purpose(house: House) -> AsyncIterator[None]:
    await _allow(house, Viewer(purpose="welfare-check"), once=False)
    yield


@asynccontextmanager
async def a_look_that_is_had(house: House) -> AsyncIterator[None]:
    await _allow(house, Viewer(), once=True)
    await watch(house.hub, listed_as="ask")
    yield


@asynccontextmanager
async def allowed_for_another_case(house: House) -> AsyncIterator[None]:
    await _allow(house, Viewer(case="2026-000001"), once=False)
    yield


@asynccontextmanager
async def tightened_while_somebody_watches(house: House) -> AsyncIterator[None]:
    await watch(house.hub)
    house.limit(viewers=1)
    yield


@asynccontextmanager
async def purpose_withdrawn(house: House) -> AsyncIterator[None]:
    house.limit(purposes=["welfare-check"])
    yield


@asynccontextmanager
async def as_many_as_a_hub_s_day_has(house: House) -> AsyncIterator[None]:
    await were_watched_today(house, MAX_SESSIONS_A_DAY - 1)
    await _begins_again(house)
    await house.still_serves()
    yield


@asynccontextmanager
async def first_checkpoint_not_answered(house: House) -> AsyncIterator[None]:
    house.hub.conduct = Conduct(cosigns=False)
    await _begins_again(house)
    yield


@asynccontextmanager
async def clock_in_doubt(house: House) -> AsyncIterator[None]:
    """The clock that nobody sets is years behind, so the other one leaped; and the hub has another one."""
    house.hub.conduct = Conduct(clock_ahead=-YEARS)
    steady = time.monotonic
    with pytest.MonkeyPatch.context() as clock:
        clock.setattr(home_clock, "monotonic", lambda: steady() - YEARS.total_seconds())
        house.entry.runtime_data.facts_changed()
        await house.hub.camera_is("closed")
        yield


@asynccontextmanager
async def cleared_by_a_member(house: House) -> AsyncIterator[None]:
    """Sam may not open, and has turned by hand what keeps the camera closed."""
    await _never_while(house, GUESTS)
    sam = await house.hass.auth.async_create_user("Sam", group_ids=["system-users"])
    hand = Context(user_id=sam.id)
    house.hass.states.async_set(GUESTS, "off", context=hand)
    await house.hass.async_block_till_done()
    yield


@asynccontextmanager
async def only_remembered(house: House) -> AsyncIterator[None]:
    """What keeps the camera closed was off when it was last heard of."""
    mock_restore_cache(house.hass, [State(GATE, "off")])
    await gate(house.hass)
    await _never_while(house, GATE)
    state = house.hass.states.get(GATE)
    assert state is not None
    assert state.state == "off"
    yield


async def _never_while(house: House, entity_id: str) -> None:
    """Let an entity keep the camera closed, unless it is off."""
    if house.hass.states.get(entity_id) is None:
        house.hass.states.async_set(entity_id, "on")
    (share,) = house.entry.subentries.values()
    never = [{"entity": entity_id, "clear": ["off"]}]
    house.hass.config_entries.async_update_subentry(
        house.entry, share, data={**share.data, "never": never}
    )
    await house.hub.camera_is("ask")


async def _begins_again(house: House) -> None:
    assert await house.hass.config_entries.async_reload(house.entry.entry_id)
    await house.hub.home_connected()
    await house.hass.async_block_till_done()


async def _allow(house: House, viewer: Viewer, *, once: bool) -> None:
    """Let somebody in who asks for the camera, which opens by nothing else then."""
    await ask_the_owner(house.hass, house.entry)
    await may_be_asked(house.hub)
    request, _ = await house.hub.ask_to_watch(house.camera, viewer=viewer)
    house.hass.config_entries.async_update_entry(
        house.entry, options={**house.entry.options, "automations_may_open": True}
    )
    answer = {"request": request, "once": once}
    await house.hass.services.async_call(
        "latchstring", "allow_request", answer, blocking=True
    )
    assert await house.hub.decided(request)


OF_THE_HOUSE: Final[tuple[Reason, ...]] = (
    switched_off,
    hub_paused,
    unlisted,
    taken_off_the_list,
    another_source,
    entity_disabled,
    cleared_by_a_member,
    only_remembered,
)
STANDING: Final[tuple[Reason, ...]] = (
    *OF_THE_HOUSE,
    clock_in_doubt,
    first_checkpoint_not_answered,
    purpose_withdrawn,
)
"""These keep everybody out, and who asks for a word as well."""

REASONS: Final[tuple[Reason, ...]] = (
    *STANDING,
    record_locked,
    as_many_as_the_owner_lets_in,
    as_many_as_a_hub_may_have,
    as_many_as_a_day_has,
    as_many_as_a_hub_s_day_has,
    tightened_while_somebody_watches,
    allowed_for_another_purpose,
    allowed_for_another_case,
    a_look_that_is_had,
)
TAKEN: Final = '{"jsonrpc":"2.0","id":"41","result":{}}'
DECIDED: Final = (
    '{"jsonrpc":"2.0","method":"request.decided",'
    '"params":{"request":"%s","granted":false}}'
)
REFUSAL: Final = (
    '{"jsonrpc":"2.0","id":"41","error":{"code":-32020,"message":"not_available"}}'
)


@pytest.mark.timeout(60)  # the clock that would end a wait in vain stands still
@pytest.mark.parametrize("reason", REASONS)
async def test_every_refusal_is_the_same_bytes_half_a_second_after_its_question(
    house: House, reason: Reason
) -> None:
    async with reason(house):
        question = written("session.open", to_watch(house))
        with house.clock.stopped() as asked:
            await house.hub.send_raw(question)
            await house.clock.plans_for(asked + REFUSAL_SECONDS)
            house.clock.turn_to(asked + REFUSAL_SECONDS - 0.001)
            await house.looked_at_all()
            before = house.hub.said_by_homes()
            house.clock.turn_to(asked + REFUSAL_SECONDS)
            await house.says_more_than(len(before))
        assert not any(each == REFUSAL for each in before)
        assert house.hub.said_by_homes()[len(before) :] == [REFUSAL]


@pytest.mark.parametrize("reason", OF_THE_HOUSE)
async def test_a_refusal_changes_nothing_and_sends_nothing(
    house: House, reason: Reason
) -> None:
    async with reason(house):
        frames = [written("session.open", to_watch(house), key) for key in range(8)]

        assert await house.refuses(*frames) == ["not_available"] * 8


@pytest.mark.parametrize("reason", OF_THE_HOUSE)
async def test_what_speaks_of_the_message_is_said_first_whatever_the_camera(
    house: House, reason: Reason
) -> None:
    async with reason(house):
        for forgery, code in (
            (Forgery(claims={"aud": new_id()}), "assertion_invalid"),
            (Forgery(claims={"purpose": "gossip"}), "purpose_unknown"),
        ):
            frame = written("session.open", to_watch(house, forgery))
            assert await house.refuses(frame) == [code]


@pytest.mark.timeout(60)  # as above
@pytest.mark.parametrize("reason", STANDING)
async def test_a_request_for_any_camera_is_taken_and_refused_at_the_same_moments(
    house: House, reason: Reason
) -> None:
    async with reason(house):
        params = to_ask(house)
        with house.clock.stopped() as asked:
            await house.hub.send_raw(written("request.open", params))
            for moment, said in (
                (asked + REFUSAL_SECONDS, TAKEN),
                (asked + REQUEST_SECONDS, DECIDED % params["request"]),
            ):
                await house.clock.plans_for(moment)
                await house.waits_until(moment - 0.001)
                before = house.hub.said_by_homes()
                house.clock.turn_to(moment)
                await house.says_more_than(len(before))
                assert said not in before
                assert house.hub.said_by_homes()[len(before) :] == [said]


async def test_what_cannot_be_written_is_refused_like_what_is_closed_and_logs_no_fault(
    house: House,
) -> None:
    over = await house.still_serves()
    cosignature = {"checkpoint": cosigned(house, await checkpoint(house))}
    async with record_locked(house):
        logged = len(house.log.records)
        said = await house.told(
            written("session.open", to_watch(house)),
            written("request.open", to_ask(house)),
            written("receipt", receipt(house, over.session)),
            written("checkpoint.cosigned", cosignature),
        )

    assert said == [REFUSAL] * 4
    faults = [each for each in house.log.records[logged:] if each.exc_info]
    assert faults == []


@pytest.mark.parametrize(
    ("limits", "admitted"),
    [
        ({"viewers": 2}, 2),
        ({"viewers": 40, "sessions_a_day": 3}, 3),
        ({"viewers": 40}, MAX_SESSIONS),
    ],
    ids=["at a time", "a day", "of a hub"],
)
async def test_who_comes_at_the_same_time_is_counted_like_who_comes_later(
    house: House, limits: dict[str, int], admitted: int
) -> None:
    house.limit(**limits)

    outcomes = await asyncio.gather(
        *(house.hub.open_session(house.camera) for _ in range(MAX_SESSIONS + 8))
    )

    let_in = [each for each in outcomes if isinstance(each, Opened)]
    codes = {each.code for each in outcomes if isinstance(each, Refused)}
    assert (len(let_in), codes) == (admitted, {"not_available"})
    assert len({each.carried_by for each in let_in}) == 1
    assert house.hub.uploads <= 1
