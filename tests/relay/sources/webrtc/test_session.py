"""A session that ends otherwise than by its viewer."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from custom_components.latchstring.relay.errors import SESSION_REFUSED, UNREACHABLE
from custom_components.latchstring.relay.mp4.timeline import Timeline
from custom_components.latchstring.relay.sources.reading import CameraTraits, Reading
from custom_components.latchstring.relay.sources.receiver import VideoReceiver
from custom_components.latchstring.relay.sources.refused_logins import RefusedLogins
from custom_components.latchstring.relay.sources.webrtc.feedback import Feedback
from custom_components.latchstring.relay.sources.webrtc.reader import WebRtcReader
from custom_components.latchstring.relay.sources.webrtc.source import (
    CameraAnswer,
    CameraEnded,
    CameraMessage,
    WebRtcSource,
)
from tests.cameras.webrtc import webrtc_camera
from tests.relay.news import News
from tests.relay.tape import Tape, any_source

from .negotiated import Negotiator
from .openings import datagram_sockets

ANSWER = "\r\n".join(
    (
        "v=0",
        "o=- 1 1 IN IP4 0.0.0.0",
        "s=-",
        "t=0 0",
        "m=video 9 UDP/TLS/RTP/SAVPF 102",
        "a=rtpmap:102 H264/90000",
        "a=sendonly",
        "a=ice-ufrag:camera",
        f"a=ice-pwd:{'password' * 3}",
        f"a=fingerprint:sha-256 {':'.join(['00'] * 32)}",
        "a=setup:active",
        "",
    )
)
"""Of a camera to which no way is ever found: it has no candidates, and may have some later."""


@dataclass
class Silent:
    """A camera that answers, and is not heard of again."""

    says: list[Callable[[CameraMessage], None]] = field(default_factory=list)
    news: News = field(default_factory=News)
    closed: int = 0

    async def offer(
        self, _sdp: str, on_message: Callable[[CameraMessage], None]
    ) -> None:
        on_message(CameraAnswer(sdp=ANSWER))
        self.says.append(on_message)
        self.news.tell()

    async def add_candidate(self, candidate: str) -> None: ...

    def close(self) -> None:
        self.closed += 1

    def reader(self) -> WebRtcReader:
        return WebRtcReader(
            WebRtcSource(name="porch", signaling=lambda: self),
            Reading(
                loop=asyncio.get_running_loop(),
                name="Porch",
                timeline=Timeline(),
                deliver=lambda _packaged: None,
                traits=CameraTraits(),
                refused_logins=RefusedLogins(),
            ),
        )


async def test_a_session_that_the_camera_ends_before_there_is_a_way_is_over_at_once() -> (
    None
):
    camera = Silent()
    reader = camera.reader()
    reader.start()
    await camera.news.until(lambda: bool(camera.says))
    camera.says[0](CameraEnded())
    async with asyncio.timeout(5):  # a third of what a way may take
        await reader.async_join()
    assert reader.fault == SESSION_REFUSED
    assert camera.closed == 1
    assert datagram_sockets() == 0


@pytest.mark.parametrize(
    ("where", "what"), [(VideoReceiver, "take_rtp"), (Feedback, "update")]
)
async def test_an_error_that_nobody_foresaw_ends_the_session_and_is_told(
    where: type,
    what: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with webrtc_camera() as camera:
        negotiator, tape, news = Negotiator(camera), Tape(), News()
        stream = negotiator.stream(news.tell)
        stream.attach(tape, any_source)
        await tape.until(1)

        def fails(*_arguments: object) -> None:
            monkeypatch.undo()
            raise RuntimeError("secret")

        monkeypatch.setattr(where, what, fails)
        await news.until(lambda: stream.status.no_picture is not None)
        assert stream.status.no_picture == UNREACHABLE
        await tape.until(len(tape.fragments) + 3)
        await stream.async_close()
        await negotiator.until_closed()
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text
    assert len(negotiator.opened) == 2
    assert {*negotiator.closed} == {*negotiator.opened}


@pytest.mark.parametrize("turns", [0, 1, 50, 500])
def test_a_loop_that_is_stopped_ends_the_session_and_leaves_no_socket(
    turns: int,
) -> None:
    camera = Silent()

    async def stopped() -> None:
        camera.reader().start()
        for _ in range(turns):
            await asyncio.sleep(0)
        if turns:
            await camera.news.until(lambda: bool(camera.says))

    asyncio.run(stopped())
    assert camera.closed == len(camera.says)
    assert datagram_sockets() == 0
