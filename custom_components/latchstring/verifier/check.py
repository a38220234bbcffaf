"""The check of an export, one entry, or the record's file: which of them it is, and all that it must meet."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .checks.across_logs import check_erasures, check_named
from .checks.commitments import Commitments
from .checks.dates import check_dates
from .checks.entry import MAX_BYTES, check_entry
from .checks.epochs import check_epochs
from .checks.log import LogCheck
from .checks.trust import Anchors
from .findings import AuditFinding, How, LogVerdict, Verdict
from .formats.encoding import Malformed, printable
from .sources.database import Database, database, is_database
from .sources.export import LOG_FILE, LOG_FILES, log_files, read_log
from .sources.files import Files, files_at
from .sources.manifest import (
    MANIFEST,
    READ_ERRORS,
    Manifest,
    changed_files,
    read_manifest,
)
from .sources.source import HOUSEHOLD, LogRows, Unusable

WITHOUT_HOME: Final = "check it without --home-key"
INSTEAD: Final = (
    "bring the hub's witness key as a JWK, or an export, which contains the pairing"
)


@dataclass(frozen=True)
class CheckOptions:
    """Options of a check: the trust anchors, and whether each signature of a hub within entries is verified."""

    anchors: Anchors
    tokens: bool = True


def check(path: Path, options: CheckOptions) -> Verdict:
    """Return the verdict on a file or folder; Unusable for what Latchstring did not write."""
    try:
        if path.is_file() and is_database(path):
            with database(path) as record:
                return _with_missing_anchors(_check_record(record, options), options)
        if path.suffix == ".json":
            if options.anchors.homes:
                raise Unusable(f"one entry is not signed by the home: {WITHOUT_HOME}")
            return check_entry(_read(path), options.anchors)
        with files_at(path) as files:
            return _with_missing_anchors(_check_export(files, options), options)
    except OSError as error:
        raise Unusable(f"it cannot be read: {error.strerror or error}") from error


def _read(path: Path) -> bytes:
    """Read a file, up to one byte more than an entry may have."""
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _check_export(files: Files, options: CheckOptions) -> Verdict:
    verdict = Verdict(what="export")
    if MANIFEST not in files.names():
        raise Unusable(f"there is no {MANIFEST} in it")
    manifest = _check_files(files, verdict, options.anchors)
    logs = list(_logs(files, verdict))
    if manifest is not None:
        _check_household_key(logs, manifest, verdict)
    _check_logs(verdict, logs, options, made=manifest.created if manifest else None)
    if manifest is not None:
        _note_unchecked(manifest, verdict)
    return verdict


def _check_files(files: Files, verdict: Verdict, anchors: Anchors) -> Manifest | None:
    try:
        manifest = read_manifest(files)
    except (Malformed, *READ_ERRORS) as error:
        verdict.findings.append(
            AuditFinding(how=How.MANIFEST, text=str(error), file=MANIFEST)
        )
        return None
    verdict.files = len(manifest.files)
    verdict.findings += changed_files(files, manifest)
    if anchors.homes and manifest.key.thumbprint not in anchors.homes:
        text = "it is not signed by the home whose key was given"
        verdict.findings.append(
            AuditFinding(how=How.KEY_SWAPPED, text=text, file=MANIFEST)
        )
    return manifest


def _logs(files: Files, verdict: Verdict) -> Iterable[LogRows]:
    for name in log_files(files):
        try:
            yield read_log(files, name)
        except (Malformed, *READ_ERRORS) as error:
            verdict.findings.append(
                AuditFinding(
                    how=How.EDITED, text=f"it cannot be read: {error}", file=name
                )
            )


def _household(logs: Iterable[LogRows]) -> LogRows | None:
    """Return the newest epoch of the household's log."""
    epochs = [log for log in logs if log.log == HOUSEHOLD]
    return max(epochs, key=lambda log: log.epoch, default=None)


def _check_household_key(
    logs: list[LogRows], manifest: Manifest, verdict: Verdict
) -> None:
    newest = _household(logs)
    if newest is not None and newest.key != manifest.key:
        text = "the manifest is signed by a different key than the household's log"
        verdict.findings.append(
            AuditFinding(how=How.KEY_SWAPPED, text=text, file=newest.where)
        )


def _note_unchecked(manifest: Manifest, verdict: Verdict) -> None:
    """Add a notice of the files that only the manifest vouches for: nothing in the entries was compared with them."""
    agreed = {f"agreements/{each}.json" for log in verdict.logs for each in log.agreed}
    read = {
        f"{name.removesuffix('log.json')}{each}"
        for name in manifest.files
        if LOG_FILE.fullmatch(name)
        for each in LOG_FILES
    }
    if unchecked := sorted(manifest.files.keys() - agreed - read):
        text = "signed by the home, but not compared with the entries: "
        verdict.notices.append(text + ", ".join(map(printable, unchecked)))


def _check_record(record: Database, options: CheckOptions) -> Verdict:
    """Check the logs of the record's file, and that its index columns are those of each entry's session."""
    verdict = Verdict(what="record")
    household, homes = _household(record.logs), options.anchors.homes
    if homes and (household is None or household.key.thumbprint not in homes):
        text = "the household's log is not that of the home whose key was given"
        verdict.findings.append(AuditFinding(how=How.KEY_SWAPPED, text=text))
    _check_logs(verdict, record.logs, options)
    for text in record.faults():
        verdict.findings.append(AuditFinding(how=How.EDITED, text=text))
    found = {(log.log, log.epoch): log for log in verdict.logs}
    try:
        astray = record.astray()
    except Malformed as error:
        verdict.findings.append(AuditFinding(how=How.EDITED, text=str(error)))
        return verdict
    for log, epoch, index in astray:
        text = "the file lists it under a different camera or viewer than the session it belongs to"
        found[log, epoch].findings.append(
            AuditFinding(how=How.EDITED, text=text, index=index)
        )
    return verdict


def _check_logs(
    verdict: Verdict,
    logs: Iterable[LogRows],
    options: CheckOptions,
    *,
    made: str | None = None,
) -> None:
    commitments = Commitments()
    checks = [
        LogCheck(
            log, options.anchors, commitments, verdict.timings, tokens=options.tokens
        )
        # The household's log comes last: it opens the commitments of the others.
        for log in sorted(logs, key=lambda log: log.log == HOUSEHOLD)
    ]
    for each in checks:
        verdict.logs.append(each.check())
        commitments.add(each.verdict)
    commitments.end([log for log in verdict.logs if log.log == HOUSEHOLD])
    check_epochs(checks)
    check_named(verdict, checks, commitments.named)
    check_dates(checks, made)
    check_erasures(checks)


def _with_missing_anchors(verdict: Verdict, options: CheckOptions) -> Verdict:
    """Add a finding for each trust anchor that is in no log: a log left out or replaced leaves no other trace."""
    origins = {log.origin for log in verdict.logs}
    for given in options.anchors.checkpoints:
        if given.checkpoint.origin not in origins:
            text = f"the log of the checkpoint in {printable(given.source)} is not here"
            verdict.findings.append(AuditFinding(how=How.MISSING, text=text))
    anchors = options.anchors
    hubs = {hub for log in verdict.logs for hub in log.hubs}
    witnesses = {witness for log in verdict.logs for witness in log.witnesses}
    for whose, missing in (
        ("the hub", anchors.hubs - hubs),
        ("the witness", anchors.witnesses.keys() - witnesses),
    ):
        for key in sorted(missing):
            text = f"no log here belongs to {whose} {printable(key)}"
            if any(map(_lost_its_pairing, verdict.logs)):
                verdict.notices.append(f"{text}, or its pairing was erased: {INSTEAD}")
                verdict.lacks_somebody = True
            else:
                text += ": it was left out, or its key was swapped"
                verdict.findings.append(AuditFinding(how=How.KEY_SWAPPED, text=text))
    return verdict


def _lost_its_pairing(log: LogVerdict) -> bool:
    return log.log != HOUSEHOLD and log.erased > 0 and not log.hubs
