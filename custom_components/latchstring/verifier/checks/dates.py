"""The times of cosignatures: plausible beside those of the entries they cover, and that of the export."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from ..findings import Confirmation
from ..formats.encoding import of_milliseconds, read_time, say_time
from ..sources.source import HOUSEHOLD
from .log import LogCheck

APART: Final = timedelta(minutes=5)
"""More than the clock skew that a home accepts of a hub, which is two minutes."""

LATE: Final = timedelta(days=1)
"""A home admits no viewers while a cosignature is overdue for longer than this."""

UNSEEN: Final = timedelta(days=2)
"""Twice the interval at which a connected hub is offered the newest tree, changed or not."""


def check_dates(checks: Iterable[LogCheck], created: str | None) -> None:
    """Add gaps where a cosignature's time is implausible, and where the newest one is long before the export."""
    made = read_time(created) if created else None
    newest: dict[str, LogCheck] = {}
    for each in checks:
        doubts = [
            doubt
            for confirmed in sorted(each.seen, key=lambda seen: seen.size)
            if (doubt := doubtful(confirmed, each.contents.times, made))
        ]
        if doubts:
            others = f" (and {len(doubts) - 1} more)" if len(doubts) > 1 else ""
            each.verdict.gaps.append(doubts[0] + others)
        newest[each.verdict.log] = max(
            newest.get(each.verdict.log, each), each, key=lambda log: log.verdict.epoch
        )
    for log, each in newest.items():
        if log != HOUSEHOLD and made is not None:
            _check_unseen(each, made)


def doubtful(
    seen: Confirmation, times: Mapping[int, int], made: datetime | None = None
) -> str | None:
    """Return why the time of a confirmation is implausible; None if it is not."""
    if seen.at is None:
        return None
    newest, following = (_time(times, seen.size - 1), _time(times, seen.size))
    dated = f"the confirmation of {seen.size} entries is dated {say_time(seen.at)}"
    if newest is not None and seen.at < newest - APART:
        return f"{dated}, before one of them, which is of {say_time(newest)}"
    if following is not None and seen.at > following + LATE:
        return (
            f"{dated}, long after the entry behind them, which is of"
            f" {say_time(following)}"
        )
    if made is not None and seen.at > made + APART:
        return f"{dated}, after the export, which is of {say_time(made)}"
    return None


def _time(times: Mapping[int, int], index: int) -> datetime | None:
    at = times.get(index)
    return None if at is None else of_milliseconds(at)


def _check_unseen(log: LogCheck, made: datetime) -> None:
    """Add a gap if nobody has confirmed the log shortly before it was exported, or before its unpairing."""
    seen, contents = log.verdict.confirmed, log.contents
    if seen is None or seen.at is None:
        return
    until = of_milliseconds(contents.last_at) if contents.is_over else made
    if until - seen.at > UNSEEN:
        log.verdict.gaps.append(
            f"nobody has confirmed it since {say_time(seen.at)}, and it should go on until {say_time(until)}:"
            " what was written in between can have been left out"
        )
