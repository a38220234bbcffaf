"""A schedule opens a camera and closes it, at the very seconds that were explained before."""

import asyncio
from calendar import Day
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from .choices import change, only_when
from .promise import promise
from .telling import (
    A_MOMENT_MS,
    FRONT_DOOR,
    Telling,
    label,
    moment,
    monotonic,
    on_each_side,
    sharing,
    viewable,
)

NAME: Final = "Night watch"
SCHEDULE: Final = "schedule.night_watch"
DAYS: Final = tuple(day.name.lower() for day in Day)
BEGINS_IN: Final = timedelta(seconds=10)
LASTS: Final = timedelta(seconds=15)
"""Long enough for a busy machine to explain it before it begins, and to watch before it ends."""


class Scheduled(Telling):
    """A part in which the hours are set so that they come soon."""

    async def play(self) -> None:
        """Set the hours, have them explained, and see them come and go."""
        schedule = await self._choose()
        begin, end = await self._set_hours(schedule)
        await self._explained_ahead(begin, end)
        await self._come_and_go(begin, end)

    async def _choose(self) -> str:
        """Let a schedule without hours open the front door; give its id."""
        made = await self.client.command("schedule/create", name=NAME)
        await self.client.state(SCHEDULE, "off")
        await change(
            self.stage,
            label(FRONT_DOOR),
            **only_when("schedule"),
            schedule={"schedule": SCHEDULE},
        )
        await self.client.call("switch.turn_on", sharing(FRONT_DOOR))
        await self.client.until(
            viewable(FRONT_DOOR), lambda now: now["a"]["reason"] == "no_opening"
        )
        await self.keeps_out(FRONT_DOOR, "no_opening")
        self.tell(f"front door set to the schedule '{NAME}', and turned on: refused")
        return str(made["id"])

    async def _set_hours(self, schedule: str) -> tuple[float, float]:
        """Let the schedule begin and end soon; give when, by the wall clock."""
        zone = ZoneInfo((await self.client.command("get_config"))["time_zone"])
        begin = (datetime.now(zone) + BEGINS_IN).replace(microsecond=0)
        end = begin + LASTS
        await self.client.command(
            "schedule/update",
            schedule_id=schedule,
            name=NAME,
            **dict(hours(begin, end)),
        )
        return begin.timestamp(), end.timestamp()

    async def _explained_ahead(self, begin: float, end: float) -> None:
        """Ask what will be, before it is."""
        told = await self._window()
        promise(
            (moment(told["start"]), moment(told["end"])) == (begin, end),
            f"the hours are explained as they were set: {told}",
        )
        for at in (begin, end - 1):
            then = await self.explained(FRONT_DOOR, at)
            promise(
                (then["reason"], moment(then["until"])) == ("schedule", end),
                f"it is open until the end of the hours at {of_day(at)}: {then}",
            )
        then = await self.explained(FRONT_DOOR, end)
        promise(then["reason"] == "no_opening", f"it is closed at their end: {then}")
        self.tell(
            f"explain: the hub could see the front door from {of_day(begin)} to {of_day(end)} "
            f"({told['words']}), and not after"
        )

    async def _window(self) -> dict[str, Any]:
        """Wait until the house has read the new hours, and give what it says of them."""
        async with asyncio.timeout(30):
            while True:
                for window in (await self.explained(FRONT_DOOR))["windows"]:
                    if window["reason"] == "schedule":
                        return dict(window)
                await asyncio.sleep(0.1)

    async def _come_and_go(self, begin: float, end: float) -> None:
        turned = await self.client.state(viewable(FRONT_DOOR), "on")
        promise(
            (turned["a"]["reason"], moment(turned["a"]["until"])) == ("schedule", end),
            f"it opens by what was explained: {turned}",
        )
        late = (turned["lc"] - begin) * 1000
        promise(0 <= late < A_MOMENT_MS, f"it opens then, not {late:.0f} ms later")
        await self.hub.camera_is("open", label(FRONT_DOOR))
        opened = await self.lets_in(FRONT_DOOR, "schedule")
        self.tell(f"schedule begins: open {late:.1f} ms later, and watched")
        turned = await self.client.state(viewable(FRONT_DOOR), "off")
        promise(turned["lc"] >= end, "it is open as long as was explained")
        after = await self.cut(opened, monotonic(end))
        await self.keeps_out(FRONT_DOOR, "no_opening")
        self.tell(
            f"schedule ends: the hub's last byte came {on_each_side(after, 'that second')}; refused again"
        )


def hours(begin: datetime, end: datetime) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Give the days of a schedule from one moment to another less than a day later, as Home Assistant writes them."""
    if begin.date() == end.date():
        yield DAYS[begin.weekday()], [{"from": f"{begin:%T}", "to": f"{end:%T}"}]
        return
    yield DAYS[begin.weekday()], [{"from": f"{begin:%T}", "to": "24:00:00"}]
    if end.time() != time.min:
        yield DAYS[end.weekday()], [{"from": "00:00:00", "to": f"{end:%T}"}]


def of_day(at: float) -> str:
    """Give the time of day that this machine's clock shows at a moment."""
    return f"{datetime.fromtimestamp(at).astimezone():%T}"
