"""The contents of entries: their form, their times in order, and sessions that start once and end once."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from ..findings import MAX_FINDINGS, AuditFinding, How
from ..formats.encoding import Malformed, milliseconds, read_canonical, read_time
from ..formats.keys import read_claims
from ..sources.source import HOUSEHOLD, Row
from .tokens import TOKENS

HEADS: Final = ("household_head", "head_committed")
"""The kinds of entries that commit to the head of the household's log, and that open the commitment."""

ADMITTED: Final = ("session_allowed", "session_cut")
"""The kinds of entries of the household's log about a session of a hub log."""

ASSERTED: Final = {"viewer": "name", "agency": "agency", "case_number": "case"}
"""The index columns of a viewer, and the claims they are taken from."""


@dataclass(frozen=True)
class NotableEntry:
    """An entry that needs a further check: of its token or its commitment."""

    index: int
    kind: str
    entry: dict[str, Any]


@dataclass
class Contents:
    """Reads the entries of one log in order.

    `steps_back` are the entries with an earlier time than one before them, or out of the order of writing. `times` are
    those of the entries in `dated`. `sessions` are those of the household's log, by hub log and id, with the index and
    time of the first entry about each. `confirmed` is the index of the last `clock_confirmed`, -1 if none.
    """

    log: str
    findings: list[AuditFinding] = field(default_factory=list)
    steps_back: list[int] = field(default_factory=list)
    pairings: list[dict[str, Any]] = field(default_factory=list)
    heads: list[NotableEntry] = field(default_factory=list)
    last_at: int = 0
    first_at: int | None = None
    dated: Collection[int] = ()
    times: dict[int, int] = field(default_factory=dict)
    sessions: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    is_over: bool = False
    is_whole: bool = True
    first: dict[str, Any] | None = None
    erasures: dict[tuple[str, str], int] = field(default_factory=dict)
    agreed: set[str] = field(default_factory=set)
    confirmed: int = -1
    _started: set[str] = field(default_factory=set)
    _ended: set[str] = field(default_factory=set)
    _seq: int = 0

    def take(self, rows: Iterable[Row]) -> list[NotableEntry]:
        """Add entries, and return those with a token of the hub."""
        signed = []
        for row in rows:
            if row.content is None:
                self.is_whole = False
                continue
            try:
                entry = read_canonical(row.content)
                kind, at = _head(entry)
            except Malformed as error:
                self.find(How.EDITED, str(error), row.idx)
                continue
            self._compare(row, kind, at, entry)
            if row.idx == 0:
                self.first = entry
            self._in_time(row, at)
            if row.idx in self.dated:
                self.times[row.idx] = at
            if self.first_at is None:
                self.first_at = at
            self._follow(row.idx, kind, entry)
            self._note_session(row.idx, kind, at, entry)
            if kind not in HEADS:
                self.is_over = kind == "unpaired"
            if kind in TOKENS:
                signed.append(NotableEntry(index=row.idx, kind=kind, entry=entry))
        return signed

    def find(self, how: How, text: str, index: int) -> None:
        """Add a finding, up to MAX_FINDINGS."""
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(AuditFinding(how=how, text=text, index=index))

    def _compare(self, row: Row, kind: str, at: int, entry: dict[str, Any]) -> None:
        """Check that the index columns of a database row match the entry."""
        if row.columns is None:
            return
        try:
            columns = {"at": at, "kind": kind, **self._subject(entry)}
        except Malformed as error:
            self.find(How.ASSERTION, f"what the hub signed is wrong: {error}", row.idx)
            return
        for name, value in columns.items():
            if row.columns[name] != value:
                text = f"the file lists a different {name!r} for it than it says itself"
                self.find(How.EDITED, text, row.idx)

    def _subject(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Return the index columns that follow from the entry alone."""
        columns = {name: entry.get(name) for name in ("session", "request")}
        goes_on = any(each is not None for each in columns.values())
        columns["hub"] = entry.get("hub") if self.log == HOUSEHOLD else None
        if "assertion" in entry:
            asserted = read_claims(entry["assertion"])
            viewer = {name: asserted.get(claim) for name, claim in ASSERTED.items()}
            return {**columns, **viewer, "camera": entry.get("camera")}
        if goes_on:
            return columns
        return {**columns, **dict.fromkeys(ASSERTED), "camera": entry.get("camera")}

    def _in_time(self, row: Row, at: int) -> None:
        seq = row.columns["seq"] if row.columns else self._seq
        if (at < self.last_at or seq < self._seq) and len(
            self.steps_back
        ) < MAX_FINDINGS:
            self.steps_back.append(row.idx)
        self.last_at, self._seq = max(at, self.last_at), seq

    def _follow(self, index: int, kind: str, entry: dict[str, Any]) -> None:
        session = str(entry.get("session"))
        if kind == "paired":
            self.pairings.append(entry)
        elif kind == "session_started":
            if session in self._started:
                self.find(How.SESSION, "its session had already started", index)
            self._started.add(session)
        elif kind == "session_ended":
            self._end(index, session)
        elif kind == "agreement_accepted":
            self.agreed.add(str(entry.get("agreement")))
        elif kind == "erased":
            self._note_erased(entry)
        elif kind == "clock_confirmed":
            self.confirmed = index
        elif kind in HEADS:
            self.heads.append(NotableEntry(index=index, kind=kind, entry=entry))

    def _note_session(
        self, index: int, kind: str, at: int, entry: dict[str, Any]
    ) -> None:
        """Note a session of the household's log: the hub log must have it, as both are written together."""
        if self.log == HOUSEHOLD and kind in ADMITTED:
            place = str(entry.get("hub")), str(entry.get("session"))
            self.sessions.setdefault(place, (index, at))

    def knows(self, session: str) -> bool:
        """Return whether a session begins or ends here."""
        return session in self._started or session in self._ended

    def _note_erased(self, entry: dict[str, Any]) -> None:
        place = str(entry.get("log")), str(entry.get("epoch"))
        if isinstance(count := entry.get("entries"), int):
            self.erasures[place] = max(count, self.erasures.get(place, 0))

    @property
    def _follows(self) -> bool:
        """Return whether there is an epoch before, in which sessions may have started."""
        return self.first is not None and self.first.get("kind") == "epoch_begun"

    def _end(self, index: int, session: str) -> None:
        if session in self._ended:
            self.find(How.SESSION, "its session had already ended", index)
        elif session not in self._started and self.is_whole and not self._follows:
            self.find(How.SESSION, "the start of its session is missing", index)
        self._ended.add(session)


def _head(entry: dict[str, Any]) -> tuple[str, int]:
    kind = entry.get("kind")
    if not isinstance(kind, str):
        raise Malformed("it does not say what kind it is")
    return kind, milliseconds(read_time(entry.get("at")))
