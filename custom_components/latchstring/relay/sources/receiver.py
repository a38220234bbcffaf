"""The receiver of a camera's video: RTP packets in, fragments out."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
import time
from typing import Final

from ..codec.access_unit import AccessUnit
from ..codec.nal import Codec, ParameterSets
from ..errors import CODEC_UNSUPPORTED, MalformedVideoError
from ..mp4.init_segment import TIMESCALE
from ..mp4.packager import Packager
from ..rtp.access_unit import AccessUnitAssembler, CodedUnits
from ..rtp.packet import RtpPacket, read_packet
from ..rtp.reordering import ReorderingBuffer
from ..rtp.reports import ReceptionStatistics
from .faults import fault_unforeseen
from .reading import Reading

_SILENCE_SECONDS: Final = 7.0
"""How long a connection without a packet is kept, counted from when that was asked."""
_SETTLE_SECONDS: Final = 0.02
"""How long the first picture of a connection is held where it may not be whole yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoTrack:
    """The video that plays: what is known of it beforehand."""

    codec: Codec
    payload_types: frozenset[int]
    clock_rate: int
    parameter_sets: ParameterSets = ()


class VideoReceiver:
    """Delivers each picture of one connection where it ends. All is called on the loop."""

    def __init__(
        self,
        reading: Reading,
        video: VideoTrack,
        *,
        reordering: ReorderingBuffer | None,
        has_feedback: bool = False,
        on_fault: Callable[[], None],
    ) -> None:
        """`on_fault` is called when `fault` is set.

        `reordering`: None where packets come in order. `has_feedback`: whether the camera is asked for a keyframe where
        something was lost; then no picture is delivered that could refer to what was.
        """
        self.has_delivered = False
        self.fault: str | None = None
        """Why nothing more is delivered."""
        self._on_fault = on_fault
        self._has_heard = False
        self._heard_at = time.monotonic()
        self._reading = reading
        self._payload_types = video.payload_types
        self._has_payload_type = False
        self._clock_rate = video.clock_rate
        self._packager = Packager(video.codec, video.parameter_sets, reading.timeline)
        self._assembler = AccessUnitAssembler(
            video.codec, self._deliver, waits_for_keyframe=has_feedback
        )
        self._statistics = ReceptionStatistics()
        self._reordering = reordering
        self._after = 0.0
        self._settling: asyncio.TimerHandle | None = None
        self._due: asyncio.TimerHandle | None = None

    @property
    def has_received(self) -> bool:
        """Return whether a picture has arrived, be it one to begin with or not."""
        return self._packager.has_received

    @property
    def missing(self) -> str:
        """Return what is missing for a picture: the code."""
        return self._packager.missing

    @property
    def needs_keyframe(self) -> bool:
        """Return whether nothing can be delivered before the next keyframe."""
        return not self.has_delivered or self._assembler.is_awaiting_keyframe

    @property
    def own_source(self) -> int:
        """Return what reports call us."""
        return self._statistics.own_source

    def is_silent(self) -> bool:
        """Return whether nothing has come for long, or the camera said that nothing more comes.

        Time counts only between two questions, as a loop that was held up may ask before it reads what has come.
        """
        now = time.monotonic()
        if self._has_heard:
            self._has_heard, self._heard_at = False, now
        return now - self._heard_at > _SILENCE_SECONDS or self._statistics.has_bye

    def take_rtp(self, data: bytes, after: float) -> None:
        """Take an RTP packet; nothing of it had arrived before `after`."""
        packet = read_packet(data)
        if packet is None or self.fault is not None or not self._is_video(packet):
            return
        now = time.monotonic()
        self._has_heard = True
        self._statistics.received(packet, now, self._clock_rate)
        if self._reordering is None:
            self._assembler.add(packet, after)
        else:
            self._reorder(self._reordering, packet, after)
        if self._assembler.is_unsettled and self._settling is None:
            self._settling = self._reading.loop.call_later(
                _SETTLE_SECONDS, self._settle
            )

    def _is_video(self, packet: RtpPacket) -> bool:
        """Return whether a packet is of a type that was described, or of any while none of that has come."""
        is_described = packet.payload_type in self._payload_types
        self._has_payload_type |= is_described
        return is_described or not self._has_payload_type

    def take_rtcp(self, data: bytes) -> None:
        """Take an RTCP packet."""
        self._statistics.sender_report(data, time.monotonic())

    def report(self) -> bytes:
        """Return a receiver report."""
        return self._statistics.receiver_report(time.monotonic())

    def finish(self) -> None:
        """Deliver what is held: nothing follows any more."""
        self._assembler.settle()

    def close(self) -> None:
        """Deliver nothing more."""
        for timer in (self._settling, self._due):
            if timer is not None:
                timer.cancel()

    def _reorder(
        self, reordering: ReorderingBuffer, packet: RtpPacket, after: float
    ) -> None:
        """Take a packet that may have overtaken others. What comes with it had arrived after nothing that waits."""
        if reordering.due_at is None:
            self._after = after
        self._add_all(reordering.add(packet, self._reading.loop.time()))
        self._await_due(reordering)

    def _await_due(self, reordering: ReorderingBuffer) -> None:
        if reordering.due_at is not None and self._due is None:
            self._due = self._reading.loop.call_at(
                reordering.due_at, self._give_up_gap, reordering
            )

    def _give_up_gap(self, reordering: ReorderingBuffer) -> None:
        self._due = None
        self._add_all(reordering.due(self._reading.loop.time()))
        self._await_due(reordering)

    def _add_all(self, packets: Iterable[RtpPacket]) -> None:
        for packet in packets:
            self._assembler.add(packet, self._after)

    def _settle(self) -> None:
        self._settling = None
        self._assembler.settle()

    def _deliver(self, coded: CodedUnits) -> None:
        if self.fault is not None:
            return
        try:
            self._package(coded)
        except MalformedVideoError:
            self._fail(CODEC_UNSUPPORTED)
        except Exception as error:  # noqa: BLE001  # whatever it is, the camera is read anew
            self._fail(fault_unforeseen(self._reading.name, error))

    def _package(self, coded: CodedUnits) -> None:
        packaged = self._packager.add(
            AccessUnit(
                units=coded.units,
                pts=coded.timestamp * TIMESCALE // self._clock_rate,
                at=time.monotonic(),
                after=coded.after,
            )
        )
        if packaged is not None:
            self.has_delivered = True
            self._reading.deliver(packaged)

    def _fail(self, fault: str) -> None:
        self.fault = fault
        self._on_fault()
