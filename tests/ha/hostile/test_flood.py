"""A hundred thousand refusals: they fill neither the disk nor the memory, and no other hub notices.

All of them go over the wire. The quota lets about two thousand pass in a minute before it hangs up, so the loop's
clock is turned: three quarters of an hour of the home's life pass in a minute of ours.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
import gc
from itertools import pairwise
import json
from pathlib import Path
import sys
from typing import Final

from aiohttp import WSCloseCode
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest

from custom_components.latchstring.core.entries import (
    Requested,
    SessionEnded,
    SessionStarted,
)
from custom_components.latchstring.core.messages import Mark
from custom_components.latchstring.gate import Refused
from tests.cameras.gst_camera import GstCamera, Model
from tests.ha.everything import LABEL, SHERIFF, Watcher, install_camera, open_to, paired
from tests.ha.front_door import pair
from tests.ha.runtime.test_two_hubs import run_of, sent_so_far, video_of
from tests.ha.watching import ACCESS, SHARING, on_disk, recorded, turn_off, watch
from tests.reference_hub import Authority, Opened, Options, Refused as NotLetIn
from tests.reference_hub.homes import Connection
from tests.reference_hub.wire import b64url, new_id
from tests.relay.boxes import samples, whole
from tests.relay.witness import witness_of

from .honest import to_watch, written
from .house import UNKNOWN, House
from .hub import HostileHub

REFUSALS: Final = 100_000
REST: Final = 5.0
"""Seconds between two waves: the quota is whole again, and the hub doesn't count as gone."""
ADMITTED: Final = 100
A_MINUTE_S_REFUSALS: Final = 1_000
OVER_QUOTA: Final = 80
"""Twelve waves a minute stay just below the thousand at which the home hangs up."""
A_FEW_ANSWERED: Final = 10
"""Our own seconds pass as well, and make room for some."""
MEGABYTE: Final = 1_000_000
A_SECOND: Final = 90_000
A_DAY_S_SESSIONS: Final = 1_000
A_DAY_S_REQUESTS: Final = 300


@pytest.fixture
async def other(
    hass: HomeAssistant, house: House, authority: Authority, owner: str
) -> AsyncIterator[Watcher]:
    """Another agency, that behaves, and may see the same camera."""
    options = Options(keep_media=True)
    async with HostileHub(authority, options, SHERIFF) as hub:
        entry = await pair(hass, hub.invitation(), labels={"camera.porch": LABEL})
        await hub.home_connected()
        watcher = Watcher(hub=hub, entry=entry, case="HC-0099-41")
        await open_to(hass, watcher, owner=owner)
        yield watcher


def wave(house: House) -> Iterator[str]:
    """Write what is refused for many reasons, and then for being too much."""
    for number in range(5):
        yield written("session.open", house.hub.session_params(new_id()), number)
    yield from ("hello",) * 45
    for number in range(ADMITTED - 50):
        yield written("camera.open", {}, number)
    for number in range(OVER_QUOTA - 1):
        yield written("session.close", {"session": UNKNOWN}, number)


async def flood(house: House, other: Watcher, watched: Opened) -> None:
    """Send one wave, and see the other hub served behind it."""
    house.clock.jump(REST)
    house.clock.moments.clear()
    socket = house.hub.control.home().connected().socket
    for frame in wave(house):
        await socket.send_str(frame)
    await serves(house, other, watched)


async def serves(house: House, other: Watcher, watched: Opened) -> None:
    """See both hubs answered, and more of the video arrive: the network's own time can't be turned on."""
    arrived = other.hub.seen(watched.session).fragments
    await house.hub.request("session.close", {"session": UNKNOWN})
    known = await other.hub.request("session.close", {"session": UNKNOWN})
    assert known["result"] == {}
    await other.hub.fragments(watched.session, arrived + 1)


async def rest(house: House, other: Watcher, watched: Opened) -> None:
    """Let a minute pass in which neither hub says more than it must."""
    for _ in range(12):
        house.clock.jump(REST)
        await serves(house, other, watched)


def size_of_record(house: House) -> int:
    folder = Path(house.hass.config.path("latchstring"))
    return sum(path.stat().st_size for path in folder.iterdir())


def blocks() -> int:
    """Count what is in memory, whoever holds it."""
    gc.collect()
    return sys.getallocatedblocks()


async def refused(house: House) -> Sequence[Counter[str]]:
    """Give what the record counts, by code. Read in a thread: hubs that hear nothing for seconds hang up."""
    read = partial(on_disk, house.hass, "refusals")
    entries = await house.hass.async_add_executor_job(read)
    return [Counter(each["counts"]) for each in entries]


async def test_a_hundred_thousand_refusals_are_a_few_lines_and_no_other_hub_s_affair(
    house: House, other: Watcher
) -> None:
    watched, size = await other.watch(), size_of_record(house)
    waves = REFUSALS // (ADMITTED + OVER_QUOTA - A_FEW_ANSWERED)
    for _ in range(waves // 5):  # until everything that remembers something is full
        await flood(house, other, watched)
    held = blocks()

    for _ in range(waves - waves // 5):
        await flood(house, other, watched)

    assert blocks() - held < REFUSALS / 10
    await rest(house, other, watched)
    await house.is_settled()
    assert size_of_record(house) - size < MEGABYTE
    lines = await refused(house)
    counted = sum(lines, Counter[str]())
    assert counted.total() >= REFUSALS
    assert counted.keys() == {
        "not_available",
        "message_malformed",
        "method_unknown",
        "quota_exceeded",
    }
    assert len(lines) < REFUSALS / 1000
    await shows_on(other, watched)
    await house.still_serves()


async def shows_on(other: Watcher, watched: Opened) -> None:
    """Show that a stream never stopped, and that the next viewer of its hub joins it."""
    seen = other.hub.seen(watched.session)
    await other.hub.fragments(watched.session, seen.fragments + 3)
    assert (await other.watch(1)).carried_by == watched.session
    capture = other.hub.seen(watched.session).capture
    assert capture is not None
    shown = await asyncio.to_thread(lambda: samples(whole(capture)))
    assert [each.sequence for each in shown] == list(range(1, len(shown) + 1))
    moments = [each.decode_time for each in shown]
    assert all(0 < b - a < A_SECOND for a, b in pairwise(moments))
    assert not other.hub.faults


@pytest.mark.real_camera
async def test_no_picture_is_missing_at_another_hub_while_one_is_refused_ten_thousand_times(
    hass: HomeAssistant, house: House, authority: Authority, owner: str
) -> None:
    options = Options(keep_media=True)
    async with (
        GstCamera(Model(pattern="snow", bitrate=4000)) as camera,
        HostileHub(authority, options, SHERIFF) as hub,
        witness_of(camera) as witness,
    ):
        entity_id = await install_camera(hass, camera.url)
        other = await paired(hass, hub, entity_id, case="HC-0099-41")
        await open_to(hass, other, owner=owner)
        watched = await other.watch()
        for _ in range(REFUSALS // 10 // (ADMITTED + OVER_QUOTA)):
            await flood(house, other, watched)
        await hub.fragments(watched.session, hub.seen(watched.session).fragments + 3)
        video = video_of(other, watched)
        sent = await sent_so_far(witness, video)

    assert run_of(video, sent)
    assert not hub.faults


async def test_the_house_is_told_of_a_camera_that_was_refused_and_of_no_other_name(
    hass: HomeAssistant, house: House
) -> None:
    told: list[object] = []
    house.entry.runtime_data.gate.subscribe(told.append)
    await turn_off(hass, SHARING)
    await house.hub.camera_is("closed")
    told.clear()
    names = [house.camera, *(new_id() for _ in range(60))]
    frames = [written("session.open", house.hub.session_params(each)) for each in names]
    frames += [written("session.open", to_watch(house))]

    await house.refuses(*frames)
    await house.rests(61)
    await house.is_settled()

    written_down = (await recorded(hass, "refusals"))[-1]
    assert written_down["counts"] == {"not_available": len(frames)}
    assert written_down["cameras"] == {house.camera: 2}
    assert written_down["unlisted"] == 60
    assert [each.count for each in told if isinstance(each, Refused)] == [2]
    access = hass.states.get(ACCESS)
    assert access is not None
    assert access.attributes["event_type"] == "session_refused"


async def were_watched_today(house: House, count: int) -> None:
    """Write down so many sessions of today that are over."""
    record, log = house.entry.runtime_data.household.record, house.entry.entry_id
    nothing, now = Mark(fragments=0, chain=bytes(32)), dt_util.utcnow()
    written_down = []
    for number in range(count):
        session = f"s-{number:016}"
        claims = b64url(json.dumps({"jti": session}).encode())
        started = SessionStarted(
            session=session,
            camera=house.camera,
            assertion=f"e30.{claims}.e30",
            agreement="",
            carried_by=session,
        )
        ended = SessionEnded(session=session, bytes=0, from_=nothing, to=nothing)
        entries = [(log, started), (log, ended)]
        written_down.append(record.submit_many(entries, at=now))
    await asyncio.gather(*written_down)


async def test_what_a_hub_owes_is_heard_whatever_else_it_asks(house: House) -> None:
    hub = house.hub
    watched = await watch(hub)
    hub.behave()
    with house.clock.stopped():  # so that no room comes back
        socket = hub.control.home().connected().socket
        for number in range(2 * ADMITTED):
            text = written("session.close", {"session": UNKNOWN}, number)
            await socket.send_str(text)

        await hub.close_session(watched.session)
        await hub.ended(watched.session)
        await hub.receipt(watched.session)
        await hub.settled()

        params = {"session": watched.session}
        again = await hub.request("session.close", params)
        assert again["error"]["message"] == "quota_exceeded"
        params["receipt"] = await hub.receipt(watched.session)
        again = await hub.request("receipt", params)
        assert again["error"]["message"] == "quota_exceeded"
    assert hub.faults == []
    witness = house.entry.runtime_data.witness
    assert witness.confirmed_at is not None
    assert witness.objection is None
    assert await recorded(house.hass, "receipt")


async def too_much(house: House, count: int) -> None:
    """Ask so often in one moment, and see that the home hangs up."""
    socket = house.hub.control.home().connected().socket
    with house.clock.stopped():
        with suppress(ConnectionError):
            for number in range(count):
                text = written("session.close", {"session": UNKNOWN}, number)
                await socket.send_str(text)
        await house.hub.home_disconnected()
    assert socket.close_code == WSCloseCode.POLICY_VIOLATION


async def is_cosigned(house: House) -> Connection:
    """Wait until the home has taken a cosignature on the connection of now."""
    connection = house.hub.control.home().connected()
    await house.hub.changes.until(lambda: connection.has_cosigned)
    return connection


async def test_nothing_that_passes_ends_a_connection_in_the_minute_after_a_flood(
    house: House,
) -> None:
    house.hub.behave()
    await too_much(house, ADMITTED + A_MINUTE_S_REFUSALS)
    began = house.clock.time()

    await house.comes_back()
    connection = await is_cosigned(house)
    await house.looked_at_all()
    await house.hub.settled()
    assert house.hub.control.home().connected() is connection
    assert house.clock.time() < began + 60

    await too_much(house, ADMITTED + 1)
    await house.comes_back()
    await is_cosigned(house)


async def test_words_about_trees_that_were_never_shown_are_requests_like_any(
    house: House,
) -> None:
    params = {"checkpoint": "nothing"}
    with house.clock.stopped():
        answers = await asyncio.gather(
            *(
                house.hub.request("checkpoint.cosigned", params)
                for _ in range(2 * ADMITTED)
            )
        )
    codes = Counter(answer["error"]["message"] for answer in answers)
    assert codes["quota_exceeded"] > ADMITTED / 2
    assert codes["cosignature_invalid"] >= ADMITTED


async def test_a_hub_begins_no_more_sessions_in_a_day_than_a_disk_can_bear(
    hass: HomeAssistant, house: House
) -> None:
    await were_watched_today(house, A_DAY_S_SESSIONS - 1)
    assert await hass.config_entries.async_reload(house.entry.entry_id)
    await house.hub.home_connected()

    await house.still_serves()

    outcome = await house.hub.open_session(house.camera)
    assert isinstance(outcome, NotLetIn)
    assert outcome.code == "not_available"


async def asked_today(house: House, count: int) -> None:
    """Write down so many requests of today, of whatever camera."""
    record, log = house.entry.runtime_data.household.record, house.entry.entry_id
    at = dt_util.utcnow()
    written_down = []
    for number in range(count):
        request = f"r-{number:016}"
        claims = b64url(json.dumps({"jti": request}).encode())
        requested = Requested(
            request=request,
            camera=new_id(),
            minutes=5,
            assertion=f"e30.{claims}.e30",
        )
        written_down.append(record.submit_many([(log, requested)], at=at))
    await asyncio.gather(*written_down)


async def test_a_hub_asks_no_more_in_a_day_than_a_disk_can_bear(
    hass: HomeAssistant, house: House
) -> None:
    """Whatever it asks of: the answers of a camera that is listed and of one that is not are the same."""
    await asked_today(house, A_DAY_S_REQUESTS - 2)
    assert await hass.config_entries.async_reload(house.entry.entry_id)
    await house.hub.home_connected()

    answers = [
        (await house.hub.ask_to_watch(camera))[1]
        for camera in (house.camera, new_id(), house.camera, new_id())
    ]

    assert [answer.get("result") for answer in answers] == [{}, {}, None, None]
    refused = {answer["error"]["message"] for answer in answers[2:]}
    assert refused == {"quota_exceeded"}
    await house.still_serves()


async def test_an_owner_is_told_of_a_hub_that_fills_the_record_until_the_next_day(
    hass: HomeAssistant, house: House, freezer: FrozenDateTimeFactory
) -> None:
    def told() -> dict[str, str] | None:
        issue_id = f"hub_fills_{house.entry.entry_id}"
        issue = ir.async_get(hass).async_get_issue("latchstring", issue_id)
        return issue.translation_placeholders if issue else None

    assert told() is None
    await were_watched_today(house, 600)
    assert await hass.config_entries.async_reload(house.entry.entry_id)
    await hass.async_block_till_done()
    assert told() == {"hub": house.entry.title, "megabytes": "12"}

    freezer.tick(timedelta(days=1))
    house.entry.runtime_data.facts_changed()
    await hass.async_block_till_done()
    assert told() is None
