"""What the logs of one home say of each other."""

from collections.abc import Iterable

from .findings import Finding, How
from .log import LogCheck
from .source import HOUSEHOLD


def check_erasures(checks: Iterable[LogCheck]) -> None:
    """See that the household's log says of everything that was erased that it was."""
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
                Finding(
                    how=How.WITHHELD, text=text, index=known, last=verdict.erased - 1
                )
            )
        elif verdict.erased > known:
            verdict.notices.append(
                f"{verdict.erased} entries were erased; what the household's log says about that is not here"
            )
