"""What turns many shares at once, and the sessions that it cuts."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.end_to_end.house import ALARM, GUESTS
from tests.reference_hub import Opened, ReferenceHub

from .home import Home

PATIENCE: Final = 45.0
"""Seconds after which what is not shown yet is counted as never shown."""

SESSIONS: Final = ("first session", "last session")
"""Who watches: through the first share of the first hub, and through the last share of the last."""

type Counts = Mapping[str, Any]
"""What the probe counted."""


class NothingFlowed(Exception):
    """A run in which there was nothing to cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """An action on one entity, and what it makes of every camera; `cuts`: two of them are watched until then."""

    words: str
    action: str
    viewable: str
    cuts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """Rules by which all shares name one entity, its actions and states until it is ready, and its turns in order."""

    words: str
    rules: Callable[[Home], Awaitable[None]]
    entity_id: str
    ready: Mapping[str, str]
    turns: Sequence[Turn]


STORMS: Final = (
    Storm(
        words="never while there are guests",
        rules=Home.never_while_guests,
        entity_id=GUESTS,
        ready={"input_boolean.turn_off": "off"},
        turns=(
            Turn(
                words="guests come",
                action="input_boolean.turn_on",
                viewable="off",
                cuts=True,
            ),
            Turn(
                words="guests leave",
                action="input_boolean.turn_off",
                viewable="on",
            ),
        ),
    ),
    Storm(
        words="only by the alarm",
        rules=Home.only_by_alarm,
        entity_id=ALARM,
        ready={
            "alarm_control_panel.alarm_disarm": "disarmed",
            "alarm_control_panel.alarm_arm_away": "armed_away",
        },
        turns=(
            Turn(
                words="the alarm goes off",
                action="alarm_control_panel.alarm_trigger",
                viewable="on",
            ),
            Turn(
                words="the alarm is disarmed",
                action="alarm_control_panel.alarm_disarm",
                viewable="off",
                cuts=True,
            ),
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """What followed from one turn.

    `last_writes` says when the last byte of each session it cut was written, in ms after the change or, below zero,
    before it. After its upload is `cut`, none can be.
    """

    counts: Counts
    last_writes: Mapping[str, float]

    def cut(self, what: str) -> float:
        """Return a count at the last of the cuts, in ms; an upload that never was cut counts as cut very late."""
        cuts = self.counts[what]
        return max(cuts) if len(cuts) == len(SESSIONS) else PATIENCE * 1000


async def run(home: Home, storm: Storm) -> dict[str, Turned]:
    """Turn everything once there and back. Raises NothingFlowed where nobody could watch, or TimeoutError."""
    for action, state in storm.ready.items():
        await home.house.client.call(action, storm.entity_id)
        await home.house.client.state(storm.entity_id, state)
    return {each.words: await _turn(home, storm, each) for each in storm.turns}


async def _turn(home: Home, storm: Storm, each: Turn) -> Turned:
    watched = await _watched(home) if each.cuts else {}
    counts = await home.probe(
        "turn",
        perform=each.action,
        on=storm.entity_id,
        viewable=each.viewable,
        patience=PATIENCE,
    )
    last_writes = {}
    for name, (hub, session) in watched.items():
        await hub.upload_ended(session)
        account = await home.probe("account", name=name)
        last_writes[name] = (account["last_write"] - counts["entered"]) * 1000
    return Turned(counts=counts, last_writes=last_writes)


async def _watched(home: Home) -> dict[str, tuple[ReferenceHub, str]]:
    """Let video flow to both, and have the probe hold on to what carries it."""
    watched = {}
    ends = ((home.first, home.labels[0]), (home.last, home.labels[-1]))
    for name, (hub, label) in zip(SESSIONS, ends, strict=True):
        (camera,) = (each for each in hub.cameras() if each["label"] == label)
        opened = await hub.open_session(camera["camera"])
        if not isinstance(opened, Opened):
            raise NothingFlowed(opened.code)
        await hub.fragments(opened.session, 2)
        await home.probe("hold", name=name)
        watched[name] = (hub, opened.session)
    await asyncio.gather(
        *(
            hub.fragments(session, hub.seen(session).fragments + 4)
            for hub, session in watched.values()
        )
    )
    return watched
