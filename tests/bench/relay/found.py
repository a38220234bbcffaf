"""What one sender did with so many streams: when each picture arrived, and what that took."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from .logbook import Noted


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The steady time that counts, by the monotonic clock."""

    begin: float
    end: float

    def __contains__(self, at: float) -> bool:
        return self.begin <= at < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """One more viewer of a camera that is connected; milliseconds."""

    after_opening: float
    after_keyframe: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Times are milliseconds; of a first picture, one for each stream."""

    sender: str
    streams: int
    latencies: Sequence[float]
    sent: int
    lost: int
    first: Sequence[float]
    """From the start of the sender to the first picture at the receiver."""
    first_after_keyframe: Sequence[float]
    """From when the camera had sent that picture."""
    cpu: float
    """Seconds of all processes by stream and minute."""
    pss: float
    rss: float
    """Megabytes of all processes, shared pages counted once by parts, or in each."""
    lag: Sequence[float] = ()
    idle_lag: Sequence[float] = ()
    """Of a loop that does nothing, in a process of its own at the same time: what the machine does to anybody."""
    opening_lag: Sequence[float] = ()
    kept: Sequence[Again] = field(default_factory=list)
    """Where a keyframe of the share's opening is at hand."""
    new: Sequence[Again] = field(default_factory=list)
    """Where the share opened just now."""


class Sent:
    """When cameras sent their pictures; a picture comes again when the film does."""

    def __init__(self, noted: Sequence[Noted]) -> None:
        self._moments: dict[tuple[str, str], list[float]] = defaultdict(list)
        for stream, picture, at in noted:
            self._moments[stream, picture].append(at)

    def before(self, stream: str, picture: str, at: float) -> float | None:
        """Return when a picture that arrived at that moment had been sent."""
        moments = self._moments.get((stream, picture), ())
        place = bisect_right(moments, at)
        return moments[place - 1] if place else None

    def within(self, window: Window) -> set[tuple[str, float]]:
        """Return every picture sent in that time, known by its stream and its moment."""
        return {
            (stream, at)
            for (stream, _), moments in self._moments.items()
            for at in moments
            if at in window
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """The pictures of one measurement, each matched with the moment it was sent."""

    latencies: Sequence[float]
    sent: int
    lost: int
    first: Sequence[float]
    first_after_keyframe: Sequence[float]


def arrivals(
    sent: Sent, received: Sequence[Noted], *, begun: float, window: Window
) -> Arrivals:
    """Match what was received with what was sent; what was sent in the window has to be there in the end."""
    matched = [
        (stream, at, moment)
        for stream, picture, at in received
        if (moment := sent.before(stream, picture, at)) is not None
    ]
    firsts: dict[str, tuple[float, float]] = {}
    for stream, at, moment in matched:
        firsts.setdefault(stream, (at, moment))
    due = sent.within(window)
    lost = due - {(stream, moment) for stream, _, moment in matched}
    return Arrivals(
        latencies=[
            (at - moment) * 1000 for _, at, moment in matched if moment in window
        ],
        sent=len(due),
        lost=len(lost),
        first=[(at - begun) * 1000 for at, _ in firsts.values()],
        first_after_keyframe=[(at - moment) * 1000 for at, moment in firsts.values()],
    )
