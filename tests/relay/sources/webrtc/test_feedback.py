"""What a camera is asked for, and how often."""

import asyncio
from collections.abc import Iterator

from custom_components.latchstring.relay.codec.nal import Codec
from custom_components.latchstring.relay.mp4.timeline import Timeline
from custom_components.latchstring.relay.rtp import feedback
from custom_components.latchstring.relay.sources.reading import CameraTraits, Reading
from custom_components.latchstring.relay.sources.receiver import (
    VideoReceiver,
    VideoTrack,
)
from custom_components.latchstring.relay.sources.refused_logins import RefusedLogins
from custom_components.latchstring.relay.sources.webrtc.description import (
    CameraDescription,
    CameraTransport,
)
from custom_components.latchstring.relay.sources.webrtc.feedback import Feedback

SOURCE = 7
VIDEO = VideoTrack(codec=Codec.H264, payload_types=frozenset((102,)), clock_rate=90_000)
TRANSPORT = CameraTransport(
    username="cam1",
    password="p" * 22,
    is_lite=False,
    candidates=(),
    has_all_candidates=True,
    fingerprints=(),
    is_client=True,
)


class Asked:
    """A camera, and what it was sent."""

    def __init__(self, *, takes_all: bool = True) -> None:
        self.packets: list[bytes] = []
        reading = Reading(
            loop=asyncio.get_running_loop(),
            name="Porch",
            timeline=Timeline(),
            deliver=lambda _packaged: None,
            traits=CameraTraits(),
            refused_logins=RefusedLogins(),
        )
        self.receiver = VideoReceiver(
            reading, VIDEO, reordering=None, on_fault=lambda: None
        )
        camera = CameraDescription(
            transport=TRANSPORT,
            video=VIDEO,
            takes_picture_loss=takes_all,
            takes_missing=takes_all,
            takes_reduced_size=True,
        )
        self.feedback = Feedback(camera, self.receiver, self.packets.append, 0.0)

    def take(self, sequence: int, at: float) -> None:
        header = b"\x80\x66" + sequence.to_bytes(2) + bytes(4) + SOURCE.to_bytes(4)
        self.feedback.received(header, at)

    @property
    def keyframes(self) -> int:
        asked = feedback.picture_loss(self.receiver.own_source, SOURCE)
        return self.packets.count(asked)

    def missing(self) -> Iterator[bytes]:
        return (each for each in self.packets if each[1] == 205)


async def test_many_who_come_at_once_have_one_keyframe_asked_for() -> None:
    camera = Asked()
    camera.take(1, 1.0)
    for number in range(50):
        camera.feedback.want_keyframe(1.0 + number / 1000)
    assert camera.keyframes == 1
    camera.feedback.want_keyframe(1.2)
    assert camera.keyframes == 2


async def test_a_keyframe_is_asked_for_again_until_it_has_come() -> None:
    camera = Asked()
    camera.take(1, 1.0)
    camera.receiver.has_delivered = True
    camera.feedback.want_keyframe(1.0)
    for tenth in range(1, 21):
        camera.feedback.update(1.0 + tenth / 10)
    assert camera.keyframes == 5
    camera.feedback.has_keyframe()
    for tenth in range(21, 40):
        camera.feedback.update(1.0 + tenth / 10)
    assert camera.keyframes == 5


async def test_a_camera_that_takes_no_feedback_is_sent_none_but_reports() -> None:
    camera = Asked(takes_all=False)
    camera.take(1, 1.0)
    camera.take(9, 1.0)
    camera.feedback.want_keyframe(1.0)
    camera.feedback.update(2.5)
    assert camera.keyframes == 0
    assert not [*camera.missing()]
    assert [each[1] for each in camera.packets] == [201]


async def test_nothing_is_asked_of_a_camera_that_has_sent_nothing() -> None:
    camera = Asked()
    camera.feedback.want_keyframe(1.0)
    camera.feedback.update(5.0)
    assert camera.packets == []
