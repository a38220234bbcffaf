"""A doorbell that is seen by WebRTC only: it is awake while somebody watches, and not a moment longer."""

import asyncio
import time
from typing import Final

from tests.cameras.odd import numbers_in
from tests.cameras.webrtc import WebRtcCamera
from tests.reference_hub import Opened

from .promise import promise
from .telling import DOORBELL, Telling, label, on_each_side, sharing, viewable

PICTURES: Final = 20
OWN_NAME: Final = f"camera.{DOORBELL}"
ANOTHER: Final = f"camera.{DOORBELL}_at_the_gate"


class Ringing(Telling):
    """A part with a camera that has no address."""

    @property
    def _doorbell(self) -> WebRtcCamera:
        assert self.stage.doorbell is not None
        return self.stage.doorbell

    async def play(self) -> None:
        """Turn it on and watch it; rename it meanwhile, have the doorbell itself end its session, and turn it off."""
        await self._switched_on()
        opened = await self._watched()
        await self._renamed(opened)
        await self._begun_anew(opened)
        await self._switched_off(opened)

    async def _switched_on(self) -> None:
        await self.client.call("switch.turn_on", sharing(DOORBELL))
        await self.client.state(viewable(DOORBELL), "on")
        await self.hub.camera_is("open", label(DOORBELL))
        promise(not await self._sessions(), "nobody wakes a doorbell that may be seen")

    async def _watched(self) -> Opened:
        opened = await self.lets_in(DOORBELL, "always")
        seen = await self.hub.fragments(opened.session, PICTURES)
        numbers = await asyncio.to_thread(numbers_in, bytes(seen.capture or b""))
        whole = list(range(numbers[0], numbers[0] + len(numbers)))
        promise(numbers == whole, f"no picture is missing: {numbers}")
        self.tell(
            f"doorbell, by WebRTC: {len(numbers)} pictures decoded at the hub, by their numbers none is missing"
        )
        return opened

    async def _renamed(self, opened: Opened) -> None:
        """Give it another entity id, and its own again."""
        for before, after in (OWN_NAME, ANOTHER), (ANOTHER, OWN_NAME):
            await self.client.command(
                "config/entity_registry/update", entity_id=before, new_entity_id=after
            )
            await self.client.state(after, "idle")
            await self._goes_on(opened)
        self.tell("the doorbell was renamed twice while it was watched: it stays open")

    async def _begun_anew(self, opened: Opened) -> None:
        """Let the doorbell end its session, as some do after some minutes."""
        (first,) = await self._sessions()
        await self._doorbell.close(first)
        state = await self._doorbell.until(lambda now: bool(now["open"]))
        promise(first not in state["open"], "it is another session")
        await self._goes_on(opened)
        self.tell("the doorbell ended its session; another was begun, for one viewer")

    async def _switched_off(self, opened: Opened) -> None:
        before = time.monotonic()
        await self.client.call("switch.turn_off", sharing(DOORBELL))
        after = await self.cut(opened, before)
        await self._doorbell.until(lambda now: not now["open"])
        awake = (time.monotonic() - before) * 1000
        await self.keeps_out(DOORBELL, "camera_off")
        self.tell(
            f"switch off: the hub's last byte came {on_each_side(after, 'the switch was pressed')}; "
            f"the session with the doorbell was closed {awake:.0f} ms after"
        )

    async def _goes_on(self, opened: Opened) -> None:
        parts = self.hub.seen(opened.session).fragments
        await self.hub.fragments(opened.session, parts + PICTURES)
        promise(len(await self._sessions()) == 1, "one session is enough")

    async def _sessions(self) -> list[str]:
        found: list[str] = (await self._doorbell.state())["open"]
        return found
