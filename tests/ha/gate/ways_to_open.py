"""The ways in which a camera is opened to a hub, each with what closes it again."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_ENTITY_ID, STATE_OFF, STATE_ON
from homeassistant.core import Context, HomeAssistant

from tests.ha.rules.house import entity_of_share, key_of
from tests.ha.watching import turn_off, turn_on
from tests.reference_hub import ReferenceHub


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A camera that a hub knows by this label, and that it sees when something opens it."""

    hass: HomeAssistant
    hub: ReferenceHub
    entry: ConfigEntry
    owner: str
    entity_id: str
    label: str
    hand: asyncio.Lock
    """The owner's: who closes anything while they open something closes that too."""

    @property
    def camera(self) -> str:
        """What the hub knows it by."""
        (camera,) = (
            str(each["camera"])
            for each in self.hub.cameras()
            if each["label"] == self.label
        )
        return camera

    @property
    def named(self) -> Mapping[str, str]:
        """How an action of ours is told of it."""
        return {ATTR_ENTITY_ID: self.entity_id, "hub": self.entry.entry_id}

    @property
    def trigger(self) -> str:
        """What gives its alarm."""
        return f"binary_sensor.{self._slug}"

    @property
    def hours(self) -> str:
        """The schedule that opens it."""
        return f"schedule.{self._slug}"

    def switch(self, key: str) -> str:
        """Find one of its switches."""
        return entity_of_share(self.hass, self.entry, key, self.label)

    async def act(self, action: str, **data: Any) -> None:
        """Call an action of ours, as the owner."""
        await self.hass.services.async_call(
            "latchstring",
            action,
            data,
            blocking=True,
            context=Context(user_id=self.owner),
        )

    @property
    def _slug(self) -> str:
        return self.entity_id.partition(".")[2]


type Step = Callable[[Shared], Awaitable[None]]
type Opening = Callable[[Shared], Awaitable[float]]
"""Opens, and gives the monotonic moment right before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What opens a camera, and closes it."""

    rules: Callable[[Shared], Mapping[str, Any]]
    opens: Opening
    closes: Step
    is_for_one: bool = False
    """It opens for one viewer, who sees what came in since they were let in."""


def listed(opening: Step) -> Opening:
    """Open, and wait until the hub knows of it."""

    async def opens(shared: Shared) -> float:
        async with shared.hand:
            began = asyncio.get_running_loop().time()
            await opening(shared)
        await shared.hub.camera_is("open", shared.label)
        return began

    return opens


def says(entity: Callable[[Shared], str], *states: str) -> Step:
    """Let an entity say these states."""

    async def say(shared: Shared) -> None:
        for state in states:
            shared.hass.states.async_set(entity(shared), state)

    return say


async def _switches_on(shared: Shared) -> None:
    await turn_on(shared.hass, shared.switch("sharing"), user=shared.owner)


async def _switches_off(shared: Shared) -> None:
    async with shared.hand:
        await turn_off(shared.hass, shared.switch("sharing"), user=shared.owner)


async def _shares_now(shared: Shared) -> None:
    await shared.act("share_now", **shared.named)


async def _stops(shared: Shared) -> None:
    async with shared.hand:
        await shared.act("stop_sharing", **shared.named)


async def _allows(shared: Shared) -> float:
    request, _ = await shared.hub.ask_to_watch(shared.camera)
    async with shared.hand:
        began = asyncio.get_running_loop().time()
        await shared.act("allow_request", request=request)
    assert await shared.hub.decided(request)
    return began


WAYS: Final[Mapping[str, Way]] = {
    "always": Way(
        rules=lambda _shared: {"openings": ["always"]},
        opens=listed(_switches_on),
        closes=_switches_off,
    ),
    "schedule": Way(
        rules=lambda shared: {
            "openings": ["schedule"],
            "schedule": key_of(shared.hass, shared.hours),
        },
        opens=listed(says(lambda shared: shared.hours, STATE_ON)),
        closes=says(lambda shared: shared.hours, STATE_OFF),
    ),
    "alarm": Way(
        rules=lambda shared: {"openings": ["alarm"], "alarms": [shared.trigger]},
        opens=listed(says(lambda shared: shared.trigger, STATE_OFF, STATE_ON)),
        closes=_stops,
    ),
    "owner": Way(
        rules=lambda _shared: {"openings": []},
        opens=listed(_shares_now),
        closes=_stops,
    ),
    "approval": Way(
        rules=lambda _shared: {"openings": ["approval"]},
        opens=_allows,
        closes=_stops,
        is_for_one=True,
    ),
}
