"""The chain: each entry matches its leaf, the leaves are in order, and their trees are those that were signed."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from ..findings import MAX_FINDINGS, AuditFinding, How
from ..formats.tree import GrowingTree
from ..sources.source import Row


@dataclass
class Chain:
    """Takes the entries of one log in order, in O(log n) memory.

    `roots` has the signed root of each size. `matched` is the largest size up to which all of them matched,
    `mismatched` the first that did not.
    """

    roots: Mapping[int, bytes]
    tree: GrowingTree = field(default_factory=GrowingTree)
    erased: int = 0
    matched: int = 0
    mismatched: int | None = None
    findings: list[AuditFinding] = field(default_factory=list)
    marked: dict[int, bytes] = field(default_factory=dict)
    _due: list[int] = field(default_factory=list)
    _came_instead: int | None = None
    _is_late: bool = False

    def __post_init__(self) -> None:
        self._due = sorted((size for size in self.roots if size), reverse=True)

    def take(self, rows: Iterable[Row], mark: Collection[int] = ()) -> None:
        """Add entries; the roots of the trees of the sizes in `mark` are stored in `marked`."""
        tree = self.tree
        for index, leaf, salt, content, _ in rows:
            if index != tree.size or self._came_instead is not None:
                self._disorder(index)
                continue
            if index in mark:
                self.marked[index] = tree.root()
            if salt is None or content is None:
                self._without(index, is_half=salt is not content)
            elif sha256(b"\x00" + salt + content).digest() != leaf:
                self.find(
                    How.EDITED, "its content and salt do not match its leaf", index
                )
            tree.add(leaf)
            if self._due and tree.size == self._due[-1]:
                self._compare(self._due.pop())

    def end(self) -> None:
        """Add the findings of missing, disordered and changed entries, once all were added."""
        size = self.tree.size
        if self._came_instead is not None:
            self._find_disorder(size, self._came_instead)
        elif self._due and self.mismatched is None:
            signed = self._due[0]
            text = (
                f"the record ends before them, although {signed} entries were signed: they are missing, "
                "or an older state of the record was put in its place"
            )
            self.find(How.OLD_STATE, text, size, signed - 1)
        if self.mismatched is not None and not self._is_explained(
            self.matched, self.mismatched
        ):
            text = "at least one of them is not what it was when this tree was signed"
            self.find(How.REWRITTEN, text, self.matched, self.mismatched - 1)

    def find(self, how: How, text: str, index: int, last: int | None = None) -> None:
        """Add a finding, up to MAX_FINDINGS."""
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(
                AuditFinding(how=how, text=text, index=index, last=last)
            )

    def _compare(self, size: int) -> None:
        if self.mismatched is not None:
            return
        if self.tree.root() == self.roots[size]:
            self.matched = size
        else:
            self.mismatched = size

    def _without(self, index: int, *, is_half: bool) -> None:
        """Count an erased entry: only the oldest are ever erased, salt and content together."""
        if is_half:
            self.find(
                How.EDITED,
                "it has content without a salt, or a salt without content",
                index,
            )
        elif self.erased != index:
            self.find(
                How.WITHHELD,
                "its content was removed, but that of an older entry was not",
                index,
            )
        self.erased += 1

    def _disorder(self, index: int) -> None:
        if self._came_instead is None:
            self._came_instead = index
        elif index == self.tree.size:
            self._is_late = True

    def _find_disorder(self, expected: int, came: int) -> None:
        if came < expected:
            text = f"entry {came} appears again in its place"
            self.find(How.INSERTED, text, expected)
        elif self._is_late:
            self.find(How.REORDERED, "it comes later than it should", expected)
        else:
            self.find(How.MISSING, "there is nothing in this place", expected, came - 1)

    def _is_explained(self, start: int, end: int) -> bool:
        return any(
            each.index is not None and start <= each.index < end
            for each in self.findings
        )
