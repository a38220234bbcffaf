"""The reader of cameras with WebRTC, against libwebrtc, which most of them are made with."""

from collections.abc import AsyncIterator
from itertools import pairwise

import pytest

from tests.browser import find_chromium
from tests.cameras.odd import numbers_in
from tests.cameras.webrtc import ChromiumCamera, chromium_camera
from tests.relay.tape import Tape, any_source

from .negotiated import Candidates, Negotiator

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason="there is no Chromium here"),
]


@pytest.fixture
async def camera() -> AsyncIterator[ChromiumCamera]:
    async with chromium_camera() as camera:
        yield camera


@pytest.mark.parametrize("candidates", Candidates)
async def test_its_pictures_are_whole_and_in_order_and_closing_closes(
    camera: ChromiumCamera, candidates: Candidates
) -> None:
    negotiator, tape = Negotiator(camera, candidates), Tape()
    stream = negotiator.stream()
    stream.attach(tape, any_source)
    await tape.until(20)
    (sent,) = await camera.stats(negotiator.opened[0], "outbound-rtp")
    stream.detach(tape)
    await negotiator.until_closed()
    await stream.async_close()
    assert (sent["frameWidth"], sent["frameHeight"]) == (640, 360)
    numbers = numbers_in(tape.body)  # which fails for a picture that is broken
    assert len(numbers) == len(tape.fragments)
    # A page that lacks time draws one twice, or leaves one out.
    assert all(before <= now for before, now in pairwise(numbers))
    assert numbers[-1] > numbers[0]
    assert [video.codec[:4] for video in tape.videos] == ["avc1"]
    assert negotiator.closed == negotiator.opened


async def test_who_comes_later_begins_with_a_keyframe_that_was_asked_for(
    camera: ChromiumCamera,
) -> None:
    negotiator, first, second = Negotiator(camera), Tape(), Tape()
    stream = negotiator.stream()
    stream.attach(first, any_source)
    await first.until(10)
    (before,) = await camera.stats(negotiator.opened[0], "outbound-rtp")
    stream.attach(second, any_source)
    await second.until(3)
    (after,) = await camera.stats(negotiator.opened[0], "outbound-rtp")
    await stream.async_close()
    await negotiator.until_closed()
    assert second.fragments[0].keyframe
    assert numbers_in(second.body)[0] > numbers_in(first.body)[0]
    assert after["pliCount"] > before["pliCount"]
    assert after["keyFramesEncoded"] > before["keyFramesEncoded"]
    assert len(negotiator.opened) == 1


async def test_it_agrees_on_the_cipher_that_costs_least(camera: ChromiumCamera) -> None:
    negotiator, tape = Negotiator(camera), Tape()
    stream = negotiator.stream()
    stream.attach(tape, any_source)
    await tape.until(3)
    (transport,) = await camera.stats(negotiator.opened[0], "transport")
    await stream.async_close()
    await negotiator.until_closed()
    assert transport["srtpCipher"] == "SRTP_AEAD_AES_128_GCM"
