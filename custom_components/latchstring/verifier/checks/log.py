"""The check of one log: its key, its checkpoints, its chain, its entries, and who has confirmed it."""

from collections import Counter
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import TypeVar

from ..findings import AuditFinding, Confirmation, How, LogVerdict, TimeSpent
from ..formats.encoding import Malformed, printable
from ..formats.notes import SIGNED, SignedNote, TreeHead, read_checkpoint, read_note
from ..sources.source import HOUSEHOLD, LogRows, Row, StoredCheckpoint, UnreadableEntry
from .chain import Chain
from .commitments import Commitments
from .contents import Contents, NotableEntry
from .tokens import signer
from .trust import (
    MAX_PAIRINGS,
    Anchors,
    LogWitness,
    SignedPairing,
    add_pairing,
    given_witnesses,
    read_pairing,
    witnesses,
)

T = TypeVar("T")


class LogCheck:
    """Checks one epoch of one log."""

    def __init__(
        self,
        log: LogRows,
        anchors: Anchors,
        commitments: Commitments,
        timings: dict[str, TimeSpent],
        *,
        tokens: bool,
    ) -> None:
        self._log = log
        self._anchors = anchors
        self._commitments = commitments
        self._timings = timings
        self._checks_tokens = tokens
        self._notes: list[tuple[SignedNote, TreeHead, str]] = []
        self._pairings: list[SignedPairing] = []
        self._known = anchors.hubs
        self._signers: Counter[str | None] = Counter()
        self.seen: list[Confirmation] = []
        self.contents = Contents(log.log)
        self.verdict = LogVerdict(
            log=log.log, epoch=log.epoch, name=printable(log.log), origin=log.origin
        )

    def check(self) -> LogVerdict:
        """Read the log once and return its verdict."""
        self._check_key()
        self._read_checkpoints()
        chain = Chain(roots=self._roots())
        self.contents.dated = {size - back for size in chain.roots for back in (0, 1)}
        for value in self._log.pairings[:MAX_PAIRINGS]:
            self._read_pairing(value, None)
        self._stream(chain)
        chain.end()
        self._conclude(chain)
        return self.verdict

    def _check_key(self) -> None:
        if self._log.origin != f"latchstring/{self._log.key.thumbprint}":
            self._find(How.KEY_SWAPPED, "its key is not the one that it is named after")

    def _read_checkpoints(self) -> None:
        """Collect the checkpoints that the log's key has signed, those given as anchors too."""
        for stored in self._log.checkpoints:
            self._read_checkpoint(stored)
        for given in self._anchors.checkpoints:
            if given.checkpoint.origin == self._log.origin:
                self._keep(given.note, given.checkpoint, given.source)

    def _read_checkpoint(self, stored: StoredCheckpoint) -> None:
        try:
            note = read_note(stored.text)
            checkpoint = read_checkpoint(note.text)
        except Malformed as error:
            self._find(
                How.SIGNATURE, f"a checkpoint cannot be read: {error}", stored.where
            )
            return
        if checkpoint.origin != self._log.origin:
            text = (
                f"a checkpoint belongs to another log, {printable(checkpoint.origin)}"
            )
            self._find(How.KEY_SWAPPED, text, stored.where)
        else:
            self._keep(note, checkpoint, stored.where)

    def _keep(self, note: SignedNote, checkpoint: TreeHead, where: str) -> None:
        name, key = self._log.origin, self._log.key
        if not note.is_signed(name, key):
            how = How.SIGNATURE if note.of_key(name, key, SIGNED) else How.KEY_SWAPPED
            text = f"the checkpoint of {checkpoint.size} entries is not signed by the log's key"
            self._find(how, text, where)
        else:
            self._notes.append((note, checkpoint, where))

    def _roots(self) -> dict[int, bytes]:
        """Return the signed root of each size. Of two different ones, that of an anchor wins."""
        roots: dict[int, bytes] = {}
        for _, checkpoint, where in reversed(self._notes):
            known = roots.setdefault(checkpoint.size, checkpoint.root)
            if known != checkpoint.root:
                text = f"the log's key has signed two different records of {checkpoint.size} entries"
                self._find(How.FORK, text, where)
        return roots

    def _stream(self, chain: Chain) -> None:
        try:
            batches = self._log.batches()
            while batch := self._timed("chain", lambda: next(batches, None), 0):
                self._take(chain, batch)
        except UnreadableEntry as broken:
            chain.find(How.EDITED, f"it cannot be read: {broken}", broken.index)

    def _take(self, chain: Chain, batch: list[Row]) -> None:
        signed = self._timed("contents", lambda: self.contents.take(batch), len(batch))
        heads, self.contents.heads = self.contents.heads, []
        mark = {each.index for each in heads if each.kind == "head_committed"}
        self._timed("chain", lambda: chain.take(batch, mark), len(batch))
        self._follow_heads(chain, heads)
        while self.contents.pairings:
            self._read_pairing(self.contents.pairings.pop(0), "its entry")
        if self._checks_tokens:
            self._timed("tokens", lambda: self._check_tokens(signed), len(signed))

    def _follow_heads(self, chain: Chain, heads: Iterable[NotableEntry]) -> None:
        for each in heads:
            try:
                if self._log.log == HOUSEHOLD:
                    self._commitments.open(self.verdict, chain, each.index, each.entry)
                else:
                    self._commitments.learn(self.verdict, each.index, each.entry)
            except Malformed as error:
                self.contents.find(How.COMMITMENT, str(error), each.index)

    def _timed(self, what: str, work: Callable[[], T], count: int) -> T:
        timing = self._timings.setdefault(what, TimeSpent())
        begun = perf_counter()
        try:
            return work()
        finally:
            timing.seconds += perf_counter() - begun
            timing.count += count

    def _read_pairing(self, value: object, where: str | None) -> None:
        try:
            if not isinstance(value, dict):
                raise Malformed("it is not an object")  # noqa: TRY301 - one place says what is wrong with a pairing
            pairing = read_pairing(value)
        except Malformed as error:
            self._find(How.SIGNATURE, f"the pairing is not valid: {error}", where)
            return
        if pairing.log == self._log.key:
            self._known |= add_pairing(self.verdict, pairing, self._known)
        elif where is None:
            self._find(How.KEY_SWAPPED, "the pairing belongs to another log")
        if pairing not in self._pairings:
            self._pairings.append(pairing)

    def _check_tokens(self, signed: Iterable[NotableEntry]) -> None:
        for each in signed:
            try:
                hub = signer(each.kind, each.entry, self._pairings)
            except Malformed as error:
                self.contents.find(
                    How.ASSERTION, f"what the hub signed is wrong: {error}", each.index
                )
            else:
                self._signers[hub] += 1

    def _conclude(self, chain: Chain) -> None:
        verdict = self.verdict
        verdict.size, verdict.erased = chain.tree.size, chain.erased
        verdict.root = chain.tree.root()
        verdict.agreed |= self.contents.agreed
        self._check_log_key_is_paired()
        self._date(chain)
        verdict.findings += chain.findings + self.contents.findings
        verdict.confirmed = self._confirmed(chain) or verdict.confirmed
        verdict.note_signers(self._signers, self._known)

    def _check_log_key_is_paired(self) -> None:
        if self._pairings and all(
            pairing.log != self._log.key for pairing in self._pairings
        ):
            self._find(How.KEY_SWAPPED, "the pairing names another key for this log")

    def _date(self, chain: Chain) -> None:
        """Add a finding of an entry whose time steps back in a changed part; elsewhere a notice: clocks are set."""
        if not (back := self.contents.steps_back):
            return
        for index in back:
            if (
                chain.mismatched is not None
                and chain.matched <= index < chain.mismatched
            ):
                text = "it carries an earlier time than the one before, in a part that was changed after it was signed"
                chain.find(How.BACK_DATED, text, index)
                return
        self.verdict.notices.append(
            f"{len(back)} entries carry an earlier time than one before them, the first of them entry {back[0]}: "
            "the clock was set back, or they were backdated before anybody saw them"
        )

    def _confirmed(self, chain: Chain) -> Confirmation | None:
        """Return the largest confirmation by a trusted witness or an anchor."""
        self.seen = [
            confirmed
            for note, checkpoint, where in self._notes
            if 0 < checkpoint.size <= chain.matched
            for confirmed in self._seen_by(note, checkpoint, where)
        ]
        return max(self.seen, key=lambda each: each.size, default=None)

    def _seen_by(
        self, note: SignedNote, checkpoint: TreeHead, where: str
    ) -> Iterable[Confirmation]:
        for witness in self._witnesses(note):
            try:
                at = witness.saw(note)
            except Malformed as error:
                self._find(How.SIGNATURE, str(error), where)
                continue
            if at is not None and witness.is_trusted:
                self.verdict.witnesses.add(witness.key.thumbprint)
                by = f"{witness.called} ({witness.key.thumbprint})"
                yield Confirmation(size=checkpoint.size, by=by, at=at)
        if any(given.note is note for given in self._anchors.checkpoints):
            yield Confirmation(
                size=checkpoint.size,
                by=f"the checkpoint in {printable(where)}",
                at=None,
            )

    def _witnesses(self, note: SignedNote) -> list[LogWitness]:
        mine = [pairing for pairing in self._pairings if pairing.log == self._log.key]
        return [
            *witnesses(mine, self._anchors, self._known),
            *given_witnesses(note, self._anchors),
        ]

    def _find(self, how: How, text: str, where: str | None = None) -> None:
        self.verdict.findings.append(
            AuditFinding(how=how, text=text, file=where or self._log.where)
        )
