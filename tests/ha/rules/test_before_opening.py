"""Nothing that came in before a camera was opened is sent, whatever opened it, although its connection was kept.

Somebody at home looks at the camera all the time, so there is always a keyframe at hand.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from homeassistant.core import Context
import pytest

from custom_components.latchstring.household.household import HOUSEHOLD_KEY
from custom_components.latchstring.relay import (
    CameraStream,
    ConsentedStream,
    Fragment,
    VideoFormat,
)
from tests.cameras import Cameras, serve
from tests.ha.front_door import DOMAIN
from tests.ha.watching import turn_off, turn_on
from tests.reference_hub import Viewer
from tests.relay.boxes import samples, whole

from . import entities
from .house import PORCH, House, share_of
from .test_schedules import local

GUESTS: Final = "input_boolean.guests"
DOOR: Final = "binary_sensor.door"
MORE: Final = 3


@pytest.fixture
async def served() -> AsyncIterator[Cameras]:
    """Cameras of which no picture is like another."""
    async with serve() as cameras:
        yield cameras


@dataclass(slots=True)
class Onlooker:
    """Sees every picture when it comes in."""

    stream: CameraStream
    seen: dict[tuple[bytes, ...], float] = field(default_factory=dict)
    since_keyframe: int = 0
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self, video: VideoFormat) -> None:
        """Take any format."""

    def feed(self, fragment: Fragment) -> None:
        """Note the picture, and when it came."""
        (sample,) = samples(fragment.data)
        self.seen[sample.units] = asyncio.get_running_loop().time()
        self.since_keyframe = 0 if fragment.keyframe else self.since_keyframe + 1
        self._more.set()

    async def sees_another_keyframe(self) -> None:
        """Wait until a keyframe and some pictures after it have come."""
        for pictures in (0, MORE):
            while self.since_keyframe != pictures:
                self._more.clear()
                async with asyncio.timeout(30):
                    await self._more.wait()


@pytest.fixture
async def onlooker(house: House) -> AsyncIterator[Onlooker]:
    """Somebody at home who looks at the porch."""
    camera = share_of(house.entry, PORCH).data["camera"]
    consented: ConsentedStream = house.hass.data[HOUSEHOLD_KEY].cameras.source(
        camera, ""
    )
    onlooker = Onlooker(consented.stream)
    onlooker.stream.attach(onlooker, lambda: True)
    yield onlooker
    onlooker.stream.detach(onlooker)


type Step = Callable[[House], Awaitable[None]]


def turns(on: bool, key: str, label: str | None = PORCH) -> Step:  # noqa: FBT001 - on or off is what it says
    """Turn one of our switches."""

    async def turn(house: House) -> None:
        await (turn_on if on else turn_off)(
            house.hass, house.entity(key, label), user=house.owner
        )

    return turn


def says(entity_id: str, *states: str) -> Step:
    """Let an entity say these states."""

    async def say(house: House) -> None:
        for state in states:
            await house.says(entity_id, state)

    return say


def rules(**rules: object) -> Step:
    """Let the porch have these rules."""
    return lambda house: house.set_rules(PORCH, **rules)


def passes(**length: float) -> Step:
    """Let time pass."""
    return lambda house: house.clock.passes(**length)


def is_set(**ahead: float) -> Step:
    """Set the clock on the wall."""
    return lambda house: house.clock.is_set(**ahead)


async def names_guests(house: House) -> None:
    """Let nothing open while there are guests."""
    await house.says(GUESTS, "off")
    await house.set_rules(
        openings=["always"], never=[{"entity": GUESTS, "clear": ["off"]}]
    )


async def names_a_door(house: House) -> None:
    """Let an open door open the porch."""
    await house.says(DOOR, "off")
    await house.set_rules(openings=["alarm"], alarms=[DOOR])
    await house.says(DOOR, "on")


async def names_hours(house: House) -> None:
    """Let the porch be seen at noon and at one."""
    hours = entities.every_day(("12:00:00", "12:30:00"), ("13:00:00", "13:30:00"))
    key = await entities.schedule(house.hass, hours)
    await house.set_rules(openings=["schedule"], schedule=key)
    await house.clock.comes_to(local(house, 0, 12))


async def hours_precede_the_week(house: House) -> None:
    """Let the schedule be on a minute before its week says so: then time alone opens it."""
    await house.clock.comes_to(local(house, 0, 13) - timedelta(minutes=1))
    await house.says("schedule.hours", "on")
    assert not house.can_be_seen()


async def needs_a_review(house: House) -> None:
    """Let this home come out of a backup."""
    house.hass.data[HOUSEHOLD_KEY].require_review()
    await house.hass.async_block_till_done()


async def is_reviewed(house: House) -> None:
    """Let the owner review what came out of it."""
    await house.hass.data[HOUSEHOLD_KEY].async_reviewed()
    await house.hass.async_block_till_done()


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What opens the porch, closes it, and opens it again."""

    prepare: Step
    close: Step
    reopen: Step


WAYS: Final[Mapping[str, Way]] = {
    "its switch": Way(
        prepare=rules(openings=["always"]),
        close=turns(False, "sharing"),
        reopen=turns(True, "sharing"),
    ),
    "the hub's switch": Way(
        prepare=rules(openings=["always"]),
        close=turns(False, "hub_sharing", None),
        reopen=turns(True, "hub_sharing", None),
    ),
    "its rules": Way(
        prepare=rules(openings=["always"]),
        close=rules(openings=[]),
        reopen=rules(openings=["always"]),
    ),
    "never": Way(
        prepare=names_guests, close=says(GUESTS, "on"), reopen=says(GUESTS, "off")
    ),
    "alarm": Way(
        prepare=names_a_door,
        close=passes(minutes=15),
        reopen=says(DOOR, "off", "on"),
    ),
    "share now": Way(
        prepare=turns(True, "share_now"),
        close=passes(minutes=15),
        reopen=turns(True, "share_now"),
    ),
    "share now, by hand": Way(
        prepare=turns(True, "share_now"),
        close=turns(False, "share_now"),
        reopen=turns(True, "share_now"),
    ),
    "schedule": Way(
        prepare=names_hours, close=passes(minutes=30), reopen=passes(minutes=30)
    ),
    "schedule's state": Way(
        prepare=names_hours,
        close=says("schedule.hours", "off"),
        reopen=says("schedule.hours", "on"),
    ),
    "time alone": Way(
        prepare=names_hours, close=hours_precede_the_week, reopen=passes(minutes=1)
    ),
    "clock": Way(
        prepare=rules(openings=["always"]),
        close=is_set(days=-3650),
        reopen=is_set(days=3650),
    ),
    "restored": Way(
        prepare=rules(openings=["always"]), close=needs_a_review, reopen=is_reviewed
    ),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_nothing_from_before_the_opening_is_sent(
    house: House, onlooker: Onlooker, way: Way
) -> None:
    await way.prepare(house)
    await house.watch()
    await way.close(house)
    assert await house.refuses()
    await onlooker.sees_another_keyframe()
    opens = asyncio.get_running_loop().time()

    await way.reopen(house)

    opened = await house.watch()
    capture = house.hub.seen(opened.carried_by).capture
    assert capture is not None
    sent = [each.units for each in samples(whole(capture))]
    assert sent
    assert all(onlooker.seen[each] >= opens for each in sent)


async def test_a_keyframe_of_this_opening_is_sent_at_once(
    house: House, onlooker: Onlooker
) -> None:
    await house.set_rules(openings=["always"])
    await onlooker.sees_another_keyframe()
    before = len(onlooker.seen)

    opened = await house.watch()

    capture = house.hub.seen(opened.carried_by).capture
    assert capture is not None
    first = samples(whole(capture))[0].units
    assert [*onlooker.seen].index(first) < before


async def test_whom_an_approval_lets_in_is_sent_nothing_from_before_they_came(
    house: House, onlooker: Onlooker
) -> None:
    await house.set_rules(openings=["approval"])
    await house.hub.home_admits()
    viewer = Viewer(officer="Officer J. Doe")
    request, _ = await house.hub.ask_to_watch(house.camera()["camera"], viewer=viewer)
    await house.hass.async_block_till_done()
    await house.hass.services.async_call(
        DOMAIN,
        "allow_request",
        {"request": request},
        blocking=True,
        context=Context(user_id=house.owner),
    )
    await onlooker.sees_another_keyframe()
    comes = asyncio.get_running_loop().time()

    opened = await house.watch(officer=viewer.officer)

    capture = house.hub.seen(opened.carried_by).capture
    assert capture is not None
    sent = [each.units for each in samples(whole(capture))]
    assert all(onlooker.seen[each] >= comes for each in sent)
