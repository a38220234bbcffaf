"""Checks across the logs of one home: erasures, and what the household's log says of the hub logs."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import attrgetter

from ..findings import MAX_FINDINGS, AuditFinding, How, Verdict
from ..formats.encoding import printable
from ..sources.source import HOUSEHOLD
from .log import LogCheck


def check_erasures(checks: Iterable[LogCheck]) -> None:
    """Check that the household's log has an entry for all that was erased."""
    checks = list(checks)
    household = [each for each in checks if each.verdict.log == HOUSEHOLD]
    written_down = {
        place: count
        for each in household
        for place, count in each.contents.erasures.items()
    }
    # Where the household's log is not here, or lost its own oldest entries, nobody can tell.
    is_telling = household and not any(each.verdict.erased for each in household)
    for each in checks:
        verdict = each.verdict
        if any(finding.how is How.WITHHELD for finding in verdict.findings):
            continue
        known = written_down.get((verdict.log, str(verdict.epoch)), 0)
        if verdict.erased > known and is_telling:
            text = "they were erased, and the household's log does not say so"
            verdict.findings.append(
                AuditFinding(
                    how=How.WITHHELD, text=text, index=known, last=verdict.erased - 1
                )
            )
        elif verdict.erased > known:
            verdict.notices.append(
                f"{verdict.erased} entries were erased; what the household's log says about that is not here"
            )


def check_named(
    verdict: Verdict, checks: Iterable[LogCheck], named: Mapping[tuple[str, int], int]
) -> None:
    """Check that the hub logs have what the household's log says of them: both were written in one transaction.

    `named` is how many entries of each epoch of a hub log it implies. Logs that are known to have lost entries are
    skipped: that is in their verdict already.
    """
    checks = list(checks)
    logs = {
        log: list(epochs)
        for log, epochs in groupby(
            sorted(checks, key=attrgetter("verdict.log", "verdict.epoch")),
            key=attrgetter("verdict.log"),
        )
    }
    household = logs.pop(HOUSEHOLD, [])
    _check_lengths(logs, named)
    for each in household:
        _check_sessions(logs, each)
    spoken_of = {log for log, _ in named} | {
        log for each in household for log, _ in each.contents.sessions
    }
    verdict.gaps += [
        f"the household's log speaks of the log {printable(log)}, which is not here"
        for log in sorted(spoken_of - logs.keys())
    ]


def _check_lengths(
    logs: Mapping[str, list[LogCheck]], named: Mapping[tuple[str, int], int]
) -> None:
    for (log, epoch), length in named.items():
        epochs = logs.get(log, [])
        if not epochs or any(each.verdict.has_lost_entries for each in epochs):
            continue
        newest = epochs[-1].verdict
        its = next(
            (each.verdict for each in epochs if each.verdict.epoch == epoch), None
        )
        if its is not None and length > its.size:
            text = "the record ends before them, although the household's log speaks of them: they were cut off"
            its.findings.append(
                AuditFinding(
                    how=How.OLD_STATE, text=text, index=its.size, last=length - 1
                )
            )
        elif its is None and epoch > newest.epoch:
            text = f"the household's log speaks of its epoch {printable(epoch)}, which is not here: it was left out"
            newest.findings.append(AuditFinding(how=How.OLD_STATE, text=text))


def _check_sessions(logs: Mapping[str, list[LogCheck]], household: LogCheck) -> None:
    """Find the sessions that were allowed or cut by the household's log, and are missing in the hub log."""
    for (log, session), (index, at) in household.contents.sessions.items():
        epochs = logs.get(log, [])
        if not epochs or any(
            each.contents.knows(session)
            or _may_have_held(each, at, misdated=index < household.contents.confirmed)
            for each in epochs
        ):
            continue
        findings = epochs[-1].verdict.findings
        if len(findings) < MAX_FINDINGS:
            text = (
                f"the session {printable(session)} is not in it,"
                f" of which entry {index} of the household's log speaks"
            )
            findings.append(AuditFinding(how=How.MISSING, text=text))


def _may_have_held(log: LogCheck, at: int, *, misdated: bool = False) -> bool:
    """Return whether an entry of this time may be among those that the epoch has lost, or that were erased.

    `misdated`: the clock was confirmed only after it, so its time may be any.
    """
    first = log.contents.first_at
    is_older = misdated or first is None or at <= first
    is_erased = log.verdict.erased > 0 and is_older
    return log.verdict.has_lost_entries or is_erased
