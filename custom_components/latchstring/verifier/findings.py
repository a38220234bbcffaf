"""What the verifier says: what is wrong, where and how, and what is proven up to when."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from .formats.encoding import shown


class How(StrEnum):
    """In which way something is wrong. The codes are stable; the words beside them are not."""

    FILE_CHANGED = "file_changed"
    FILE_MISSING = "file_missing"
    FILE_ADDED = "file_added"
    MANIFEST = "manifest_invalid"
    EDITED = "edited"
    MISSING = "missing"
    INSERTED = "inserted"
    REORDERED = "reordered"
    BACK_DATED = "back_dated"
    REWRITTEN = "rewritten"
    WITHHELD = "withheld"
    FORK = "fork"
    OLD_STATE = "old_state"
    KEY_SWAPPED = "key_swapped"
    SIGNATURE = "signature_invalid"
    ASSERTION = "assertion_invalid"
    SESSION = "session_invalid"
    EPOCH = "epoch_invalid"
    COMMITMENT = "commitment_invalid"


class Status(StrEnum):
    """What a log, or all of it together, turned out to be."""

    VERIFIED = "verified"
    GAPS = "verified_with_gaps"
    SELF_CONSISTENT = "self_consistent"
    TAMPERED = "tampered"
    UNUSABLE = "unusable"


@dataclass(frozen=True)
class AuditFinding:
    """One thing that is wrong: in a file, or in the entries from `index` to `last`."""

    how: How
    text: str
    file: str | None = None
    index: int | None = None
    last: int | None = None

    def __str__(self) -> str:
        where = f"{shown(self.file)}: " if self.file else ""
        if self.index is not None:
            several = self.last is not None and self.last != self.index
            where += (
                f"entries {self.index} to {self.last}: "
                if several
                else f"entry {self.index}: "
            )
        return f"{where}{self.text} [{self.how.value}]"


@dataclass(frozen=True)
class Confirmation:
    """Somebody outside of the home saw the log when it was `size` entries long."""

    size: int
    by: str
    at: datetime | None


def _place(finding: AuditFinding) -> tuple[bool, int]:
    """Sort a part of a log behind what is known of it more exactly."""
    place = finding.last if finding.how is How.REWRITTEN else finding.index
    return place is None, place or 0


@dataclass
class LogVerdict:
    """What is known of one epoch of one log."""

    log: str
    epoch: int
    name: str
    origin: str
    size: int = 0
    erased: int = 0
    root: bytes = b""
    confirmed: Confirmation | None = None
    findings: list[AuditFinding] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    has_lost_entries: bool = False
    hubs: set[str] = field(default_factory=set)
    witnesses: set[str] = field(default_factory=set)
    agreed: set[str] = field(default_factory=set)
    has_strangers: bool = False

    @property
    def status(self) -> Status:
        """Return what is wrong first, and what is proven only when nothing is."""
        if self.findings:
            return Status.TAMPERED
        if not self.confirmed or self.has_strangers:
            return Status.SELF_CONSISTENT
        return Status.GAPS if self.gaps else Status.VERIFIED

    def lose(self, text: str) -> None:
        """Note that entries of it are known to be lost: what other logs say of those is held against nothing."""
        self.has_lost_entries = True
        self.gaps.append(text)

    def note_signers(
        self, signers: Mapping[str | None, int], known: Collection[str]
    ) -> None:
        """Note who signed without being known. A home can pair with a hub of its own making, and let that name viewers.

        Where none of the log's hubs is known by its key, nothing of what they signed is proven, and no more is said.
        """
        for hub, count in signers.items():
            if hub is None:
                text = f"{count} signatures of the hub could not be checked, because its key is not here"
                self.notices.append(text)
            elif hub not in known:
                self.has_strangers |= not self.hubs.isdisjoint(known)
                text = f"{count} entries contain signatures of the hub {shown(hub)}, whose key was not given"
                self.notices.append(text)

    @property
    def unconfirmed(self) -> int:
        """Count the entries that nobody outside of the home has seen yet."""
        return self.size - (self.confirmed.size if self.confirmed else 0)

    def first(self) -> AuditFinding:
        """Return the first that is wrong: by its entry, what belongs to none coming last."""
        return min(self.findings, key=_place)


@dataclass
class TimeSpent:
    """Seconds spent, and on how many of what."""

    seconds: float = 0.0
    count: int = 0


@dataclass
class Verdict:
    """What is known of the whole."""

    what: str
    logs: list[LogVerdict] = field(default_factory=list)
    findings: list[AuditFinding] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    files: int = 0
    lacks_somebody: bool = False
    timings: dict[str, TimeSpent] = field(default_factory=dict)

    @property
    def status(self) -> Status:
        """Return what all of it turned out to be: what nobody vouches for keeps the whole from being verified."""
        if self.findings or any(log.findings for log in self.logs):
            return Status.TAMPERED
        # The log of a hub begins with its pairing: one without entries was emptied.
        telling = [log for log in self.logs if log.size or log.hubs]
        is_proven = all(log.status is not Status.SELF_CONSISTENT for log in telling)
        if not telling or not is_proven or self.lacks_somebody:
            return Status.SELF_CONSISTENT
        lacks_something = self.gaps or any(log.gaps for log in self.logs)
        return Status.GAPS if lacks_something else Status.VERIFIED
