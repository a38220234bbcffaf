"""Three viewers ask to watch: one is let in for one look, one is refused, and one is not answered."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
import time
from typing import Any, Final, Self

from tests.reference_hub import Viewer

from .choices import change, only_when, tell as tell_phones
from .phone import Phone, button
from .promise import promise
from .stage import Stage
from .telling import A_MOMENT_MS, BACK_YARD, DOE, HUB, Telling, label, sharing

LEE: Final = "Officer R. Lee"
CHEN: Final = "Dispatcher M. Chen"
PENDING: Final = f"sensor.{HUB}_pending_requests"
TIME_TO_ANSWER: Final = 120
"""Seconds, by the protocol: then whoever was not let in hears a no, whatever the owner said or did not say."""


class Asking(Telling):
    """A part with a beginning and an end: between them the hub waits for what it will not hear before its time."""

    def __init__(self, stage: Stage, tell: Callable[[str], None], phone: Phone) -> None:
        """Ask the owner on this phone."""
        super().__init__(stage, tell)
        self._phone = phone
        self._requests: dict[str, str] = {}

    @classmethod
    @asynccontextmanager
    async def on_a_phone(
        cls, stage: Stage, tell: Callable[[str], None]
    ) -> AsyncIterator[Self]:
        """Register the owner's phone with Home Assistant, and name it in the hub's options."""
        house = stage.house
        async with Phone.register(
            house.client, house.url, "Alex's iPhone", manufacturer="Apple"
        ) as phone:
            await tell_phones(stage, phone)
            yield cls(stage, tell, phone)

    async def begin(self) -> None:
        """Ask for the back yard, three times."""
        await change(self.stage, label(BACK_YARD), **only_when("approval"))
        await self.client.call("switch.turn_on", sharing(BACK_YARD))
        await self.hub.camera_is("ask", label(BACK_YARD))
        self.tell("back yard set to 'Ask me each time', and turned on")
        await self._not_answered()
        await self._refused()
        await self._allowed_once()

    async def end(self) -> None:
        """Wait until the time to answer is over; refused and not answered must be the same to the hub."""
        left = self._when("request.open", CHEN) + TIME_TO_ANSWER - time.monotonic()
        if left > 0:
            self.tell(f"{left:.0f} s are left to answer {CHEN}; waiting")
            await asyncio.sleep(left)
        for officer in (CHEN, LEE):
            granted = await self.hub.decided(self._requests[officer])
            promise(not granted, f"{officer} hears a no")
        chen, lee = self._heard_after(CHEN), self._heard_after(LEE)
        promise(
            abs(chen - lee) * 1000 < A_MOMENT_MS,
            f"both hear it after the same time, not {chen:.2f} and {lee:.2f} s",
        )
        self.tell(
            f"no answer: the hub was told no {chen:.2f} s after it asked; "
            f"refused: it was told the same {lee:.2f} s after it asked"
        )

    async def _not_answered(self) -> None:
        await self._ask(CHEN)
        await self.client.state(PENDING, "1")
        self.tell(f"{CHEN} asks; the phone shows it, and nobody answers")

    async def _refused(self) -> None:
        push = await self._ask(LEE)
        await self._phone.press(button(push, "Refuse"))
        await self.client.state(PENDING, "1")
        promise(not self._is_decided(LEE), "the hub hears nothing of a refusal")
        self.tell(f"{LEE} asks; refused on the phone, and the hub is told nothing yet")

    async def _allowed_once(self) -> None:
        push = await self._ask(DOE)
        pressed = time.monotonic()
        await self._phone.press(button(push, "Allow once"))
        promise(await self.hub.decided(self._requests[DOE]), "the hub hears a yes")
        after = (self._when("request.decided", DOE) - pressed) * 1000
        self.tell(
            f"{DOE} asks; allowed once on the phone, and {after:.0f} ms later the hub knows"
        )
        opened = await self.lets_in(BACK_YARD, "no_opening", is_open=False)
        allowed = (await self.explained(BACK_YARD))["allowed"]
        promise(len(allowed) == 1, f"explain names the only one let in: {allowed}")
        await self.keeps_out(BACK_YARD, "no_opening", officer=LEE)
        await self.hub.close_session(opened.session)
        await self.hub.ended(opened.session)
        await self.keeps_out(BACK_YARD, "no_opening")
        self.tell(f"{DOE} was let in, {LEE} was not; after one look, neither is")

    async def _ask(self, officer: str) -> Mapping[str, Any]:
        """Let somebody at the hub ask; give what the phone shows."""
        request, answered = await self.hub.ask_to_watch(
            self.camera(BACK_YARD), viewer=Viewer(officer=officer)
        )
        promise(answered.get("result") == {}, f"the question is taken: {answered}")
        self._requests[officer] = request
        push = await self._phone.asked()
        promise(push["message"].startswith(officer), f"it says who asks: {push}")
        return push

    def _is_decided(self, officer: str) -> bool:
        return bool(self._moments("request.decided", officer))

    def _heard_after(self, officer: str) -> float:
        asked = self._when("request.open", officer)
        return self._when("request.decided", officer) - asked

    def _when(self, method: str, officer: str) -> float:
        (moment,) = self._moments(method, officer)
        return moment

    def _moments(self, method: str, officer: str) -> list[float]:
        """Give when such a message about somebody's request went over the wire."""
        return [
            each.monotonic
            for each in self.hub.transcript
            if each.message.get("method") == method
            and each.message["params"]["request"] == self._requests[officer]
        ]
