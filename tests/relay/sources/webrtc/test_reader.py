"""The reader of cameras with WebRTC, against a camera by aiortc in a process of its own."""

from itertools import pairwise

import pytest

from custom_components.latchstring.relay.sources.webrtc.srtp import SrtpContext
from tests.cameras.odd import numbers_in
from tests.cameras.webrtc import Model, webrtc_camera
from tests.relay.news import News
from tests.relay.tape import Tape, any_source

from .negotiated import Candidates, Negotiator


async def watched(model: Model, pictures: int) -> tuple[Tape, Negotiator]:
    """Give what a viewer got who left after so many pictures."""
    async with webrtc_camera(model) as camera:
        negotiator, tape = Negotiator(camera), Tape()
        stream = negotiator.stream()
        stream.attach(tape, any_source)
        await tape.until(pictures)
        await stream.async_close()
        await negotiator.until_closed()
    return tape, negotiator


def follow_each_other(numbers: list[int], model: Model) -> bool:
    """Tell whether no picture is missing between the first and the last."""
    first = numbers[0]
    return numbers == [(first + at) % model.pictures for at in range(len(numbers))]


@pytest.mark.parametrize("candidates", Candidates)
async def test_a_viewer_sees_every_picture_and_the_session_is_closed(
    candidates: Candidates,
) -> None:
    async with webrtc_camera() as camera:
        negotiator, tape = Negotiator(camera, candidates), Tape()
        stream = negotiator.stream()
        stream.attach(tape, any_source)
        await tape.until(20)
        stream.detach(tape)
        await negotiator.until_closed()
        await stream.async_close()
    assert follow_each_other(numbers_in(tape.body), Model())
    assert negotiator.closed == negotiator.opened
    assert [video.codec[:4] for video in tape.videos] == ["avc1"]


async def test_sound_is_dropped_unread_and_disturbs_no_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decrypted: set[int] = set()
    unprotect = SrtpContext.unprotect

    def watching(context: SrtpContext, packet: bytes) -> bytes:
        decrypted.add(packet[1] & 0x7F)
        return unprotect(context, packet)

    monkeypatch.setattr(SrtpContext, "unprotect", watching)
    model = Model(has_sound=True)
    tape, negotiator = await watched(model, 20)
    assert follow_each_other(numbers_in(tape.body), model)
    (offer,) = negotiator.offers
    assert "m=audio 9 UDP/TLS/RTP/SAVPF 111" in offer
    assert decrypted
    assert 111 not in decrypted


async def test_both_sides_may_begin_the_handshake() -> None:
    tape, _ = await watched(Model(is_passive=True), 5)
    assert len(numbers_in(tape.body)) >= 5


@pytest.mark.parametrize("loss", [0.005, 0.02, 0.05])
@pytest.mark.parametrize("is_inside", [False, True])
async def test_what_is_lost_on_the_way_is_sent_again(
    loss: float, *, is_inside: bool
) -> None:
    """Anywhere, or inside keyframes alone."""
    model = Model(
        width=1280,
        height=720,
        keyframe_every=10,
        fps=30,
        loss=0 if is_inside else loss,
        loss_in_keyframes=loss,
    )
    tape, _ = await watched(model, 60)
    assert follow_each_other(numbers_in(tape.body), model)


@pytest.mark.parametrize("loss", [0.02, 0.05, 0.3])
async def test_a_picture_that_cannot_be_repaired_takes_all_up_to_the_next_keyframe_with_it(
    loss: float,
) -> None:
    model = Model(
        width=640, height=360, loss=loss, keyframe_every=15, fps=30, takes_missing=False
    )
    tape, _ = await watched(model, 20)
    numbers = numbers_in(tape.body)  # which fails for a picture that is broken
    assert len(numbers) == len(tape.fragments)
    for before, now in pairwise(numbers):
        assert now == before + 1 or now % model.keyframe_every == 0


async def test_who_comes_later_has_a_keyframe_asked_for() -> None:
    model = Model(keyframe_every=300, pictures=3000)
    async with webrtc_camera(model) as camera:
        negotiator, first, second = Negotiator(camera), Tape(), Tape()
        stream = negotiator.stream()
        stream.attach(first, any_source)
        await first.until(10)
        stream.attach(second, any_source)
        await second.until(3)
        state = await camera.state()
        await stream.async_close()
    assert second.fragments[0].keyframe
    assert state["asked_for_keyframes"][0]
    assert len(negotiator.opened) == 1


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (Model(has_h264=False), "codec_unsupported"),
        (Model(is_another=True), "unreadable"),
    ],
)
async def test_why_there_is_no_picture_is_told(model: Model, why: str) -> None:
    async with webrtc_camera(model) as camera:
        negotiator, tape, news = Negotiator(camera), Tape(), News()
        stream = negotiator.stream(news.tell)
        stream.attach(tape, any_source)
        await news.until(lambda: stream.status.no_picture is not None)
        told = stream.status.no_picture
        await stream.async_close()
        await negotiator.until_closed()
    assert told == why
    assert tape.events == []


async def test_a_session_that_the_camera_ends_is_begun_anew() -> None:
    async with webrtc_camera() as camera:
        negotiator, tape = Negotiator(camera), Tape()
        stream = negotiator.stream()
        stream.attach(tape, any_source)
        await tape.until(3)
        negotiator.end()
        await tape.until(len(tape.fragments) + 10)
        await stream.async_close()
        await negotiator.until_closed()
    assert len(negotiator.opened) == 2
    assert {*negotiator.closed} == {*negotiator.opened}


async def test_a_session_that_ends_before_it_is_connected_is_not_waited_for() -> None:
    async with webrtc_camera() as camera:
        negotiator, tape, news = Negotiator(camera), Tape(), News()
        negotiator.is_ended_at_once = True
        stream = negotiator.stream(news.tell)
        stream.attach(tape, any_source)
        await news.until(lambda: stream.status.no_picture is not None)
        told = stream.status.no_picture
        await tape.until(3)
        await stream.async_close()
        await negotiator.until_closed()
    assert told == "session_refused"
    assert negotiator.closed == negotiator.opened
