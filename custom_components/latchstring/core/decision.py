"""What decides: blocks first, in their order, then openings. Nothing else opens a camera.

Two ways to fail: showing what the owner closed, and hiding what the owner opened. The first is worse,
so a fact that nobody established blocks, and a share without an opening stays closed.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from .model import NO_OPENING, Block, Decision, Facts, Opening, Share, Viewer

BLOCKS: Final[tuple[tuple[Block, Callable[[Facts], bool]], ...]] = (
    (Block.STORE_UNREADABLE, lambda facts: not facts.store_readable),
    (Block.CLOCK_UNTRUSTED, lambda facts: not facts.clock_trusted),
    (Block.RECORD_UNWRITABLE, lambda facts: not facts.record_writable),
    (Block.AGREEMENT_CHANGED, lambda facts: not facts.agreement_accepted),
    (Block.HUB_PAUSED, lambda facts: not facts.hub_sharing),
    (Block.CAMERA_OFF, lambda facts: not facts.camera_sharing),
    (Block.CAMERA_CHANGED, lambda facts: not facts.source_unchanged),
    (Block.FACTS_NOT_READY, lambda facts: not facts.ready),
)
"""Each block with what makes it close. The first that closes is the one named."""

CLOCK_TOLERANCE: Final = timedelta(seconds=5)
CLOCK_FLOOR: Final = datetime.fromisoformat("2026-09-01T00:00:00+00:00")
"""Before this release nobody ran this code: an earlier clock has found no time source yet."""


def decide(
    share: Share,
    facts: Facts,
    viewer: Viewer | None,  # noqa: ARG001 - the one signature of every decision; an answer to one viewer's request is the first opening to read it
    at: datetime,  # noqa: ARG001 - as above; the first opening that ends by time reads it
) -> Decision:
    """Say whether this viewer (None: anybody at the hub) may see this share at this moment, and why."""
    for block, closes in BLOCKS:
        if closes(facts):
            return Decision(open=False, reason=block)
    if Opening.ALWAYS in share.openings:
        return Decision(open=True, reason=Opening.ALWAYS)
    return Decision(open=False, reason=NO_OPENING)


def clock_is_credible(at: datetime, last_entry_at: datetime | None) -> bool:
    """Say whether a clock can be right that reads `at`, when the record's last entry was written at `last_entry_at`."""
    if at < CLOCK_FLOOR:
        return False
    return last_entry_at is None or at >= last_entry_at - CLOCK_TOLERANCE
