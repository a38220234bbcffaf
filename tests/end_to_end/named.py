"""The owner changes something in a dialog and takes a switch away, and the record says that it was they."""

import asyncio
from typing import Final

from .pairing import answer
from .promise import promise
from .storage import OWNER
from .telling import DRIVEWAY, Telling, sharing, viewable

CHOSEN: Final = {
    "notify": [],
    "openers": [],
    "automations_may_open": True,
    "share_now_minutes": 10,
}
CHANGES: Final = ("consent_changed", "options_changed")


class Named(Telling):
    """The part at whose end a switch is gone."""

    async def play(self) -> None:
        """Change the options, disable a switch that is on, and see whom the record names for all of that."""
        step = await self.client.flow("options/flow", {"handler": self.stage.entry})
        await answer(self.client, step, "init", CHOSEN, manager="options/flow")
        await self.client.call("switch.turn_on", sharing(DRIVEWAY))
        await self.client.state(viewable(DRIVEWAY), "on")
        await self.client.command(
            "config/entity_registry/update",
            entity_id=sharing(DRIVEWAY),
            disabled_by="user",
        )
        await self.client.state(viewable(DRIVEWAY), "off")
        await self._closed_by_the_owner()
        changed = [each.content for each in self.record() if each.kind in CHANGES]
        promise(
            {each["actor"]["user_id"] for each in changed} == {OWNER},
            f"the record names who changed what: {changed}",
        )
        self.tell(
            "the record names the owner: they paired, listed the cameras, changed the options and disabled a switch"
        )

    async def _closed_by_the_owner(self) -> None:
        """Wait until it is written down; it was closed before that."""
        async with asyncio.timeout(30):
            while True:
                (*_, last) = (
                    each.content
                    for each in self.record()
                    if each.kind == "switch_turned"
                )
                if not last["on"]:
                    break
                await asyncio.sleep(0.1)
        promise(
            last["actor"]["user_id"] == OWNER, f"and who disabled the switch: {last}"
        )
