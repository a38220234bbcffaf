"""The panic button opens what it can, says how much it could not, and closes it again."""

import time

from .promise import promise
from .telling import (
    BACK_GATE,
    BACK_YARD,
    DOORBELL,
    DRIVEWAY,
    FRONT_DOOR,
    SHARE_ALL,
    Telling,
    label,
    on_each_side,
)


class Panic(Telling):
    """A part with one camera that can be opened, three that are switched off, and one that guests keep closed."""

    async def play(self) -> None:
        """Press it, and press it again."""
        await self.client.call("switch.turn_on", SHARE_ALL)
        await self.hub.camera_is("open", label(FRONT_DOOR))
        await self.hears_of_alarm("began", FRONT_DOOR)
        opened = await self.lets_in(FRONT_DOOR, "owner")
        await self.keeps_out(DRIVEWAY, "camera_off")
        await self.keeps_out(BACK_YARD, "never")
        self.tell("panic: the front door is open; the hub is told, and watches")
        self.tell(f"    shown to everybody in the house: {await self._shown()}")
        pressed = time.monotonic()
        await self.client.call("switch.turn_off", SHARE_ALL)
        after = await self.cut(opened, pressed)
        await self.hears_of_alarm("ended", FRONT_DOOR)
        await self.keeps_out(FRONT_DOOR, "no_opening")
        self.tell(
            f"panic over: the hub's last byte came {on_each_side(after, 'the press')}; refused again"
        )

    async def _shown(self) -> str:
        """Give what the house shows of the cameras that stay closed: how many, and to guests no more than that."""
        shown = await self.client.command("persistent_notification/get")
        (said,) = (
            str(each["message"])
            for each in shown
            if "share_all" in each["notification_id"]
        )
        closed = (DRIVEWAY, BACK_YARD, BACK_GATE, DOORBELL)
        named = [each for each in closed if label(each) in said]
        promise(
            "stay closed: 4." in said and not named,
            f"four cameras stay closed, and none is named: {said}",
        )
        return said
