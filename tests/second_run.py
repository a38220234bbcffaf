"""A test that fails is run once more, alone, at the end.

Failing twice is red. Passing alone is *unsteady*: it is printed with both outputs, and a fault to find. A run stays
green with two of those at most, and with none of what closes: gate, cut, record and relay have to hold on a busy
machine too. Where LATCHSTRING_UNSTEADY names a file, the runs that share it count as one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
import os
from pathlib import Path
import re
import subprocess
import sys
from typing import Final

from _pytest.terminal import TerminalReporter
import pytest

MOST_UNSTEADY: Final = 2
MOST_ALONE: Final = 10
"""More than these are not run again: whatever they would do alone, the run is red."""
PATIENCE: Final = 600

PASSED: Final = re.compile(r"^=+ .*\b\d+ passed\b", re.MULTILINE)
"""How the last line of a test says that it ran: one that skipped itself has not passed."""

DIED: Final = "???"
"""When a test failed whose worker died in it, as xdist reports it."""

IS_SECOND: Final = "LATCHSTRING_SECOND_RUN"
SHARED: Final = "LATCHSTRING_UNSTEADY"

MAY_BE_UNSTEADY: Final = (
    # the counterparts and the repository, in which nothing of ours opens or closes
    "tests/cameras/",
    "tests/reference_hub/",
    "tests/repository/",
    "tests/test_browser.py",
    # dialogs, words and pages
    "tests/end_to_end/test_hostile_text.py",
    "tests/end_to_end/test_main.py",
    "tests/end_to_end/test_screen.py",
    "tests/end_to_end/test_trying.py",
    "tests/end_to_end/test_unsafe_text.py",
    "tests/ha/actions/test_blueprints.py",
    "tests/ha/test_diagnostics.py",
    "tests/ha/tracking/test_disguises.py",
    "tests/ha/notifications/test_notifications.py",
    "tests/ha/flows/test_options_flow.py",
    "tests/ha/flows/test_own_entities_flow.py",
    "tests/ha/flows/test_pairing_flow.py",
    "tests/ha/flows/test_reauth.py",
    "tests/ha/flows/test_rules_flow.py",
    "tests/ha/flows/test_share_flow.py",
    "tests/ha/test_system_health.py",
    "tests/ha/test_words.py",
)
"""How the ids of the tests begin that are not about gate, cut, record or relay. What is not named here is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsteady:
    """A test that failed beside others and passed alone, with what it printed each time."""

    nodeid: str
    beside_others: str
    alone: str


class SecondRun:
    """Collects what fails in the process that reports, and runs it again when all else is done."""

    def __init__(self, reporter: TerminalReporter) -> None:
        self._reporter = reporter
        self._failed: dict[str, list[pytest.TestReport]] = {}
        self._unsteady: list[Unsteady] = []
        self._is_whole = True
        self._why_red = ""

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note that there is what cannot even be read."""
        self._is_whole = self._is_whole and not report.failed

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what fails, in its set-up and after it too. Of a worker that died, nobody knows what died with it."""
        self._is_whole = self._is_whole and str(report.when) != DIED
        if report.failed:
            self._failed.setdefault(report.nodeid, []).append(report)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Run again what failed. The run is green if all that failed is unsteady, and that is not too much."""
        has_ended = (
            session.exitstatus == pytest.ExitCode.TESTS_FAILED
            and not session.shouldfail  # `-x`: what comes after it never ran
        )
        if not (has_ended and 0 < len(self._failed) <= MOST_ALONE):
            return
        self._unsteady = [*self._passing_alone(session.config.rootpath)]
        self._move_in_the_summary()
        self._why_red = why_red(_counted(each.nodeid for each in self._unsteady))
        is_all = self._is_whole and len(self._unsteady) == len(self._failed)
        if is_all and not self._why_red:
            session.exitstatus = pytest.ExitCode.OK

    def _passing_alone(self, root: Path) -> Iterator[Unsteady]:
        for nodeid, reports in self._failed.items():
            self._reporter.write_line(f"\nonce more, alone: {nodeid}")
            done = alone(nodeid, root)
            if done.returncode == 0 and PASSED.search(done.stdout):
                yield Unsteady(
                    nodeid=nodeid,
                    beside_others="\n".join(map(_told, reports)),
                    alone=done.stdout,
                )
            else:
                self._reporter.write_line(done.stdout)

    def _move_in_the_summary(self) -> None:
        """Count apart what is unsteady, so that the last line says what was."""
        unsteady = {each.nodeid for each in self._unsteady}
        stats = self._reporter.stats
        for kind in ("failed", "error"):
            reports = stats.pop(kind, [])
            moved = [each for each in reports if each.nodeid in unsteady]
            if kept := [each for each in reports if each not in moved]:
                stats[kind] = kept
            if moved:
                stats.setdefault("unsteady", []).extend(moved)

    def pytest_terminal_summary(self) -> None:
        """Print what is unsteady with both its outputs, and why that is red where it is."""
        for each in self._unsteady:
            self._reporter.section(f"UNSTEADY {each.nodeid}", yellow=True)
            self._reporter.write_line(f"beside others it failed:\n{each.beside_others}")
            self._reporter.write_line(f"alone it passed:\n{each.alone}")
        if self._unsteady:
            self._reporter.section("unsteady: each a fault to find", yellow=True)
            for each in self._unsteady:
                self._reporter.write_line(each.nodeid)
        if self._why_red:
            self._reporter.write_line(f"red: {self._why_red}", red=True)


def alone(nodeid: str, root: Path) -> subprocess.CompletedProcess[str]:
    """Run one test in a process of its own, with all that it prints. What does not end has failed."""
    command = [sys.executable, "-m", "pytest", "-n", "0", "-rA", "--color=no", nodeid]
    try:
        return subprocess.run(
            command,
            cwd=root,
            env={**os.environ, IS_SECOND: "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        return subprocess.CompletedProcess(command, returncode=1, stdout=str(late))


def why_red(unsteady: Iterable[str]) -> str:
    """Say why a run is red though each of these passed alone; nothing if it is not."""
    unsteady = [*unsteady]
    if steady := [each for each in unsteady if not each.startswith(MAY_BE_UNSTEADY)]:
        return f"gate, cut, record and relay are never unsteady: {', '.join(steady)}"
    if len(unsteady) > MOST_UNSTEADY:
        return f"{len(unsteady)} tests are unsteady, more than {MOST_UNSTEADY}"
    return ""


def _counted(unsteady: Iterable[str]) -> list[str]:
    """Return these together with those of the runs before that share a file."""
    if not (shared := os.environ.get(SHARED)):
        return [*unsteady]
    with Path(shared).open("a+") as file:
        file.writelines(f"{each}\n" for each in unsteady)
        file.seek(0)
        return file.read().splitlines()


def _told(report: pytest.TestReport) -> str:
    sections = [f"-- {name} --\n{text}" for name, text in report.sections]
    return "\n".join([f"-- {report.when} --", report.longreprtext, *sections])


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Look only where all reports arrive, and not while a test is run alone."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    is_worker = hasattr(config, "workerinput")
    if reporter is not None and not is_worker and IS_SECOND not in os.environ:
        config.pluginmanager.register(SecondRun(reporter), "second_run")
