"""What a camera is asked for while its video comes: lost packets, and keyframes (RFC 4585)."""

from collections.abc import Callable
from typing import Final

from ...rtp import feedback
from ...rtp.missing import MissingPackets
from ..receiver import VideoReceiver
from .description import CameraDescription

_KEYFRAME_SECONDS: Final = 0.5
"""Seconds after which a keyframe that has not come is asked for again."""
_SOONEST_SECONDS: Final = 0.1
"""Seconds in which one that was asked for counts for whoever comes: a hub decides how many that are."""
_REPORT_SECONDS: Final = 1.0
_MAX_BITRATE: Final = 10_000_000
"""Bits a second that we say we can take: without that, libwebrtc begins with a few hundred thousand."""
_SEQUENCE = slice(2, 4)
_SOURCE = slice(8, 12)


class Feedback:
    """Asks by `send`, which takes an RTCP packet. Time is an argument, in seconds."""

    def __init__(
        self,
        camera: CameraDescription,
        receiver: VideoReceiver,
        send: Callable[[bytes], None],
        at: float,
    ) -> None:
        self._camera = camera
        self._receiver = receiver
        self._send = send
        self._source = b""
        self._missing = MissingPackets()
        self._is_keyframe_wanted = False
        self._asked_at = at
        self._reported_at = at

    def received(self, packet: bytes, at: float) -> None:
        """Take note of a packet of the video, and ask at once for those that are missing before it."""
        if packet[_SOURCE] != self._source:
            self._source, self._missing = packet[_SOURCE], MissingPackets()
        self._ask_again_for(
            self._missing.received(int.from_bytes(packet[_SEQUENCE]), at)
        )

    def want_keyframe(self, at: float) -> None:
        """Ask for a keyframe now, unless one was just asked for, and again until `has_keyframe`."""
        self._is_keyframe_wanted = True
        if at - self._asked_at >= _SOONEST_SECONDS:
            self._ask_for_keyframe(at)

    def has_keyframe(self) -> None:
        """Take note that what was wanted has come."""
        self._is_keyframe_wanted = False

    def update(self, at: float) -> None:
        """Ask again for what has not come, and report what has; to be called many times a second."""
        self._ask_again_for(self._missing.due(at))
        is_wanted = self._is_keyframe_wanted or self._receiver.needs_keyframe
        if is_wanted and at - self._asked_at >= _KEYFRAME_SECONDS:
            self._ask_for_keyframe(at)
        if at - self._reported_at >= _REPORT_SECONDS:
            self._report(at)

    def _ask_for_keyframe(self, at: float) -> None:
        if self._source and self._camera.takes_picture_loss:
            self._asked_at = at
            self._send_feedback(
                feedback.picture_loss(self._receiver.own_source, self._media_source)
            )

    def _ask_again_for(self, sequences: list[int]) -> None:
        if sequences and self._camera.takes_missing:
            self._send_feedback(
                feedback.missing(
                    self._receiver.own_source, self._media_source, sequences
                )
            )

    def _report(self, at: float) -> None:
        self._reported_at = at
        if self._source:
            self._send(
                self._receiver.report()
                + feedback.max_bitrate(
                    self._receiver.own_source, self._media_source, _MAX_BITRATE
                )
            )

    def _send_feedback(self, packet: bytes) -> None:
        """Send it alone where the camera takes that (RFC 5506), and behind a report where it doesn't."""
        is_alone = self._camera.takes_reduced_size
        self._send(packet if is_alone else self._receiver.report() + packet)

    @property
    def _media_source(self) -> int:
        return int.from_bytes(self._source)
