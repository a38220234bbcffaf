"""A camera's pictures on their way to one client, with a report every five seconds."""

import asyncio
import secrets
import time
from typing import Final

from .camera import Camera
from .encoder import AccessUnit
from .message import interleaved
from .rtp import CLOCK_RATE, RtpStream

_REPORT_EVERY: Final = 5 * CLOCK_RATE


class Feed:
    """Writes what it is shown to a transport; who does not read is dropped."""

    def __init__(
        self,
        camera: Camera,
        transport: asyncio.WriteTransport,
        *,
        channel: int,
        most_waiting: int,
    ) -> None:
        """`most_waiting` bytes may wait in the transport."""
        self._camera = camera
        self._transport = transport
        self._channel = channel
        self._most_waiting = most_waiting
        self._report_due: int | None = None
        self.stream = RtpStream(
            source=secrets.randbits(32),
            sequence=secrets.randbits(16),
            timestamp_offset=secrets.randbits(32),
        )

    def play(self) -> None:
        """Send from the next keyframe on."""
        self.pause()
        self._report_due = None
        self._camera.attach(self)

    def pause(self) -> None:
        """Send nothing more."""
        self._camera.detach(self)

    def show(self, unit: AccessUnit) -> None:
        """Send one access unit, first of all a keyframe with a report before it."""
        if self._report_due is None and not unit.keyframe:
            return
        if self._transport.get_write_buffer_size() > self._most_waiting:
            self.lose()
            return
        if self._report_due is None or unit.timestamp >= self._report_due:
            self._report_due = unit.timestamp + _REPORT_EVERY
            report = self.stream.sender_report(
                unit.timestamp, at=time.clock_gettime(time.CLOCK_REALTIME)
            )
            self._transport.write(interleaved(self._channel + 1, report))
        packets = self.stream.packets_of(unit.units, unit.timestamp)
        self._transport.writelines(
            [interleaved(self._channel, packet) for packet in packets]
        )

    def lose(self) -> None:
        """Drop the client at once, with all that waits for it."""
        self.pause()
        self._transport.abort()
