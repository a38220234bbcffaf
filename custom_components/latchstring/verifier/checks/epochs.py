"""The epochs of a log: each begins with the head of the one before, which nobody can change from then on."""

from collections.abc import Iterable
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Final

from ..findings import AuditFinding, Confirmation, How, LogVerdict
from ..formats.encoding import printable
from .log import LogCheck

UNTOLD: Final = (
    "nothing here shows what was in the log before this epoch: "
    "the home says that it was lost, or has erased what would show it"
)
EMPTY: Final = (
    "there is no entry in it: nothing was ever written there, or all of it is lost"
)


def check_epochs(checks: Iterable[LogCheck]) -> None:
    """Check that each epoch continues the one before, newest first, so that its confirmation passes on to that."""
    ordered = sorted(checks, key=lambda each: (each.verdict.log, each.verdict.epoch))
    for _, grouped in groupby(ordered, key=attrgetter("verdict.log")):
        epochs = list(grouped)
        _begin(epochs[0])
        for before, after in reversed(list(pairwise(epochs))):
            _follow(before.verdict, after)
            if not before.verdict.size:
                before.verdict.notices.append(EMPTY)


def _begin(oldest: LogCheck) -> None:
    begun = oldest.contents.first
    if begun is None:
        if oldest.verdict.epoch:
            oldest.verdict.lose(UNTOLD)
    elif begun.get("kind") == "epoch_begun" and begun.get("origin"):
        _find(oldest, f"the previous epoch is not here: {printable(begun['origin'])}")
    elif begun.get("kind") != "epoch_begun" and oldest.verdict.epoch:
        _find(
            oldest,
            "it is not the first epoch of its log, but does not begin as a later one must",
        )
    elif oldest.verdict.epoch:
        oldest.verdict.lose(UNTOLD)


def _follow(before: LogVerdict, after: LogCheck) -> None:
    begun = after.contents.first
    if before.epoch == after.verdict.epoch:
        _find(after, f"there are two epochs with the number {printable(before.epoch)}")
    if begun is None:
        text = "the entry that begins this epoch was erased: how the epoch follows the previous one is not proven"
        after.verdict.notices.append(text)
    elif begun.get("kind") != "epoch_begun":
        _find(after, "it does not begin with the head of the previous epoch")
    elif begun.get("origin") is None:
        after.verdict.lose(UNTOLD)
    else:
        _compare(before, after, begun)


def _compare(before: LogVerdict, after: LogCheck, begun: dict[str, object]) -> None:
    size, root, known = (begun.get(name) for name in ("size", "root", "known_size"))
    if begun["origin"] != before.origin:
        _find(after, f"it follows a different epoch: {printable(begun['origin'])}")
    elif not isinstance(size, int) or size > before.size:
        text = f"the next epoch says that this one had {printable(size)} entries"
        _find_missing(before, text)
    elif size < before.size or (root is not None and root != before.root.hex()):
        _find(after, "the previous epoch is not what it was when this one began")
    elif root is not None:
        _vouch(before, after)
    if isinstance(known, int) and isinstance(size, int) and known > size:
        before.lose(
            f"entries {size} to {known - 1} are missing; the home noticed that itself"
        )


def _vouch(before: LogVerdict, after: LogCheck) -> None:
    """Extend a confirmation to the epoch before: its head is in the first entry of the confirmed one."""
    seen = after.verdict.confirmed
    if seen is not None and before.unconfirmed > 0:
        by = f"{seen.by}, through the next epoch"
        before.confirmed = Confirmation(size=before.size, by=by, at=seen.at)


def _find(after: LogCheck, text: str) -> None:
    after.verdict.findings.append(AuditFinding(how=How.EPOCH, text=text, index=0))


def _find_missing(before: LogVerdict, text: str) -> None:
    before.findings.append(
        AuditFinding(how=How.OLD_STATE, text=text, index=before.size)
    )
