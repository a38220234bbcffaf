"""A Home Assistant that is killed while somebody watches wakes up closed, and knows whose look it cut short."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import pytest

from tests.reference_hub import Opened, ReferenceHub, Refused

from .record_file import of_session, read_record
from .stage import Stage, stage
from .verified import verify

SHARING: Final = "switch.front_door_sharing_with_jackson_police_department"
LABEL: Final = "Front door"
KILLS: Final = 10
ENDED_BY_THE_CRASH: Final = [
    "session_started",
    "session_allowed",
    "session_ended",
    "session_cut",
]


@pytest.fixture
async def shared(tmp_path: Path) -> AsyncIterator[Stage]:
    """A house with its front door shared, which has been restarted, so that all it knows of its cameras is on disk."""
    async with stage(tmp_path) as running:
        await running.house.client.call("switch.turn_on", SHARING)
        await running.house.stop()
        await running.house.start()
        yield running


async def _at_the_answer(_hub: ReferenceHub, _session: str) -> None:
    """Kill as soon as the hub knows that it was let in."""


async def _at_the_first_byte(hub: ReferenceHub, session: str) -> None:
    await hub.first_byte(session)


async def _in_the_middle(hub: ReferenceHub, session: str) -> None:
    await hub.fragments(session, 20)


MOMENTS: Final[tuple[Callable[[ReferenceHub, str], Awaitable[None]], ...]] = (
    _in_the_middle,
    _at_the_first_byte,
    _at_the_answer,
)


async def test_after_each_of_ten_kills_every_session_is_ended_and_nothing_is_lost_or_leaves_unasked(
    shared: Stage,
) -> None:
    hub, house = shared.hub, shared.house
    admitted: set[str] = set()
    camera = (await hub.camera_is("open", LABEL))["camera"]
    for number in range(KILLS):
        opened = await hub.open_session(camera)
        assert isinstance(opened, Opened)
        await MOMENTS[number % len(MOMENTS)](hub, opened.session)
        asked = _asked_for(hub, opened.session)

        await house.kill()
        await hub.home_disconnected()
        if hub.seen(opened.session).first_byte:
            await hub.upload_ended(opened.session)
        arrived = hub.seen(opened.session).bytes
        silence = len(hub.transcript)
        pressing = asyncio.create_task(_press(hub, camera, asked))
        await house.start()
        early = await pressing

        kinds = of_session(read_record(house.folder), opened.session)
        assert sorted(kinds) == sorted(ENDED_BY_THE_CRASH)
        assert _how(house.folder, opened.session) == "interrupted"
        assert _unended(house.folder) <= {early.session}
        assert house.client.states[SHARING]["s"] == "on"
        assert _openings_before_the_camera_was_listed_open(hub, silence, camera) == []
        again = await hub.request("session.open", asked)
        assert again["error"]["message"] in {"assertion_replayed", "session_duplicate"}
        await hub.close_session(early.session)
        await hub.ended(early.session)
        assert hub.seen(opened.session).bytes == arrived
        assert hub.faults == []
        admitted |= {opened.session, early.session}
        assert admitted <= _begun(house.folder)
        await verify(
            house.folder / "latchstring" / "record.db", hub, house.folder.parent
        )


def _asked_for(hub: ReferenceHub, session: str) -> dict[str, Any]:
    """Find the very message by which a session was asked for."""
    (params,) = (
        each.message["params"]
        for each in hub.transcript
        if each.direction == "to home"
        and each.message.get("method") == "session.open"
        and each.message["params"]["session"] == session
    )
    return dict(params)


async def _press(hub: ReferenceHub, camera: str, asked: dict[str, Any]) -> Opened:
    """Ask from the first moment of the connection on: for what was asked before, then for the camera, until let in."""
    async with asyncio.timeout(120):
        home = hub.control.home()
        await hub.changes.until(lambda: home.connection, None)
        replayed = await hub.request("session.open", asked)
        assert "error" in replayed
        while not isinstance(outcome := await hub.open_session(camera), Opened):
            assert outcome == Refused(code="not_available", after=outcome.after)
        return outcome


def _how(house: Path, session: str) -> str:
    (how,) = (
        each.content["how"]
        for each in read_record(house)
        if each.kind == "session_cut" and each.content["session"] == session
    )
    return str(how)


def _begun(house: Path) -> set[str]:
    """Give the sessions of the record."""
    return _sessions(house, "session_started")


def _unended(house: Path) -> set[str]:
    """Give the sessions of the record that have begun and not ended."""
    return _begun(house) - _sessions(house, "session_ended")


def _sessions(house: Path, kind: str) -> set[str]:
    return {each.content["session"] for each in read_record(house) if each.kind == kind}


def _openings_before_the_camera_was_listed_open(
    hub: ReferenceHub, since: int, camera: str
) -> list[dict[str, Any]]:
    """Give the answers that let somebody in while the home had not yet said that the camera is open."""
    early = []
    for each in list(hub.transcript)[since:]:
        message = each.message
        if each.direction == "from home" and message.get("method") == "cameras":
            listed = {
                one["camera"]: one["state"] for one in message["params"]["cameras"]
            }
            if listed.get(camera) == "open":
                break
        if "carried_by" in message.get("result", {}):
            early.append(message)
    return early
