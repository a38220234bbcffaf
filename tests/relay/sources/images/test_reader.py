"""What becomes of a camera's images: what is new is shown once, and to whoever comes, and nothing is left behind."""

import asyncio
from itertools import pairwise
import logging

import pytest

from custom_components.latchstring.relay import (
    CameraStream,
    ImageSource,
    SourceUnusable,
    probe,
)
from custom_components.latchstring.relay.sources.reading import NewImage
from custom_components.latchstring.relay.sources.refused_logins import RefusedLogins
from tests.cameras.odd import numbers_in
from tests.relay.encode.images import HEIC, SVG, bomb, numbered, still, turned, written
from tests.relay.tape import Tape, any_source

from .camera import BEGIN, Answer, Viewing, numbers_of, view

A, B, C, D = (still(number) for number in (1, 2, 3, 4))
FAILS = RuntimeError("http://owner:open-sesame@192.0.2.7/still.jpg")


def test_every_new_image_is_shown_and_an_unchanged_one_is_not() -> None:
    async def watch(viewing: Viewing) -> None:
        for count in range(1, 6):
            await viewing.answered(count)
            await viewing.after(0.5)
        await viewing.delivered(3)

    viewing = view(watch, A, B, B, B, C)
    assert viewing.numbers == [1, 2, 3]
    assert all(packaged.fragment.keyframe for packaged in viewing.fragments)
    assert [packaged.after - BEGIN for packaged in viewing.fragments] == [0, 0.5, 2]


def test_who_comes_later_is_shown_the_next_image_though_it_is_the_same() -> None:
    async def watch(viewing: Viewing) -> None:
        await viewing.delivered(1)
        await viewing.after(0.5)
        await viewing.answered(2)
        await viewing.after(0.25)
        viewing.reader.request_keyframe()
        viewing.reader.request_keyframe()
        await viewing.after(0.25)
        await viewing.delivered(2)
        await viewing.after(0.5)
        await viewing.answered(4)

    async def timed(viewing: Viewing) -> None:
        viewing.clock.call_at(BEGIN + 0.75, lambda: None)
        await watch(viewing)

    viewing = view(timed, A)
    assert viewing.numbers == [1, 1]
    assert [packaged.after - BEGIN for packaged in viewing.fragments] == [0, 1]


def test_an_image_that_was_asked_for_before_somebody_came_is_not_for_them() -> None:
    late = asyncio.Event()

    async def watch(viewing: Viewing) -> None:
        viewing.clock.call_at(BEGIN + 0.25, lambda: None)
        await viewing.asked(1)
        await viewing.after(0.25)
        viewing.reader.request_keyframe()
        late.set()
        await viewing.delivered(1)
        await viewing.after(0.25)
        await viewing.delivered(2)

    viewing = view(watch, late, still(99))
    assert [packaged.after - BEGIN for packaged in viewing.fragments] == [0, 0.5]


def test_a_camera_is_never_asked_sooner_than_it_says() -> None:
    async def watch(viewing: Viewing) -> None:
        for count in range(1, 4):
            await viewing.answered(count)
            await viewing.after(10)
        await viewing.answered(4)

    viewing = view(watch, A, B, A, B, interval=10)
    assert {now - before for before, now in pairwise(viewing.camera.asked)} == {10}
    assert viewing.camera.most_being_asked == 1


@pytest.mark.parametrize("interval", [0.0, -1.0, 0.1, float("nan")])
def test_a_camera_that_is_fast_is_asked_twice_a_second(interval: float) -> None:
    async def watch(viewing: Viewing) -> None:
        for count in range(1, 4):
            await viewing.answered(count)
            await viewing.after(0.5)

    viewing = view(watch, A, B, A, B, interval=interval)
    assert {now - before for before, now in pairwise(viewing.camera.asked)} == {0.5}


def test_a_camera_whose_image_takes_long_is_asked_when_it_is_there() -> None:
    late = asyncio.Event()

    async def watch(viewing: Viewing) -> None:
        viewing.clock.call_at(BEGIN + 3, late.set)
        await viewing.asked(1)
        await viewing.after(3)
        await viewing.delivered(2)

    viewing = view(watch, late, A)
    assert viewing.camera.asked == [BEGIN, BEGIN + 3]
    assert viewing.camera.most_being_asked == 1


def test_another_reader_waits_as_long_as_the_camera_says() -> None:
    async def watch(viewing: Viewing) -> None:
        await viewing.delivered(1)
        viewing.reader.stop()
        await viewing.reader.async_join()
        viewing.reader = viewing.another_reader()
        viewing.reader.start()
        await viewing.after(10)
        await viewing.delivered(2)

    viewing = view(watch, A, interval=10)
    assert viewing.camera.asked == [BEGIN, BEGIN + 10]


def test_every_new_image_is_told_with_when_it_came_and_no_other() -> None:
    async def watch(viewing: Viewing) -> None:
        for count, pause in enumerate((0.5, 0.5, 0.5, 1, 0.5), 1):
            await viewing.answered(count)
            viewing.reader.request_keyframe()
            await viewing.after(pause)

    assert view(watch, A, A, B, SVG, B).images == [
        NewImage(at=BEGIN, is_first=True),
        NewImage(at=BEGIN + 1, is_first=False),
    ]


def test_images_may_change_their_size_and_format() -> None:
    async def watch(viewing: Viewing) -> None:
        for count in range(1, 5):
            await viewing.delivered(count)
            await viewing.after(0.5)

    viewing = view(
        watch,
        A,
        still(2, 640, 480),
        written(numbered(3), "PNG"),
        turned(numbered(4).rotate(180), 3),
    )
    sizes = [(p.video.width, p.video.height) for p in viewing.fragments]
    assert sizes == [(320, 192), (640, 480), (320, 192), (320, 192)]
    assert viewing.numbers == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (FAILS, "no_image"),
        (None, "no_image"),
        (b"", "no_image"),
        (SVG, "image_unsupported"),
        (HEIC, "image_unsupported"),
        (A[:1000], "image_unsupported"),
        (bomb("PNG", 20_000, 20_000), "image_unsupported"),
    ],
)
def test_a_camera_without_images_is_given_up_at_the_third_time_and_asked_less_often(
    answer: Answer, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def watch(viewing: Viewing) -> None:
        assert viewing.reader.missing == "slow"
        await viewing.after(1)
        assert viewing.reader.missing == code
        await viewing.after(2)
        await viewing.over()

    caplog.set_level(logging.DEBUG)
    viewing = view(watch, answer)
    assert viewing.reader.fault == code
    assert not viewing.reader.has_delivered
    assert viewing.camera.asked == [BEGIN, BEGIN + 1, BEGIN + 3]
    assert "open-sesame" not in caplog.text


def test_an_image_that_is_not_to_be_had_now_and_then_is_left_out() -> None:
    async def watch(viewing: Viewing) -> None:
        for count, pause in enumerate((0.5, 1, 2, 0.5, 1, 0.5), 1):
            await viewing.answered(count)
            await viewing.after(pause)
        await viewing.delivered(4)

    viewing = view(watch, A, FAILS, SVG, B, None, C, D)
    assert viewing.numbers == [1, 2, 3, 4]
    assert viewing.reader.fault is None


def test_a_camera_that_does_not_answer_is_not_asked_anew_while_it_is() -> None:
    async def watch(viewing: Viewing) -> None:
        for _ in range(3):
            await viewing.after(10)
        await viewing.reader.async_join()

    viewing = view(watch, asyncio.Event())
    assert viewing.reader.fault == "no_image"
    assert viewing.camera.asked == [BEGIN, BEGIN + 10, BEGIN + 20]
    assert viewing.camera.most_being_asked == 1


def test_a_camera_that_cannot_be_made_to_end_is_waited_for_within_reason() -> None:
    never = asyncio.Event()

    async def watch(viewing: Viewing) -> None:
        viewing.camera.is_stubborn = True
        for _ in range(3):
            await viewing.after(10)
        await viewing.after(5)
        await viewing.reader.async_join()
        never.set()
        await viewing.answered(1)

    viewing = view(watch, never)
    assert viewing.reader.fault == "no_image"
    assert len(viewing.camera.asked) == 1


async def _ticks(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.mark.parametrize("ticks", range(12))
def test_it_may_be_stopped_at_any_moment(ticks: int) -> None:
    async def watch(viewing: Viewing) -> None:
        await _ticks(ticks)
        viewing.reader.stop()
        viewing.reader.stop()
        delivered = len(viewing.fragments)
        await viewing.over()
        assert len(viewing.fragments) == delivered

    view(watch, A)


@pytest.mark.parametrize("answer", [asyncio.Event(), A])
def test_it_may_be_stopped_while_it_waits_for_the_camera_or_its_turn(
    answer: Answer,
) -> None:
    async def watch(viewing: Viewing) -> None:
        await viewing.asked(1)
        if answer is A:
            await viewing.delivered(1)
        await _ticks(5)
        viewing.reader.stop()
        await viewing.over()

    assert view(watch, answer).camera.being_asked == 0


@pytest.mark.parametrize("image", [A, SVG])
def test_it_has_ended_when_its_thread_has_and_delivers_nothing_then(
    image: bytes,
) -> None:
    async def watch(viewing: Viewing) -> None:
        viewing.threads.may_end.clear()
        await viewing.answered(1)
        await _ticks(5)
        viewing.threads.until_begun()
        viewing.reader.stop()
        await _ticks(5)
        viewing.reader.stop()
        await _ticks(20)
        assert not viewing.reader.ended.is_set()
        viewing.threads.may_end.set()
        await viewing.over()

    assert view(watch, image).fragments == []


def test_a_viewer_that_stops_it_while_it_delivers_gets_nothing_more() -> None:
    async def watch(viewing: Viewing) -> None:
        viewing.on_delivery = viewing.reader.stop
        await viewing.over()

    assert view(watch, A, B).numbers == [1]


def test_pictures_follow_each_other_as_they_came() -> None:
    async def watch(viewing: Viewing) -> None:
        for count in range(1, 5):
            await viewing.delivered(count)
            await viewing.after(0.5)

    viewing = view(watch, A, B, C, D)
    assert numbers_of(*viewing.fragments) == [1, 2, 3, 4]
    fragments = [packaged.fragment for packaged in viewing.fragments]
    for before, now in pairwise(fragments):
        assert now.decode_time == before.decode_time + before.duration
        assert now.at > before.at


@pytest.mark.parametrize(
    ("answers", "pauses", "found"),
    [
        ([A], [], ("avc1", 320, 192)),
        ([FAILS, A], [1], ("avc1", 320, 192)),
        ([SVG], [1, 2], "image_unsupported"),
        ([FAILS], [1, 2], "no_image"),
        ([asyncio.Event()], [10, 10, 5], "no_image"),
    ],
)
def test_a_camera_with_images_only_can_be_probed(
    answers: list[Answer], pauses: list[int], found: object
) -> None:
    async def watch(viewing: Viewing) -> None:
        viewing.reader.stop()
        await viewing.reader.async_join()
        probing = asyncio.create_task(_probed(viewing.source))
        for pause in pauses:
            await viewing.after(pause)
        assert await probing == found
        await viewing.over()

    view(watch, *answers)


async def _probed(source: ImageSource) -> object:
    try:
        video = await probe(source, RefusedLogins())
    except SourceUnusable as unusable:
        return unusable.code
    return video.codec[:4], video.width, video.height


def test_viewers_of_a_stream_are_each_shown_the_image_though_it_stays_the_same() -> (
    None
):
    async def watch(viewing: Viewing) -> None:
        viewing.reader.stop()
        await viewing.reader.async_join()

        async def locate() -> ImageSource:
            return viewing.source

        stream = CameraStream(
            loop=viewing.clock, locate=locate, name=lambda: "Porch", keep=0
        )
        first, second = Tape(), Tape()
        stream.attach(first, any_source)
        await first.until(1)
        viewing.clock.call_at(BEGIN + 0.25, lambda: None)
        await viewing.after(0.25)
        stream.attach(second, any_source)
        assert second.fragments == []
        await viewing.after(0.25)
        await second.until(1)
        assert numbers_in(second.body) == [1]
        stream.detach(first)
        stream.detach(second)
        await stream.async_close()

    view(watch, A)
