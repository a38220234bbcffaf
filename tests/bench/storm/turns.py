"""What turns many shares at once, and the sessions that it cuts."""

from dataclasses import dataclass
import asyncio
from collections.abc import Mapping
from typing import Any, Final

from tests.demo.house import ALARM, GUESTS
from tests.hub import Opened, ReferenceHub

from .home import Home

PATIENCE: Final = 45.0
"""Seconds after which what is not shown yet is counted as never shown."""


class NothingFlowed(Exception):
    """A run in which there was nothing to cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """An action on one entity, and what it makes of every camera; `cuts`: somebody watches two of them until then."""

    words: str
    action: str
    entity_id: str
    viewable: str
    cuts: bool = False


NEVER: Final = (
    Turn(
        words="guests come",
        action="input_boolean.turn_on",
        entity_id=GUESTS,
        viewable="off",
        cuts=True,
    ),
    Turn(
        words="guests leave",
        action="input_boolean.turn_off",
        entity_id=GUESTS,
        viewable="on",
    ),
)
BY_ALARM: Final = (
    Turn(
        words="alarm goes off",
        action="alarm_control_panel.alarm_trigger",
        entity_id=ALARM,
        viewable="on",
    ),
    Turn(
        words="alarm is disarmed",
        action="alarm_control_panel.alarm_disarm",
        entity_id=ALARM,
        viewable="off",
        cuts=True,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """What followed from one turn; times in milliseconds, `last_writes` by session after the change."""

    counts: Mapping[str, Any]
    last_writes: Mapping[str, float]


async def turn(home: Home, each: Turn) -> Turned:
    """Turn it, with sessions on the first share of the first hub and the last share of the last if it cuts."""
    watched = await _watched(home) if each.cuts else {}
    counts = await home.probe(
        "turn",
        perform=each.action,
        on=each.entity_id,
        viewable=each.viewable,
        patience=PATIENCE,
    )
    last_writes = {}
    for name, (hub, session) in watched.items():
        await hub.upload_ended(session)
        account = await home.probe("account", name=name)
        last_writes[name] = (account["last_write"] - counts["entered"]) * 1000
        await hub.ended(session)
    return Turned(counts=counts, last_writes=last_writes)


async def _watched(home: Home) -> dict[str, tuple[ReferenceHub, str]]:
    """Let video flow to both, and have the probe hold on to what carries it."""
    watched = {}
    for name, hub, label in (
        ("first session", home.first, home.labels[0]),
        ("last session", home.last, home.labels[-1]),
    ):
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
