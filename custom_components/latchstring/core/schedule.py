"""Weekly schedules as windows of time."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from .model import Window

type Hours = tuple[time, time]
"""From one time of day to another of the same day; `time.max` means midnight."""


def windows_of(
    week: Sequence[Sequence[Hours]], *, zone: tzinfo, at: datetime, days: int
) -> tuple[Window, ...]:
    """Return the windows (UTC) from yesterday to `days` days ahead, merged where they touch.

    `week` has the hours of each day from Monday on. Hours that a change to summer time skips are left out.
    """
    today = at.astimezone(zone).date()
    dates = [today + timedelta(days=day) for day in range(-1, days + 1)]
    return tuple(
        _merged(
            window
            for each in dates
            for hours in week[each.weekday()]
            if (window := _on(each, hours, zone)) is not None
        )
    )


def _on(day: date, hours: Hours, zone: tzinfo) -> Window | None:
    start, end = hours
    begins = datetime.combine(day, start, zone).astimezone(UTC)
    if end == time.max:
        day, end = day + timedelta(days=1), time.min
    ends = _end(datetime.combine(day, end, zone))
    return Window(start=begins, end=ends) if begins < ends else None


def _end(local: datetime) -> datetime:
    """Return the time (UTC) of a time of day; of one that a change to summer time skips, the time of the change."""
    moment, earliest = local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
    after = moment.astimezone(local.tzinfo).utcoffset()
    while earliest < moment and earliest.astimezone(local.tzinfo).utcoffset() != after:
        earliest += timedelta(minutes=1)
    return min(moment, earliest)


def _merged(windows: Iterable[Window]) -> list[Window]:
    merged: list[Window] = []
    for window in sorted(windows, key=lambda each: each.start):
        if merged and window.start <= merged[-1].end:
            end = max(window.end, merged[-1].end)
            merged[-1] = Window(start=merged[-1].start, end=end)
        else:
            merged.append(window)
    return merged
