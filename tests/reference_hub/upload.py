"""One upload: what arrived, when, and who at the desk is looking at it."""

from array import array
import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
import time
from typing import Self

from .cmaf import Fragment, Init, Part, Splitter

CHAIN_START = bytes(32)
A_VIEWER_LAGS_AT = 256  # parts, some eight seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A time on both clocks: one to compare, one to show."""

    monotonic: float
    wall: float

    @classmethod
    def now(cls) -> Self:
        return cls(monotonic=time.monotonic(), wall=time.time())


class End(StrEnum):
    """How an upload ended."""

    RESET = "reset"  # the normal end
    LAST_CHUNK = "last chunk"
    BY_HUB = "by hub"
    FAULT = "fault"


class Watching:
    """One viewer's way through an upload, from a keyframe on."""

    def __init__(self, forget: Callable[[Watching], None]) -> None:
        self._parts: asyncio.Queue[Part | None] = asyncio.Queue()
        self._forget = forget
        self._init: Init | None = None  # goes out with the next keyframe
        self._waits_for_keyframe = True

    def offer(self, part: Part) -> None:
        """Hand a part over; who lags goes on at a later keyframe."""
        if isinstance(part, Init):
            self._init = part
            self._waits_for_keyframe = True
            return
        self._waits_for_keyframe &= not part.keyframe
        self._waits_for_keyframe |= self._parts.qsize() >= A_VIEWER_LAGS_AT
        if self._waits_for_keyframe:
            return
        if self._init is not None:
            self._parts.put_nowait(self._init)
            self._init = None
        self._parts.put_nowait(part)

    def stop(self) -> None:
        """Show nothing more, not even what waits."""
        self._forget(self)
        while not self._parts.empty():
            self._parts.get_nowait()
        self._parts.put_nowait(None)

    async def parts(self) -> AsyncIterator[Part]:
        while (part := await self._parts.get()) is not None:
            yield part


class Upload:
    """Counts and chains the parts, and passes them on."""

    def __init__(self, session: str, *, keep_media: bool) -> None:
        self.session = session
        self.began = Moment.now()
        self.first_byte: Moment | None = None
        self.last_byte: Moment | None = None
        self.ended: Moment | None = None
        self.end: End | None = None
        self.bytes = 0
        self.unread = 0  # came, and was not looked at before the end
        self.capture: bytearray | None = bytearray() if keep_media else None
        self._splitter = Splitter()
        self._lengths = array("Q", [0])  # bytes up to and with each part
        self._arrived = array("d", [0.0])
        self._read_at = array("d")  # the monotonic clock at each read
        self._read_to = array("Q")  # bytes up to and with it
        self._chains = bytearray(CHAIN_START)
        self._init: Init | None = None
        self._pictures: list[Fragment] = []  # since the last keyframe
        self._watching: set[Watching] = set()

    @property
    def parts(self) -> int:
        return len(self._lengths) - 1

    def chain(self, part: int) -> bytes:
        return bytes(self._chains[32 * part : 32 * part + 32])

    def length(self, part: int) -> int:
        return self._lengths[part]

    def arrived(self, part: int) -> float:
        """Give the wall clock's time at which a part was complete."""
        return self._arrived[part]

    def bytes_after(self, moment: float) -> int:
        """Count what was not read before this, by the monotonic clock, and came all the same."""
        reads = bisect_right(self._read_at, moment)
        return self.bytes + self.unread - (self._read_to[reads - 1] if reads else 0)

    def take(self, data: bytes) -> None:
        """Count what arrived first, then look at it. Raises NotCmaf."""
        self.last_byte = Moment.now()
        self.first_byte = self.first_byte or self.last_byte
        self.bytes += len(data)
        self._read_at.append(self.last_byte.monotonic)
        self._read_to.append(self.bytes)
        if self.capture is not None:
            self.capture += data
        for part in self._splitter.feed(data):
            self._add(part)

    def finish(self, end: End) -> None:
        self.ended = Moment.now()
        self.end = end
        for watching in tuple(self._watching):
            watching.stop()

    def watch(self, after: int) -> Watching:
        """Show the parts after this one, beginning with a keyframe."""
        watching = Watching(self._watching.discard)
        if self._init is not None:
            watching.offer(self._init)
        if self.parts - len(self._pictures) >= after:
            for picture in self._pictures:
                watching.offer(picture)
        self._watching.add(watching)
        if self.end is not None:
            watching.stop()
        return watching

    def _add(self, part: Part) -> None:
        link = self.chain(self.parts) + sha256(part.data).digest()
        self._chains += sha256(link).digest()
        self._lengths.append(self._lengths[-1] + len(part.data))
        self._arrived.append(time.time())
        self._remember(part)
        for watching in self._watching:
            watching.offer(part)

    def _remember(self, part: Part) -> None:
        if isinstance(part, Init):
            self._init = part
            self._pictures.clear()
            return
        if part.keyframe or len(self._pictures) >= A_VIEWER_LAGS_AT:
            self._pictures.clear()
        if part.keyframe or self._pictures:
            self._pictures.append(part)
