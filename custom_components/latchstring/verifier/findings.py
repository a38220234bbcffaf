"""Verdicts: findings, gaps and confirmations of each log, and of the whole."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from .formats.encoding import printable

MAX_FINDINGS = 20
"""How many findings of one log are reported: a log that was rewritten has one for each entry."""


class How(StrEnum):
    """The kind of a finding. The codes are stable; the texts are not."""

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
    """The status of a log, or of the whole."""

    VERIFIED = "verified"
    GAPS = "verified_with_gaps"
    SELF_CONSISTENT = "self_consistent"
    TAMPERED = "tampered"
    UNUSABLE = "unusable"


@dataclass(frozen=True)
class AuditFinding:
    """One fault: in a file, or in the entries from `index` to `last`."""

    how: How
    text: str
    file: str | None = None
    index: int | None = None
    last: int | None = None

    def __str__(self) -> str:
        where = f"{printable(self.file)}: " if self.file else ""
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
    """Somebody outside of the home confirmed the log's first `size` entries."""

    size: int
    by: str
    at: datetime | None


def _place(finding: AuditFinding) -> tuple[bool, int]:
    """Return the sort key of a finding: a rewritten range sorts after more exact findings within it."""
    place = finding.last if finding.how is How.REWRITTEN else finding.index
    return place is None, place or 0


@dataclass
class LogVerdict:
    """The verdict on one epoch of one log."""

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
        """Return the status: any finding comes before what is proven."""
        if self.findings:
            return Status.TAMPERED
        if not self.confirmed or self.has_strangers:
            return Status.SELF_CONSISTENT
        return Status.GAPS if self.gaps else Status.VERIFIED

    def lose(self, text: str) -> None:
        """Add a gap of entries that the home itself says are lost: other logs are not compared with those."""
        self.has_lost_entries = True
        self.gaps.append(text)

    def note_signers(
        self, signers: Mapping[str | None, int], known: Collection[str]
    ) -> None:
        """Add notices of signers that no anchor vouches for: a home can pair with a hub of its own making.

        `has_strangers` is set only where another hub of the log is known: elsewhere the status says so already.
        """
        for hub, count in signers.items():
            if hub is None:
                text = f"{count} signatures of the hub could not be checked, because its key is not here"
                self.notices.append(text)
            elif hub not in known:
                self.has_strangers |= not self.hubs.isdisjoint(known)
                text = f"{count} entries contain signatures of the hub {printable(hub)}, whose key was not given"
                self.notices.append(text)

    @property
    def unconfirmed(self) -> int:
        """Return how many entries nobody outside of the home has confirmed yet."""
        return self.size - (self.confirmed.size if self.confirmed else 0)

    def first(self) -> AuditFinding:
        """Return the first finding by entry; those without an entry come last."""
        return min(self.findings, key=_place)


@dataclass
class TimeSpent:
    """Seconds spent on a number of items."""

    seconds: float = 0.0
    count: int = 0


@dataclass
class Verdict:
    """The verdict on the whole."""

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
        """Return the status of the whole: one log without a confirmation keeps it from being verified."""
        if self.findings or any(log.findings for log in self.logs):
            return Status.TAMPERED
        # The log of a hub begins with its pairing: one without entries was emptied.
        telling = [log for log in self.logs if log.size or log.hubs]
        is_proven = all(log.status is not Status.SELF_CONSISTENT for log in telling)
        if not telling or not is_proven or self.lacks_somebody:
            return Status.SELF_CONSISTENT
        lacks_something = self.gaps or any(log.gaps for log in self.logs)
        return Status.GAPS if lacks_something else Status.VERIFIED
