"""One connection to a camera, whoever watches it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
import logging
import time
from typing import Any, override

import pytest

from custom_components.latchstring.relay import (
    TIMESCALE,
    Fragment,
    SourceRefused,
)
from custom_components.latchstring.relay.sources.rtsp.reader import REPORT_SECONDS
from tests.cameras.gst_camera import GstCamera, Model
from tests.ha.rules.thrown import Calls, Thrown

from .cameras import connections_to, source_by, source_of
from .news import PATIENCE, News
from .tape import Tape, any_source
from .two_pictures import two_pictures

pytestmark = pytest.mark.real_camera

SECRET = Model(user="owner", password="open-sesame")
CHANGED = Model(user="owner", password="changed")


class Interrupted(Tape):
    """Does something when it is first fed."""

    def __init__(self, then: Callable[[], None]) -> None:
        super().__init__()
        self._then = then

    @override
    def feed(self, fragment: Fragment) -> None:
        super().feed(fragment)
        if len(self.fragments) == 1:
            self._then()


async def test_two_outlets_share_one_connection() -> None:
    async with GstCamera() as camera, source_of(camera) as source:
        first, second = Tape(), Tape()
        source.attach(first, any_source)
        await first.until(5)
        source.attach(second, any_source)
        await second.until(35)

        assert camera.connections == camera.most_clients == 1
        begin = first.fragments.index(second.fragments[0])
        both = first.fragments[begin:]
        assert both == second.fragments[: len(both)]


async def test_a_late_outlet_gets_nothing_from_before_and_starts_at_a_keyframe() -> (
    None
):
    async with GstCamera() as camera, source_of(camera) as source:
        first, late = Tape(), Tape()
        source.attach(first, any_source)
        await first.until(5)
        before = list(first.fragments)
        source.attach(late, any_source)
        await late.until(1)

        assert late.events[0] == first.videos[0]
        assert late.fragments[0].keyframe
        assert late.fragments[0] not in before


async def test_an_outlet_that_is_detached_gets_nothing_more() -> None:
    async with GstCamera() as camera, source_of(camera) as source:
        stays, goes = Tape(), Tape()
        source.attach(stays, any_source)
        source.attach(goes, any_source)
        await goes.until(5)

        source.detach(goes)
        source.detach(goes)
        had = len(goes.events)
        await stays.until(len(stays.fragments) + 40)

        assert len(goes.events) == had


async def test_detaching_again_ends_what_was_left_half_way() -> None:
    async with GstCamera() as camera, source_of(camera) as source:
        source.attach(tape := Tape(), any_source)
        await tape.until(1)
        with Calls() as counted:
            source.detach(tape)

        for calls in counted.again():
            others = asyncio.all_tasks()
            source.attach(tape := Tape(), any_source)
            await tape.until(1)
            running = asyncio.all_tasks() - others
            with suppress(Thrown), calls:
                source.detach(tape)
            source.detach(tape)

            _, left = await asyncio.wait(running, timeout=PATIENCE)
            assert not left, calls.thrown_at


async def test_not_even_what_is_already_being_handed_out() -> None:
    async with GstCamera() as camera, source_of(camera) as source:
        goes = Tape()
        stays = Interrupted(lambda: source.detach(goes))
        source.attach(stays, any_source)
        source.attach(goes, any_source)
        await stays.until(3)

        assert goes.events == []


async def test_what_waits_for_a_lagging_loop_goes_to_those_who_were_there() -> None:
    """Every picture here is a keyframe, so a late outlet could begin with any."""
    model = Model(gop=1)
    async with GstCamera(model) as camera, source_of(camera) as source:
        stays, goes, comes = Tape(), Tape(), Tape()
        source.attach(stays, any_source)
        source.attach(goes, any_source)
        await goes.until(5)
        had, left = len(stays.fragments), len(goes.events)
        time.sleep(0.5)  # noqa: ASYNC251  # this is the lag
        source.detach(goes)
        source.attach(comes, any_source)
        await comes.until(5)

        assert stays.fragments.index(comes.fragments[0]) > had + 5
        assert len(goes.events) == left


async def test_the_last_outlet_takes_the_connection_with_it() -> None:
    async with GstCamera() as camera, source_of(camera) as source:
        tape = Tape()
        source.attach(tape, any_source)
        await tape.until(3)
        source.detach(tape)

        await camera.until(lambda: camera.clients == 0)


async def test_who_comes_back_at_once_waits_for_the_old_connection_to_end() -> None:
    """A camera that allows one connection never sees two."""
    seen: list[int] = []
    async with GstCamera() as camera:

        async def locate() -> str:
            seen.append(connections_to(camera.port))
            return camera.url

        source = source_by(locate)
        kept: list[tuple[Tape, int]] = []
        for _ in range(5):
            tape = Tape()
            source.attach(tape, any_source)
            await tape.until(2)
            source.detach(tape)
            kept.append((tape, len(tape.events)))
        await source.async_close()

    assert seen == [0] * 5
    assert all(len(tape.events) == had for tape, had in kept)


async def test_a_frozen_camera_holds_up_no_detach_and_little_of_a_close() -> None:
    async with GstCamera() as camera, source_of(camera) as source:
        tape = Tape()
        source.attach(tape, any_source)
        await tape.until(3)
        camera.freeze()
        source.detach(tape)

        async with asyncio.timeout(REPORT_SECONDS):
            await source.async_close()
        assert connections_to(camera.port) == 0
        camera.thaw()
        again = Tape()
        source.attach(again, any_source)
        await again.until(3)


async def test_another_picture_is_no_sign_of_life_of_the_one_that_is_watched() -> None:
    async with two_pictures() as camera:

        async def locate() -> str:
            return camera.url

        source = source_by(locate)
        tape = Tape()
        source.attach(tape, any_source)
        await camera.news.until(lambda: camera.shows == 2)
        await source.async_close()
    assert tape.events == []


async def test_a_camera_that_was_gone_goes_on_by_the_time_that_passed() -> None:
    async with GstCamera() as camera, source_of(camera) as source:
        tape = Tape()
        source.attach(tape, any_source)
        await tape.until(10)
        await camera.kill()
        await camera.start()
        had = len(tape.fragments)
        await tape.until(had + 30)

        times = [fragment.decode_time for fragment in tape.fragments]
        assert all(earlier < later for earlier, later in pairwise(times))
        [(gap, back)] = [
            (later.decode_time - earlier.decode_time, later)
            for earlier, later in pairwise(tape.fragments)
            if later.decode_time - earlier.decode_time > 2 * earlier.duration
        ]
        assert back.keyframe
        assert TIMESCALE // 10 < gap < PATIENCE * TIMESCALE
        assert len(tape.videos) == 1


async def test_a_camera_that_comes_back_as_another_says_so_first() -> None:
    async with GstCamera() as camera, source_of(camera) as source:
        tape = Tape()
        source.attach(tape, any_source)
        await tape.until(5)
        await camera.kill()
        await camera.start(Model(width=320, height=240))
        await tape.news.until(lambda: len(tape.videos) == 2)
        await tape.until(len(tape.fragments) + 5)

        assert [video.height for video in tape.videos] == [360, 240]
        told = tape.events.index(tape.videos[1])
        following = tape.events[told + 1]
        assert isinstance(following, Fragment)
        assert following.keyframe


async def test_where_the_source_is_refused_nothing_is_connected() -> None:
    asked, allowed, news = 0, False, News()
    async with GstCamera() as camera:

        async def locate() -> str:
            nonlocal asked
            asked += 1
            news.tell()
            if not allowed:
                raise SourceRefused
            return camera.url

        source = source_by(locate)
        tape = Tape()
        source.attach(tape, any_source)
        await news.until(lambda: asked >= 3)
        assert camera.connections == 0

        allowed = True
        await tape.until(1)
        await source.async_close()


async def test_a_camera_integration_that_fails_is_asked_again() -> None:
    failures = [OSError("rtsp://owner:open-sesame@10.0.0.9/"), KeyError("gone")]
    async with GstCamera() as camera:

        async def locate() -> str:
            if failures:
                raise failures.pop()
            return camera.url

        source = source_by(locate)
        tape = Tape()
        source.attach(tape, any_source)
        await tape.until(1)
        await source.async_close()


async def test_an_outlet_that_fails_takes_no_other_with_it() -> None:
    told: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: told.append(context))

    def fail() -> None:
        raise RuntimeError("an outlet's own fault")

    async with GstCamera() as camera, source_of(camera) as source:
        broken, whole = Interrupted(fail), Tape()
        source.attach(broken, any_source)
        source.attach(whole, any_source)
        await whole.until(10)

    assert len(broken.fragments) == 1
    assert [str(context["exception"]) for context in told] == ["an outlet's own fault"]


async def test_the_log_names_the_camera_and_nothing_of_where_it_is(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    turned, tape = News(), Tape()
    async with GstCamera(SECRET) as camera:
        known = camera.url

        async def locate() -> str:
            return known

        source = source_by(locate, on_change=turned.tell)
        source.attach(tape, any_source)
        await tape.until(3)
        await camera.kill()
        await camera.start(CHANGED)
        await turned.until(lambda: source.status.no_picture == "unauthorized")
        known = camera.url
        await tape.until(len(tape.fragments) + 3)
        await source.async_close()

    ours = [r.getMessage() for r in caplog.records if "latchstring" in r.name]
    assert [message.partition(" (")[0] for message in ours] == [
        "Camera Porch cannot be read",
        "Camera Porch is back",
    ]
    for secret in ("sesame", "changed", "owner", "rtsp:", "0.0.1", str(camera.port)):
        assert not any(secret in message for message in ours)


async def test_a_camera_that_has_refused_a_login_is_left_alone_until_there_is_another() -> (
    None
):
    asked, news, tape = 0, News(), Tape()
    async with GstCamera(CHANGED) as camera:
        known = camera.url.replace(CHANGED.password, SECRET.password)

        async def locate() -> str:
            nonlocal asked
            asked += 1
            news.tell()
            return known

        source = source_by(locate)
        source.attach(tape, any_source)
        await news.until(lambda: asked == 10)
        assert source.status.no_picture == "unauthorized"
        assert camera.connections == 1

        known = camera.url
        await tape.until(1)
        await source.async_close()
