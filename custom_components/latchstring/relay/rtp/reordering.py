"""Packets that came over UDP, put back in order."""

from typing import Final

from .packet import MOST_MISORDERED, SEQUENCES, RtpPacket

MOST_WAITING: Final = 512
WAIT_SECONDS: Final = 0.1

_HALF = SEQUENCES // 2


class ReorderingBuffer:
    """Holds packets back while one before them is missing; a gap is given up after `wait` seconds or `most` packets.

    What comes twice or too late is dropped. Another source, or a count that begins anew, begins anew here too.
    """

    def __init__(self, most: int = MOST_WAITING, wait: float = WAIT_SECONDS) -> None:
        self._most = most
        self._wait = wait
        self._source: int | None = None
        self._next = 0
        self._restart: int | None = None
        self._waiting: dict[int, tuple[RtpPacket, float]] = {}
        self.due_at: float | None = None
        """When a gap will be given up, in the caller's seconds; None while nothing is missing."""

    def add(self, packet: RtpPacket, at: float) -> list[RtpPacket]:
        """Return the packets whose turn has come, in order."""
        if packet.source != self._source:
            return self._begin(packet)
        ahead = (packet.sequence - self._next) % SEQUENCES
        if not ahead:
            return self._turn(packet)
        if ahead >= _HALF:
            return self._late(packet, SEQUENCES - ahead)
        self._waiting.setdefault(packet.sequence, (packet, at))
        if self.due_at is None:
            self.due_at = at + self._wait
        return self._skip() if len(self._waiting) > self._most else []

    def due(self, at: float) -> list[RtpPacket]:
        """Return, in order, the packets behind gaps that were waited for long enough."""
        released: list[RtpPacket] = []
        while self.due_at is not None and at >= self.due_at:
            released += self._skip()
        return released

    def _turn(self, packet: RtpPacket) -> list[RtpPacket]:
        self._next = (packet.sequence + 1) % SEQUENCES
        return [packet, *self._following()] if self._waiting else [packet]

    def _following(self) -> list[RtpPacket]:
        """Take what follows without a gap out of what waits."""
        run: list[RtpPacket] = []
        while (found := self._waiting.pop(self._next, None)) is not None:
            run.append(found[0])
            self._next = (self._next + 1) % SEQUENCES
        since = min((at for _, at in self._waiting.values()), default=None)
        self.due_at = None if since is None else since + self._wait
        return run

    def _skip(self) -> list[RtpPacket]:
        """Give up what is missing before the first packet that waits."""
        self._next = min(self._waiting, key=self._distance)
        return self._following()

    def _distance(self, sequence: int) -> int:
        return (sequence - self._next) % SEQUENCES

    def _late(self, packet: RtpPacket, behind: int) -> list[RtpPacket]:
        if packet.sequence == self._restart:
            return self._begin(packet)
        if behind > MOST_MISORDERED:
            self._restart = (packet.sequence + 1) % SEQUENCES
        return []

    def _begin(self, packet: RtpPacket) -> list[RtpPacket]:
        """Begin a new count with this packet, behind all that waited for the last one."""
        waited = sorted(self._waiting, key=self._distance)
        released = [self._waiting[sequence][0] for sequence in waited]
        self._waiting.clear()
        self.due_at = None
        self._source, self._restart = packet.source, None
        self._next = (packet.sequence + 1) % SEQUENCES
        return [*released, packet]
