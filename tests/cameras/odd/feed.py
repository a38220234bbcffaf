"""A client's pictures, from PLAY until it goes."""

import asyncio
import random
import time
from typing import Final

from tests.cameras.rtp import RtpStream

from .camera import OddCamera
from .clock import timestamp
from .film import Shot, Units, shots_of
from .oddities import Oddities
from .packets import packets_of
from .units import DELIMITERS, INFORMATION, begins_anew, is_parameter_set
from .ways import Way

_REPORT_SECONDS: Final = 5
_QUESTION: Final = b"OPTIONS * RTSP/1.0\r\nCSeq: 7\r\n\r\n"
_JUMP: Final = 1_000
_GARBAGE: Final = range(37, 255)
"""Bytes of which none is the sign of a packet."""


class OddFeed:
    """Shows one client the camera's film, in step with all others."""

    def __init__(
        self, camera: OddCamera, way: Way, connection: asyncio.StreamWriter
    ) -> None:
        """Take the way that was set up, and the connection to ask the client something."""
        self._connection = connection
        self._camera = camera
        self._oddities: Oddities = camera.oddities
        self._way = way
        self._random = random.Random(1)  # noqa: S311  # garbage that is the same each time
        self._stream = RtpStream(
            source=0x12345678,
            sequence=self._random.getrandbits(16),
            timestamp_offset=0,
        )

    async def run(self) -> None:
        """Send until cancelled, or as long as the camera goes on."""
        begin, picture = self._camera.next_tick(), 0
        while not self._is_over(picture):
            await self._camera.until_tick(begin + picture)
            if not self._is_stalled(picture):
                await self._show(begin + picture, picture)
            if self._is_report_due(picture):
                self._report(picture)
            picture += 1

    def goodbye(self) -> bytes:
        """The RTCP that ends a stream (RFC 3550 6.6)."""
        return b"\x81\xcb\x00\x01" + self._stream.source.to_bytes(4)

    def _is_over(self, picture: int) -> bool:
        return 0 < self._oddities.ends_after <= picture

    def _is_stalled(self, picture: int) -> bool:
        return (
            0
            < self._oddities.stalls_after
            <= picture
            < (self._oddities.stalls_after + self._oddities.stalls_for)
        )

    def _is_report_due(self, picture: int) -> bool:
        if self._is_stalled(picture):
            return self._oddities.reports_while_stalled
        return not picture % max(
            1, round(_REPORT_SECONDS * self._oddities.pictures_per_second)
        )

    def _report(self, picture: int) -> None:
        moment = timestamp(self._oddities, picture)
        at = time.clock_gettime(time.CLOCK_REALTIME)
        self._way.report(self._stream.sender_report(moment, at=at))

    def _change(self, picture: int) -> None:
        """Do what upsets who counts packets."""
        if 0 < self._oddities.source_changes_after == picture:
            self._stream.source += 1
            self._stream.sequence = 0
        if 0 < self._oddities.sequence_jumps_after == picture:
            self._stream.sequence = (self._stream.sequence + _JUMP) % (1 << 16)

    async def _show(self, tick: int, picture: int) -> None:
        self._change(picture)
        shot, reordering = self._shot(tick, picture)
        moment = timestamp(self._oddities, picture, reordering)
        if self._oddities.sends_information_apart:
            codec = self._oddities.film.codec
            await self._send((DELIMITERS[codec], INFORMATION[codec]), moment)
        self._camera.sent[shot.number].append(time.monotonic())
        await self._send(self._units(shot.units, picture), moment)
        if _is_each(self._oddities.asks_every, picture):
            self._connection.write(_QUESTION)
        if _is_each(self._oddities.garbage_every, picture):
            length = self._random.randrange(1, 60)
            self._way.litter(bytes(self._random.choices(_GARBAGE, k=length)))

    async def _send(self, units: Units, moment: int) -> None:
        packets = list(packets_of(self._oddities, self._stream, units, moment))
        if not self._oddities.spread:
            self._way.send(packets)
            return
        for packet in packets:
            self._way.send([packet])
            await asyncio.sleep(self._oddities.spread / len(packets))

    def _shot(self, tick: int, picture: int) -> tuple[Shot, int]:
        """The picture due, and how many pictures later than in its turn it is shown."""
        odd = self._oddities
        film, place = odd.film, odd.begins_at + tick
        if odd.next_film is not None and picture >= odd.changes_film_after:
            film, place = odd.next_film, picture - odd.changes_film_after
        shots = shots_of(film)
        place %= len(shots)
        shot = shots[place]
        if picture < odd.keyframes_after and begins_anew(shot.units, film.codec):
            return shots[1], 0
        return shot, shot.number - place

    def _units(self, units: Units, picture: int) -> Units:
        odd, codec = self._oddities, self._oddities.film.codec
        if odd.sets == "described" or (odd.sets == "first" and picture > 0):
            units = tuple(unit for unit in units if not is_parameter_set(unit, codec))
        return (DELIMITERS[codec], *units) if odd.has_delimiters else units


def _is_each(many: int, picture: int) -> bool:
    return many > 0 and not picture % many
