"""Commitments in hub logs to the head of the household's log, whose own entries open them."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from ..findings import AuditFinding, Confirmation, How, LogVerdict
from ..formats.encoding import Malformed, base64, member, read_hash
from .chain import Chain

Place = tuple[str, int, int]
"""A log, its epoch, and the index of an entry."""


@dataclass
class Commitments:
    """The commitments of the hub logs that the household's log has not opened yet."""

    closed: dict[Place, bytes] = field(default_factory=dict)
    seen: dict[tuple[str, int], LogVerdict] = field(default_factory=dict)
    named: dict[tuple[str, int], int] = field(default_factory=dict)
    """How many entries of each epoch of a hub log the household's log implies."""
    _held: int = 0

    def learn(self, verdict: LogVerdict, index: int, entry: dict[str, Any]) -> None:
        """Add a commitment of a hub log; Malformed if it is none."""
        place = verdict.log, verdict.epoch, index
        self.closed[place] = read_hash(entry.get("commitment"))

    def add(self, verdict: LogVerdict) -> None:
        """Add the verdict on a hub log, once all of it was read."""
        self.seen[verdict.log, verdict.epoch] = verdict

    def open(
        self, household: LogVerdict, chain: Chain, index: int, entry: dict[str, Any]
    ) -> None:
        """Compare the head of the household's log with the commitment in a hub log; Malformed if it opens none."""
        place = (
            member(entry, "hub", str),
            member(entry, "epoch", int),
            member(entry, "index", int),
        )
        size, salt = member(entry, "size", int), read_hash(entry.get("salt"))
        if size != index or size not in chain.marked:
            raise Malformed("it does not come right after the head that it is about")
        self.named[place[:2]] = max(self.named.get(place[:2], 0), place[2] + 1)
        hub = self.seen.get(place[:2])
        if hub is None or place[2] >= hub.size or place[2] < hub.erased:
            return
        text = f"{household.origin}\n{size}\n{base64(chain.marked.pop(size))}\n"
        if self.closed.pop(place, None) != sha256(salt + text.encode()).digest():
            whole = "not what it was when its hash went into a hub's log"
            household.findings.append(
                AuditFinding(
                    how=How.COMMITMENT, text=whole, index=self._held, last=size - 1
                )
            )
            return
        self._held = size
        self._confirm(household, hub, place[2], size)

    def _confirm(
        self, household: LogVerdict, hub: LogVerdict, index: int, size: int
    ) -> None:
        seen = hub.confirmed
        if seen is not None and not hub.findings and index < seen.size:
            by = f"{seen.by}, through its hash in that hub's log"
            household.confirmed = Confirmation(size=size, by=by, at=seen.at)

    def end(self, household: list[LogVerdict]) -> None:
        """Add a finding if commitments were not opened; only a notice where what opens them may be erased or lost."""
        if not household or not self.closed:
            return
        count = len(self.closed)
        newest = household[-1]
        if newest.epoch or newest.erased:
            newest.notices.append(
                f"{count} of its hashes in the hubs' logs can no longer be opened"
            )
            return
        text = f"{count} of its hashes in the hubs' logs do not match anything in it: it was rewritten"
        newest.findings.append(AuditFinding(how=How.COMMITMENT, text=text))
