"""What decides: blocks first, in their order, then openings. Nothing else opens a camera.

Two ways to fail: showing what the owner closed, and hiding what the owner opened. The first is worse,
so a fact that nobody established blocks, and a share without an opening stays closed.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from typing import Final

from .model import (
    NO_OPENING,
    Asker,
    Block,
    Decision,
    Facts,
    Limits,
    Opening,
    Share,
    Stretch,
    Window,
    Wish,
)

BLOCKS: Final[tuple[tuple[Block, Callable[[Facts], bool]], ...]] = (
    (Block.FAILED, lambda facts: not facts.gathered),
    (Block.STORE_UNREADABLE, lambda facts: not facts.store_readable),
    (Block.RESTORED, lambda facts: not facts.reviewed),
    (Block.CLOCK_UNTRUSTED, lambda facts: not facts.clock_trusted),
    (Block.RECORD_UNWRITABLE, lambda facts: not facts.record_writable),
    (Block.AGREEMENT_CHANGED, lambda facts: not facts.agreement_accepted),
    (Block.HUB_PAUSED, lambda facts: not facts.hub_sharing),
    (Block.CAMERA_OFF, lambda facts: not facts.camera_sharing),
    (Block.CAMERA_CHANGED, lambda facts: not facts.source_unchanged),
    (Block.NEVER, lambda facts: not facts.never_clear),
    (Block.FACTS_NOT_READY, lambda facts: not facts.ready),
)
"""Each block with what makes it close. The first that closes is the one named."""

EVER: Final = Window(
    start=datetime.min.replace(tzinfo=UTC), end=datetime.max.replace(tzinfo=UTC)
)

type Openings = Callable[[Share, Facts, Asker | None], Iterable[Window]]

OPENINGS: Final[tuple[tuple[Opening, Openings], ...]] = (
    (
        Opening.ALWAYS,
        lambda share, _facts, _asker: [EVER] * (Opening.ALWAYS in share.openings),
    ),
    (
        Opening.SCHEDULE,
        lambda share, facts, _asker: (
            facts.schedule if Opening.SCHEDULE in share.openings else ()
        ),
    ),
    (
        Opening.ALARM,
        lambda share, facts, _asker: (
            [facts.alarm] if facts.alarm and Opening.ALARM in share.openings else ()
        ),
    ),
    (
        Opening.OWNER,
        lambda _share, facts, _asker: [facts.owner] if facts.owner else (),
    ),
    (
        Opening.APPROVAL,
        lambda _share, facts, asker: [
            approval.window
            for approval in facts.approvals
            if asker and approval.lets_in(asker)
        ],
    ),
)
"""Each opening with the windows in which it opens for an asker. The first that holds is the one named."""

MAX_STRETCHES: Final = 500
"""How far an outlook goes at most, whatever the schedule."""


def mixes(chosen: Collection[Opening]) -> bool:
    """Return whether a choice names "always" beside another opening, which it leaves nothing to open."""
    return Opening.ALWAYS in chosen and set(chosen) != {Opening.ALWAYS}


def openings_in_force(chosen: Collection[Opening]) -> frozenset[Opening]:
    """Return the openings that count of a choice. Where "always" is mixed with others, only the others do.

    Two ways to fail: a camera that is closed more often than its owner believes, and one that is open all day though
    its owner believes to be asked. The second is worse.
    """
    return frozenset(chosen) - ({Opening.ALWAYS} if mixes(chosen) else set())


def decide(share: Share, facts: Facts, asker: Asker | None, at: datetime) -> Decision:
    """Return whether this asker (None: anybody at the hub) may see this share at this moment, and why."""
    for block, closes in BLOCKS:
        if closes(facts):
            return Decision(open=False, reason=block)
    windows = [
        (opening, window)
        for opening, windows_of in OPENINGS
        for window in windows_of(share, facts, asker)
    ]
    edges = {edge for _, window in windows for edge in (window.start, window.end)}
    next_change = min((edge for edge in edges - {EVER.end} if edge > at), default=None)
    last_change = max(
        (edge for edge in edges - {EVER.start} if edge <= at), default=None
    )
    for opening, window in windows:
        if window.holds(at):
            until = None if window is EVER else window.end
            return Decision(
                open=True,
                reason=opening,
                until=until,
                next_change=next_change,
                last_change=last_change,
            )
    return Decision(open=False, reason=NO_OPENING, next_change=next_change)


def outlook(
    share: Share, facts: Facts, asker: Asker | None, window: Window
) -> tuple[Stretch, ...]:
    """Return how the decision goes on through a window, as far as it changes by time alone."""
    stretches: list[Stretch] = []
    at = window.start
    while at < window.end and len(stretches) < MAX_STRETCHES:
        decision = decide(share, facts, asker, at)
        end = min(decision.next_change or window.end, window.end)
        stretches.append(Stretch(window=Window(start=at, end=end), decision=decision))
        at = end
    return tuple(stretches)


def admits(share: Share, wish: Wish, *, watching: int, today: int) -> bool:
    """Return whether a share's limits admit one more viewer, beside those watching and those who began today."""
    limits = share.limits
    return (
        watching < limits.viewers
        and (limits.sessions_a_day is None or today < limits.sessions_a_day)
        and accepts(limits, wish)
    )


def accepts(limits: Limits, wish: Wish) -> bool:
    """Return whether limits let anybody watch for this, who comes in or watches already."""
    return (not limits.case_required or bool(wish.case)) and (
        limits.purposes is None or wish.purpose in limits.purposes
    )
