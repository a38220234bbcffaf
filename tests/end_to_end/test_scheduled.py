"""The hours of the demo's schedule, whenever it is played."""

from datetime import datetime, timedelta

import pytest

from .scheduled import hours

SATURDAY = datetime(2026, 11, 21, 23, 59, 50)  # noqa: DTZ001 - a schedule has no zone


@pytest.mark.parametrize(
    ("begin", "week"),
    [
        (
            SATURDAY - timedelta(minutes=1),
            {"saturday": [{"from": "23:58:50", "to": "23:59:05"}]},
        ),
        (
            SATURDAY,
            {
                "saturday": [{"from": "23:59:50", "to": "24:00:00"}],
                "sunday": [{"from": "00:00:00", "to": "00:00:05"}],
            },
        ),
        (
            SATURDAY - timedelta(seconds=5),
            {"saturday": [{"from": "23:59:45", "to": "24:00:00"}]},
        ),
    ],
)
def test_hours_over_midnight_stand_on_both_days(
    begin: datetime, week: dict[str, list[dict[str, str]]]
) -> None:
    assert dict(hours(begin, begin + timedelta(seconds=15))) == week
