"""The report of a verdict: as text and as JSON."""

from collections.abc import Iterator
import json
from typing import Any, Final

from .findings import AuditFinding, Confirmation, LogVerdict, Status, Verdict
from .formats.encoding import printable, say_time

FIRST: Final = {
    Status.VERIFIED: "VERIFIED",
    Status.GAPS: "VERIFIED, WITH GAPS",
    Status.SELF_CONSISTENT: "SELF-CONSISTENT, NOT AUTHENTICATED",
    Status.TAMPERED: "TAMPERED",
    Status.UNUSABLE: "UNUSABLE",
}

WITHOUT_ANCHOR: Final = (
    "It is consistent with itself, but so is a forgery that was made from scratch. Bring the key of each hub in it (in "
    "the invitation link; --hub-key once for each), its witness key, or a checkpoint kept elsewhere: see --help."
)


def for_people(verdict: Verdict) -> str:
    """Return the report as text."""
    return "\n".join(_lines(verdict)) + "\n"


def for_programs(verdict: Verdict) -> str:
    """Return the report as JSON."""
    report = {
        "status": verdict.status.value,
        "what": verdict.what,
        "files": verdict.files,
        "findings": [_finding(each) for each in verdict.findings],
        "gaps": verdict.gaps,
        "notices": verdict.notices,
        "logs": [_log(each) for each in verdict.logs],
        "timings": {
            name: {"seconds": timing.seconds, "count": timing.count}
            for name, timing in verdict.timings.items()
        },
    }
    return json.dumps(report, indent=2) + "\n"


def unusable(why: str, *, as_json: bool) -> str:
    """Return the report of what can't be checked."""
    if as_json:
        return json.dumps({"status": Status.UNUSABLE.value, "why": why}) + "\n"
    return f"{FIRST[Status.UNUSABLE]}: {why}\n"


def _lines(verdict: Verdict) -> Iterator[str]:
    yield FIRST[verdict.status]
    if verdict.files:
        wrong = len(verdict.findings)
        state = f"findings: {wrong}" if wrong else "all as they were signed"
        yield f"{verdict.files} files, {state}"
    for finding in verdict.findings:
        yield f"  {finding}"
    for log in verdict.logs:
        yield from _of_log(log)
    for gap in verdict.gaps:
        yield f"gap: {gap}"
    for notice in verdict.notices:
        yield f"note: {notice}"
    if verdict.status is Status.SELF_CONSISTENT:
        yield WITHOUT_ANCHOR


def _of_log(log: LogVerdict) -> Iterator[str]:
    epoch = f", epoch {log.epoch}" if log.epoch else ""
    erased = f", {log.erased} erased" if log.erased else ""
    yield f"log {log.name}{epoch}: {log.size} entries{erased} ({printable(log.origin)})"
    if log.findings:
        yield f"  first wrong: {log.first()}"
        for finding in log.findings:
            if finding is not log.first():
                yield f"  also wrong: {finding}"
    if log.confirmed is not None:
        yield f"  {_say(log.confirmed)}"
    if log.confirmed is None and not log.findings:
        yield "  self-consistent, not authenticated"
    elif log.unconfirmed > 0:
        first = log.size - log.unconfirmed
        yield f"  unconfirmed: {log.unconfirmed} entries, from entry {first} on: nobody else has seen them yet"
    for gap in log.gaps:
        yield f"  gap: {gap}"
    for notice in log.notices:
        yield f"  note: {notice}"


def _say(confirmed: Confirmation) -> str:
    until = f"up to {say_time(confirmed.at)} " if confirmed.at else ""
    return f"verified {until}by {confirmed.by}: {confirmed.size} entries"


def _log(log: LogVerdict) -> dict[str, Any]:
    confirmed = log.confirmed
    return {
        "log": log.log,
        "epoch": log.epoch,
        "name": log.name,
        "origin": log.origin,
        "status": log.status.value,
        "entries": log.size,
        "erased": log.erased,
        "root": log.root.hex(),
        "confirmed": confirmed
        and {
            "entries": confirmed.size,
            "by": confirmed.by,
            "at": say_time(confirmed.at) if confirmed.at else None,
        },
        "unconfirmed": log.unconfirmed,
        "first_wrong": _finding(log.first()) if log.findings else None,
        "findings": [_finding(each) for each in log.findings],
        "gaps": log.gaps,
        "notices": log.notices,
    }


def _finding(finding: AuditFinding) -> dict[str, Any]:
    return {
        "how": finding.how.value,
        "text": finding.text,
        "file": finding.file,
        "entry": finding.index,
        "last": finding.last,
    }
