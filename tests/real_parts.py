"""Where LATCHSTRING_REQUIRE_REAL_PARTS=1, a test that was skipped has failed.

A camera or a browser that is missing on a developer's machine is no fault; where
everything is there, a skipped test is one that nobody runs.
"""

from collections.abc import Generator
import os
from typing import Final

import pytest

REQUIRED: Final = os.environ.get("LATCHSTRING_REQUIRE_REAL_PARTS") == "1"


def _insist[ReportT: (pytest.TestReport, pytest.CollectReport)](
    report: ReportT,
) -> ReportT:
    if REQUIRED and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be missing: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[
    None, pytest.TestReport, pytest.TestReport
]:
    """Turn the skipping of a test into its failure."""
    return _insist((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[
    None, pytest.CollectReport, pytest.CollectReport
]:
    """Turn the skipping of a whole module into its failure."""
    return _insist((yield))
