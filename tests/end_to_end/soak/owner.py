"""An owner who opens and closes cameras all the time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
import random
from typing import Final

from ..client import Client, CommandFailed
from .tally import Tally

ACTS_EVERY: Final = 6.0
"""Seconds from one act to the next, on average."""
LONGEST_OFF: Final = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """The entities of the house by what they do, of all hubs."""

    cameras: Sequence[str]
    sharing: Sequence[str]
    share_all: Sequence[str]


class Owner:
    """Acts while `run` runs; then every camera is shared and nothing opened for a while."""

    def __init__(
        self, client: Client, switches: Switches, *, seed: str, tally: Tally
    ) -> None:
        self._client = client
        self._switches = switches
        self._random = random.Random(f"{seed} owner")  # noqa: S311  # it can be repeated
        self._tally = tally

    async def run(self) -> None:
        """Do one thing after another until cancelled."""
        names, often = [*ACTS], [many for many, _ in ACTS.values()]
        while True:
            await asyncio.sleep(self._random.expovariate(1 / ACTS_EVERY))
            (name,) = self._random.choices(names, often)
            self._tally.count("acts of the owner", name)
            try:
                await ACTS[name][1](self)
            except CommandFailed as failed:
                self._tally.count("acts refused", str(failed.translation_key))

    async def share_everything(self) -> None:
        """Turn on every camera's switch, and nothing else."""
        for switch in self._switches.share_all:
            await self._client.call("switch.turn_off", switch)
        for switch in self._switches.sharing:
            await self._client.call("switch.turn_on", switch)

    # Acts

    async def switch_off(self) -> None:
        switch = self._random.choice(self._switches.sharing)
        await self._client.call("switch.turn_off", switch)
        await asyncio.sleep(self._random.uniform(0, LONGEST_OFF))
        await self._client.call("switch.turn_on", switch)

    async def share_now(self) -> None:
        minutes = {"minutes": self._random.randrange(1, 3)}
        camera = self._random.choice(self._switches.cameras)
        await self._client.call("latchstring.share_now", camera, duration=minutes)

    async def stop_sharing(self) -> None:
        camera = self._random.choice(self._switches.cameras)
        await self._client.call("latchstring.stop_sharing", camera)

    async def share_all(self) -> None:
        switch = self._random.choice(self._switches.share_all)
        await self._client.call("switch.turn_on", switch)
        await asyncio.sleep(self._random.uniform(0, LONGEST_OFF))
        await self._client.call("switch.turn_off", switch)


ACTS: Final[Mapping[str, tuple[int, Callable[[Owner], Awaitable[None]]]]] = {
    "switches a camera off and on": (6, Owner.switch_off),
    "shares a camera now": (3, Owner.share_now),
    "stops sharing a camera": (1, Owner.stop_sharing),
    "shares all now, and no longer": (1, Owner.share_all),
}
"""What the owner does, how often, and how."""
