import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
import logging
from typing import Any, override

from aiohttp import WSCloseCode
import pytest

from custom_components.latchstring.core.messages import (
    CameraEntry,
    Cameras,
    CameraState,
    Images,
    RequestDecidedMessage,
    SessionPicture,
    Video,
)
from custom_components.latchstring.core.pairing import Discovery
from custom_components.latchstring.hub.keys import HubKeys
from tests.hub.home import QUICK, Home, connected, control_task, paired
from tests.hub.rude import RudeHub
from tests.reference_hub import Agreement, Authority, Conduct, ReferenceHub
from tests.reference_hub.jose import unverified
from tests.reference_hub.presence import CONTROL

DECIDED = RequestDecidedMessage(request="r-9d2f6a1b3c4e5f60", granted=False)
LOGGER = "custom_components.latchstring"


async def test_a_home_says_first_what_cameras_it_has_on_each_connection(
    hub: ReferenceHub,
) -> None:
    home = Home()
    async with connected(hub, home) as control:
        control.send(DECIDED)
        await hub.changes.until(lambda: len(hub.transcript) == 2)
        await hub.disconnect()
        await home.times("connected", 2)
        await hub.changes.until(lambda: len(hub.transcript) == 3)
        said = [each.message["method"] for each in hub.transcript]
        assert said == ["cameras", "request.decided", "cameras"]
        [camera] = hub.cameras()
        assert (camera["label"], camera["state"]) == ("Porch", "closed")
    assert hub.faults == []


async def test_a_hub_of_the_first_revision_is_told_only_what_it_knows(
    hub: ReferenceHub,
) -> None:
    home = Home()
    hub.conduct = Conduct(revision=0)
    async with connected(hub, home) as control:
        control.send(DECIDED)
        await hub.changes.until(lambda: len(hub.transcript) == 2)
    assert hub.faults == []


PORCH = CameraEntry(
    camera="mX2p5y1HqT8wZr4kQv7bNg",
    label="Porch",
    state=CameraState.OPEN,
    video=Video(
        codec="avc1.42c01f", width=1280, height=720, images=Images(interval_ms=500)
    ),
)
STILL = SessionPicture(
    session="s-4f1c0c8e7b2a4d7f", unchanged_since=None, or_longer=False
)


@pytest.mark.parametrize("revision", [0, 1, 2, 3])
async def test_only_a_hub_that_reads_of_images_is_told_of_them(
    hub: ReferenceHub, revision: int
) -> None:
    hub.conduct = Conduct(revision=revision)
    async with connected(hub, Home()) as control:
        control.send(Cameras(cameras=(PORCH,)))
        control.send(STILL)
        control.send(DECIDED)
        await hub.changes.until(
            lambda: "request.decided" in hub.transcript[-1].text or None
        )
        [camera] = hub.cameras()
        methods = [each.message["method"] for each in hub.transcript]
    assert ("images" in camera["video"]) == (revision >= 2)
    assert ("session.picture" in methods) == (revision >= 2)
    assert camera["video"].keys() >= {"codec", "width", "height"}


async def test_what_a_home_says_while_away_is_not_said_later(
    hub: ReferenceHub,
) -> None:
    home = Home()
    async with paired(hub) as control:
        control.send(DECIDED)
        control.start(home)
        await hub.home_connected()
        await hub.request("session.close", {"session": "s-0000000000000000"})
        assert not any("decided" in each.text for each in hub.transcript)


async def test_every_connection_brings_a_token_of_its_own_for_a_minute(
    authority: Authority,
) -> None:
    home = Home()
    async with RudeHub(authority, {}) as hub, connected(hub, home):
        await hub.disconnect()
        await home.times("connected", 2)
        tokens = [
            unverified(each.headers["Authorization"].removeprefix("Bearer "))
            for each in hub.requests
            if each.path == CONTROL
        ]
        assert all(token["exp"] - token["iat"] <= 60 for token in tokens)
        assert {token["iss"] for token in tokens} == set(hub.homes())
        assert len({token["jti"] for token in tokens}) == 2


async def test_the_handshake_offers_no_extension_and_no_other_protocol(
    authority: Authority,
) -> None:
    async with RudeHub(authority, {}) as hub, connected(hub, Home()):
        [request] = [each for each in hub.requests if each.path == CONTROL]
        assert request.headers["Sec-WebSocket-Protocol"] == "latchstring.v1"
        assert request.headers["User-Agent"] == "Latchstring/1"
        unwanted = {"Sec-WebSocket-Extensions", "Cookie", "Origin"}
        assert not request.headers.keys() & unwanted


async def _attempts(hub: RudeHub, count: int) -> None:
    await hub.changes.until(lambda: hub.asked(CONTROL) >= count)


@pytest.mark.parametrize("subprotocol", [None, "latchstring.v2"])
async def test_a_hub_that_speaks_another_protocol_is_told_nothing(
    authority: Authority, subprotocol: str | None
) -> None:
    home = Home()
    async with RudeHub(authority, {}) as hub, paired(hub) as control:
        hub.conduct = Conduct(subprotocol=subprotocol)
        control.start(home)
        await _attempts(hub, 2)
        assert home.events == []
        assert not hub.transcript
        hub.conduct = Conduct()
        await home.until("connected")


@pytest.mark.parametrize("status", [403, 404, 500, 503])
async def test_a_home_comes_back_to_a_hub_that_turns_it_away(
    authority: Authority, status: int
) -> None:
    home = Home()
    async with RudeHub(authority, {}) as hub, paired(hub) as control:
        hub.conduct = Conduct(control_status=status)
        control.start(home)
        await _attempts(hub, 3)
        assert home.events == []
        hub.conduct = Conduct()
        await home.until("connected")


async def test_a_forgotten_home_says_so_once_and_gives_up(
    authority: Authority,
) -> None:
    home = Home()
    async with RudeHub(authority, {}) as hub, paired(hub) as control:
        control.start(home)
        await hub.home_connected()
        task, attempts = control_task(), hub.asked(CONTROL)
        await hub.forget()
        await home.until("forgotten")
        assert home.events == ["connected", "disconnected", "forgotten"]
        await task
        assert hub.asked(CONTROL) == attempts + 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirected_handshake_takes_the_token_nowhere(
    authority: Authority, status: int
) -> None:
    home = Home()
    async with (
        RudeHub(authority, {}) as elsewhere,
        RudeHub(authority, {}) as hub,
        paired(hub) as control,
    ):
        target = elsewhere.origin + CONTROL
        hub.conduct = Conduct(redirects={"control": (status, target)})
        control.start(home)
        await _attempts(hub, 2)
        assert elsewhere.requests == []
        assert home.events == []


async def test_changed_terms_are_told_and_keep_the_home_away_until_they_are_back(
    authority: Authority,
) -> None:
    home = Home()
    async with RudeHub(authority, {}) as hub, connected(hub, home):
        accepted, attempts = hub.agency.agreement, hub.asked(CONTROL)
        hub.change_agreement(Agreement(version="2027-01-01"))
        await hub.disconnect()
        await home.times("changed", 2)
        assert home.count("connected") == home.count("disconnected") == 1
        assert hub.asked(CONTROL) == attempts
        assert home.discovered[0].agreement.version == "2027-01-01"
        hub.change_agreement(accepted)
        await home.times("connected", 2)
        assert home.events[-1] == "connected"


async def test_a_changed_key_is_no_way_in(authority: Authority) -> None:
    home, keys = Home(), HubKeys.generate()
    async with RudeHub(authority, {}) as hub, paired(hub) as control:
        hub.conduct = Conduct(another_assertion_key=keys.dial_in)
        control.start(home)
        await home.until("changed")
        assert hub.asked(CONTROL) == 0
        assert home.discovered[0].hub_id == keys.home_id


async def test_an_absence_is_logged_once_and_so_is_the_return(
    authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    home = Home()
    caplog.set_level(logging.INFO, LOGGER)
    async with RudeHub(authority, {}) as hub, connected(hub, home):
        hub.conduct = Conduct(control_status=503)
        await hub.disconnect()
        await _attempts(hub, 4)
        hub.conduct = Conduct()
        await home.times("connected", 2)
    assert [record.getMessage() for record in caplog.records if _ours(record)] == [
        f"The hub at {hub.origin} is unavailable: the hub closed it",
        f"The hub at {hub.origin} is back",
    ]


async def test_a_home_comes_back_after_its_hub_was_off(hub: ReferenceHub) -> None:
    home = Home()
    async with connected(hub, home):
        await hub.stop()
        await home.until("disconnected")
        await hub.start()
        await home.times("connected", 2)


def _ours(record: logging.LogRecord) -> bool:
    return record.name.startswith(LOGGER)


async def test_no_secret_is_logged(
    authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, LOGGER)
    home, keys = Home(), HubKeys.generate()
    async with (
        RudeHub(authority, {}) as hub,
        paired(hub, keys=keys, again=True) as control,
    ):
        control.start(home)
        await home.until("forgotten")
    [token] = [
        request.headers["Authorization"].removeprefix("Bearer ")
        for request in hub.requests
        if request.path == CONTROL
    ]
    logged = "".join(record.getMessage() for record in caplog.records if _ours(record))
    assert "home_unknown" in logged
    assert token not in logged
    assert keys.home_id not in logged


async def test_a_newer_connection_of_the_home_replaces_the_older(
    hub: ReferenceHub,
) -> None:
    home, twin, keys = Home(), Home(), HubKeys.generate()
    async with (
        connected(hub, home, keys=keys),
        paired(hub, keys=keys, again=True) as other,
    ):
        other.start(twin)
        await twin.until("connected")
        await home.until("disconnected")
    assert hub.homes() == [keys.home_id]


async def test_what_was_said_last_still_arrives_when_the_home_hangs_up(
    hub: ReferenceHub,
) -> None:
    home = Home()
    async with connected(hub, home, timing=replace(QUICK, farewell=60.0)) as control:
        connection = hub.control.home().connected()
        for _ in range(50):
            control.send(DECIDED)
        async with asyncio.timeout(60):
            await control.async_close()
        await hub.home_disconnected()
        said = [each.message["method"] for each in hub.transcript]
        assert said == ["cameras"] + ["request.decided"] * 50
        assert connection.socket.close_code == WSCloseCode.GOING_AWAY
        assert home.events == ["connected", "disconnected"]


async def test_a_connection_that_lasted_makes_the_next_wait_a_short_one(
    hub: ReferenceHub,
) -> None:
    home = Home()
    # Without that, the tenth wait would be 51 s.
    timing = replace(
        QUICK, steady=0.0, spread=0.1, longest_wait=300.0, chance=lambda: 1.0
    )
    async with connected(hub, home, timing=timing):
        for times in range(2, 12):
            await hub.home_connected()
            await hub.disconnect()
            await home.times("connected", times)


async def test_a_connection_on_which_the_hub_got_an_answer_makes_the_next_wait_short(
    hub: ReferenceHub,
) -> None:
    home = Home()
    # Without that, the tenth wait would be 51 s.
    timing = replace(
        QUICK, short=10, spread=0.1, longest_wait=300.0, chance=lambda: 1.0
    )
    async with connected(hub, home, timing=timing):
        for times in range(2, 12):
            await hub.home_connected()
            await hub.request("session.close", {"session": "s-0000000000000000"})
            await hub.disconnect()
            await home.times("connected", times)


type Moment = Callable[[RudeHub, Home], Awaitable[None]]


async def _nothing_yet(_hub: RudeHub, _home: Home) -> None:
    """Close before the first step of the first attempt is done."""


async def _waiting_to_come_back(hub: RudeHub, home: Home) -> None:
    hub.conduct = Conduct(control_status=503)
    await hub.disconnect()
    await home.until("disconnected")
    await _attempts(hub, 2)


async def _connected(_hub: RudeHub, home: Home) -> None:
    await home.until("connected")


@pytest.mark.parametrize("moment", [_nothing_yet, _connected])
async def test_closing_leaves_nothing_behind_at_any_moment(
    authority: Authority, moment: Moment
) -> None:
    home = Home()
    async with RudeHub(authority, {}) as hub, paired(hub) as control:
        before = asyncio.all_tasks()
        control.start(home)
        await moment(hub, home)
        await control.async_close()
        assert not {task for task in asyncio.all_tasks() - before if _is_ours(task)}
        assert home.count("connected") == home.count("disconnected")
        await control.async_close()


async def test_a_connection_that_was_never_begun_is_closed_already(
    hub: ReferenceHub,
) -> None:
    home = Home()
    async with paired(hub) as control:
        await control.async_close()
        assert home.events == []


async def test_closing_while_away_does_not_wait_for_the_hub(
    authority: Authority,
) -> None:
    home = Home()
    async with RudeHub(authority, {}) as hub, connected(hub, home) as control:
        await _waiting_to_come_back(hub, home)
        attempts = hub.asked(CONTROL)
        await control.async_close()
        assert hub.asked(CONTROL) == attempts


def _is_ours(task: asyncio.Task[Any]) -> bool:
    work = task.get_coro()
    return isinstance(work, Coroutine) and "latchstring" in repr(work)


async def test_a_cancelled_task_hangs_up_as_home_assistant_s_shutdown_expects(
    hub: ReferenceHub,
) -> None:
    home = Home()
    async with connected(hub, home):
        task = control_task()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert home.events == ["connected", "disconnected"]
        await hub.home_disconnected()


class Clumsy(Home):
    """Fails once at something it is told."""

    def __init__(self, at: str) -> None:
        super().__init__()
        self._at = at

    def _fail(self, at: str) -> None:
        if self._at == at:
            self._at = ""
            raise ZeroDivisionError

    @override
    def cameras(self) -> Cameras:
        self._fail("cameras")
        return super().cameras()

    @override
    def connected(self) -> None:
        super().connected()
        self._fail("connected")

    @override
    def frame_received(self) -> None:
        super().frame_received()
        self._fail("heard")

    @override
    def disconnected(self) -> None:
        super().disconnected()
        self._fail("disconnected")

    @override
    def discovery_changed(self, discovery: Discovery) -> None:
        super().discovery_changed(discovery)
        self._fail("changed")

    @override
    def home_unknown(self) -> None:
        super().home_unknown()
        self._fail("forgotten")


@pytest.mark.parametrize("at", ["cameras", "connected", "heard", "disconnected"])
async def test_a_fault_of_ours_is_logged_and_does_not_keep_the_home_away(
    hub: ReferenceHub, caplog: pytest.LogCaptureFixture, at: str
) -> None:
    home = Clumsy(at)
    async with paired(hub) as control:
        control.start(home)
        if at == "disconnected":
            await hub.home_connected()
            await hub.disconnect()
        await home.times("connected", 1 if at == "cameras" else 2)
        await hub.home_connected()
    assert "The connection to the hub failed" in caplog.text


async def test_a_fault_of_ours_at_bad_news_does_not_end_the_news(
    hub: ReferenceHub,
) -> None:
    home = Clumsy("changed")
    async with connected(hub, home):
        hub.change_agreement(Agreement(version="2027-01-01"))
        await hub.disconnect()
        await home.times("changed", 2)
    home = Clumsy("forgotten")
    async with paired(hub, again=True) as control:
        control.start(home)
        await home.times("forgotten", 2)
