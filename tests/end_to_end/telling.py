"""What every part of the story does: try the hub's side, ask the house why, and say what was seen to hold."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
import time
from typing import Any, Final

from tests.reference_hub import Moment, Opened, Refused, Seen

from .promise import promise
from .record_file import Written, read_record
from .stage import LABELS, Stage

HUB: Final = "jackson_police_department"
SHARE_ALL: Final = f"switch.{HUB}_share_all_now"
FRONT_DOOR: Final = "front_door"
DRIVEWAY: Final = "driveway"
BACK_YARD: Final = "back_yard"
BACK_GATE: Final = "back_gate"
DOORBELL: Final = "doorbell"
DOE: Final = "Officer J. Doe"
ENOUGH_PARTS: Final = 10
A_MOMENT_MS: Final = 1000
"""Long for a cut, so that a busy machine breaks no promise; `scripts/bench` measures."""


def sharing(camera: str) -> str:
    """Name the switch of a camera."""
    return f"switch.{camera}_sharing_with_{HUB}"


def viewable(camera: str) -> str:
    """Name what says whether a camera can be seen."""
    return f"binary_sensor.{camera}_viewable_by_{HUB}"


def label(camera: str) -> str:
    """Give what the hub calls a camera."""
    return LABELS[f"camera.{camera}"]


def moment(told: str) -> float:
    """Read a moment that the house told, as the wall clock's time."""
    return datetime.fromisoformat(told).timestamp()


def monotonic(wall: float) -> float:
    """Give a moment of the wall clock on the other clock, which every process of this machine shares."""
    now = Moment.now()
    return wall - now.wall + now.monotonic


def on_each_side(milliseconds: float, of: str) -> str:
    """Say how long before or after something the last of many was."""
    if milliseconds > 0:
        return f"{milliseconds:.1f} ms after {of}"
    return f"{-milliseconds:.1f} ms before {of}, and none after"


class Telling:
    """One part of the story."""

    def __init__(self, stage: Stage, tell: Callable[[str], None]) -> None:
        """Tell each step that has been seen to hold."""
        self.stage = stage
        self.tell = tell
        self.hub = stage.hub
        self.house = stage.house
        self.client = stage.house.client

    def camera(self, camera: str) -> str:
        """Give the id by which the hub knows a camera."""
        (found,) = (
            each["camera"]
            for each in self.hub.cameras(self.stage.home)
            if each["label"] == label(camera)
        )
        return str(found)

    async def explained(
        self, camera: str, at: float | None = None
    ) -> Mapping[str, Any]:
        """Ask the house what the hub could see of a camera, now or at a moment, and why."""
        when = datetime.fromtimestamp(time.time() if at is None else at, UTC)
        answer = await self.client.ask(
            "latchstring.explain", f"camera.{camera}", at=when.isoformat()
        )
        (share,) = answer["shares"]
        return dict(share)

    async def lets_in(
        self, camera: str, reason: str, *, officer: str = DOE, is_open: bool = True
    ) -> Opened:
        """See that the house says why, and that a viewer is let in; not `is_open`: only this one is."""
        await self._says(camera, is_open=is_open, reason=reason)
        opened = await self.hub.open_session(self.camera(camera), officer=officer)
        promise(isinstance(opened, Opened), f"{camera} can be watched: {opened}")
        assert isinstance(opened, Opened)
        await self.hub.fragments(opened.session, ENOUGH_PARTS)
        return opened

    async def keeps_out(self, camera: str, reason: str, *, officer: str = DOE) -> None:
        """See that the house says why, and that a viewer is refused without a reason."""
        await self._says(camera, is_open=False, reason=reason)
        refused = await self.hub.open_session(self.camera(camera), officer=officer)
        promise(isinstance(refused, Refused), f"{camera} is closed: {refused}")
        assert isinstance(refused, Refused)
        promise(refused.code == "not_available", f"no reason is told: {refused.code}")

    async def cut(self, opened: Opened, since: float) -> float:
        """See a session end, and give how many milliseconds after a moment (monotonic) its last byte came."""
        seen = await self.hub.upload_ended(opened.session)
        await self.hub.ended(opened.session)
        after = (last_byte(seen).monotonic - since) * 1000
        promise(after < A_MOMENT_MS, f"it ends at once, not {after:.0f} ms later")
        return after

    def alarms(self) -> list[Mapping[str, Any]]:
        """Give what the hub was told of alarms."""
        return [
            each.message["params"]
            for each in self.hub.transcript
            if each.message.get("method") == "alarm"
        ]

    async def hears_of_alarm(self, state: str, camera: str) -> None:
        """Wait until the last that the hub was told of alarms is this, and of this camera alone."""
        wanted = {"state": state, "cameras": [self.camera(camera)]}
        await self.hub.changes.until(
            lambda: any(wanted.items() <= last.items() for last in self.alarms()[-1:])
        )

    def record(self) -> list[Written]:
        """Read what the record holds by now."""
        return read_record(self.house.folder)

    async def _says(self, camera: str, *, is_open: bool, reason: str) -> None:
        told = await self.explained(camera)
        promise(
            (told["open"], told["reason"]) == (is_open, reason),
            f"explain says of {camera} what happens, {reason}: {told}",
        )


def last_byte(seen: Seen) -> Moment:
    """Give when the last byte came, of an upload that there was."""
    promise(seen.last_byte, "there was video")
    assert seen.last_byte is not None
    return seen.last_byte
