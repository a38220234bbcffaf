"""A camera that has no video: what is shown of it is never called live."""

import time

from .decoded import decoded_size
from .promise import promise
from .telling import BACK_GATE, Telling, label, on_each_side, sharing, viewable


class Imaged(Telling):
    """A part with a camera that gives one image after another, and nothing else."""

    async def play(self) -> None:
        """Turn it on, watch it, and turn it off."""
        await self.client.call("switch.turn_on", sharing(BACK_GATE))
        await self.client.state(viewable(BACK_GATE), "on")
        listed = await self.hub.camera_is("open", label(BACK_GATE))
        interval = listed.get("video", {}).get("images", {}).get("interval_ms")
        promise(interval, f"it is listed as one that gives images only: {listed}")
        opened = await self.lets_in(BACK_GATE, "always")
        size = await decoded_size(self.hub.seen(opened.session))
        self.tell(
            f"back gate, by its images: listed so, at most one every {interval} ms; decoded at the hub: {size}"
        )
        before = time.monotonic()
        await self.client.call("switch.turn_off", sharing(BACK_GATE))
        after = await self.cut(opened, before)
        await self.keeps_out(BACK_GATE, "camera_off")
        self.tell(
            f"switch off: the hub's last byte came {on_each_side(after, 'the switch was pressed')}"
        )
