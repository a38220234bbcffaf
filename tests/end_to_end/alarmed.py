"""An alarm opens a camera until it is disarmed, and never while a "never while" entity says no."""

from typing import Any, Final

from tests.reference_hub import Opened

from .choices import ALARM_MINUTES, never_with_guests, open_by_alarm_or_answer
from .house import ALARM, GUESTS, PROBE
from .promise import promise
from .telling import (
    BACK_YARD,
    Telling,
    label,
    moment,
    monotonic,
    on_each_side,
    viewable,
)

CLOSES_WITHIN_MS: Final = 50


class Alarmed(Telling):
    """A part with the house's own alarm panel. It leaves guests in the house."""

    async def play(self) -> None:
        """Let it go off, disarm it, and let it go off once more while there are guests."""
        await open_by_alarm_or_answer(self.stage, label(BACK_YARD))
        await self.keeps_out(BACK_YARD, "no_opening")
        await self._disarmed(await self._gone_off())
        await self._blocked()
        await self._interrupted()

    async def _gone_off(self) -> Opened:
        triggered = await self._go_off()
        await self.hub.camera_is("open", label(BACK_YARD))
        await self.hears_of_alarm("began", BACK_YARD)
        opened = await self.lets_in(BACK_YARD, "alarm")
        told = await self.explained(BACK_YARD)
        lasts = moment(told["until"]) - triggered["lc"]
        promise(
            abs(lasts - ALARM_MINUTES * 60) < 1,
            f"{ALARM_MINUTES} minutes, not {lasts} s",
        )
        then = await self.explained(BACK_YARD, moment(told["until"]))
        promise(not then["open"], f"it is not open for longer: {then}")
        self.tell(
            f"alarm: the back yard is open for {lasts / 60:.0f} minutes ({told['words']}); "
            "the hub is told, and watches"
        )
        return opened

    async def _disarmed(self, opened: Opened) -> None:
        """Take the time between the panel's word and the last byte, inside the house and at the hub."""
        await self.client.ask(f"{PROBE}.hold")
        await self.client.call("alarm_control_panel.alarm_disarm", ALARM)
        disarmed = monotonic((await self.client.state(ALARM, "disarmed"))["lc"])
        await self.cut(opened, disarmed)
        written = (await self.client.ask(f"{PROBE}.account"))["last_write"]
        left = (written - disarmed) * 1000
        promise(left <= CLOSES_WITHIN_MS, f"it closes at once, not {left:.0f} ms later")
        await self.hears_of_alarm("ended", BACK_YARD)
        await self.keeps_out(BACK_YARD, "no_opening")
        self.tell(
            f"disarmed: the last byte was handed to the kernel {on_each_side(left, 'the panel said so')}; "
            f"more than {CLOSES_WITHIN_MS} ms would be too late"
        )

    async def _blocked(self) -> None:
        await never_with_guests(self.stage, label(BACK_YARD))
        await self.client.call("input_boolean.turn_on", GUESTS)
        await self.client.until(
            viewable(BACK_YARD), lambda now: now["a"]["reason"] == "never"
        )
        news = len(self.alarms())
        await self._go_off()
        await self.keeps_out(BACK_YARD, "never")
        promise(len(self.alarms()) == news, "the hub hears nothing of this alarm")
        self.tell(
            "never while there are guests: the alarm goes off, but the hub is refused and told nothing"
        )

    async def _interrupted(self) -> None:
        """Let the guests leave while the alarm goes on, and come back while the hub watches."""
        await self.client.call("input_boolean.turn_off", GUESTS)
        await self.client.state(viewable(BACK_YARD), "on")
        opened = await self.lets_in(BACK_YARD, "alarm")
        await self.client.call("input_boolean.turn_on", GUESTS)
        came = await self.client.state(GUESTS, "on")
        after = await self.cut(opened, monotonic(came["lc"]))
        await self.keeps_out(BACK_YARD, "never")
        await self.hub.camera_is("ask", label(BACK_YARD))
        self.tell(
            "guests leave: the alarm opens it; guests come back: "
            f"the hub's last byte came {on_each_side(after, 'they were noticed')}"
        )
        await self.client.call("alarm_control_panel.alarm_disarm", ALARM)

    async def _go_off(self) -> Any:
        """Arm the panel and trigger it; give its state."""
        await self.client.call("alarm_control_panel.alarm_arm_away", ALARM)
        await self.client.state(ALARM, "armed_away")
        await self.client.call("alarm_control_panel.alarm_trigger", ALARM)
        return await self.client.state(ALARM, "triggered")
