"""The story that the demo tells: cameras are shared, watched and closed, and every promise on the way is checked."""

from collections import Counter
import os
import time
from typing import Final

from tests.browser import find_chromium
from tests.reference_hub import Opened, Refused

from .alarmed import Alarmed
from .asking import Asking
from .decoded import decoded_size
from .house import failures
from .imaged import Imaged
from .in_browser import show_in_browser
from .named import Named
from .panic import Panic
from .promise import promise
from .proving import Proving
from .record_file import of_session
from .ringing import Ringing
from .scheduled import Scheduled
from .telling import FRONT_DOOR, HUB, Telling, label, on_each_side, sharing, viewable

WATCHED: Final = f"binary_sensor.front_door_being_watched_by_{HUB}"
VIEWERS: Final = f"sensor.front_door_viewers_from_{HUB}"


class Story(Telling):
    """One telling, step by step."""

    async def play(self) -> None:
        """Play it all; raises PromiseBroken where something is not as promised."""
        await self._paired()
        await self._closed()
        async with Asking.on_a_phone(self.stage, self.tell) as asking:
            await asking.begin()
            opened = await self._one_look()
            for part in (Imaged, Ringing, Scheduled, Alarmed, Panic):
                await part(self.stage, self.tell).play()
            await asking.end()
        await Named(self.stage, self.tell).play()
        self._recorded(opened)
        await Proving(self.stage, self.tell).play(opened)
        await self._nothing_failed()

    async def _one_look(self) -> Opened:
        """Let somebody watch the front door, and the driveway in a browser."""
        await self._switched_on()
        opened = await self._watched()
        await self._decoded(opened)
        await self._switched_off(opened)
        await self._in_the_browser()
        return opened

    async def _paired(self) -> None:
        shown = await self.client.command("persistent_notification/get")
        promise(not shown, f"a new house has nothing to tell its owner: {shown}")
        listed = self.hub.cameras(self.stage.home)
        self.tell(
            f"paired with {self.hub.agency.name}; it knows about {len(listed)} cameras"
        )
        promise({each["state"] for each in listed} == {"closed"}, "all start closed")

    async def _closed(self) -> None:
        closed = await self.hub.open_session(self.camera(FRONT_DOOR))
        unlisted = await self.hub.open_session("x" * 22)
        for refused in (closed, unlisted):
            promise(isinstance(refused, Refused), "a closed camera is refused")
        promise(
            {each.code for each in (closed, unlisted) if isinstance(each, Refused)}
            == {"not_available"},
            "a closed camera answers like one that does not exist",
        )
        self.tell("closed camera refused, like one that does not exist: not_available")

    async def _switched_on(self) -> None:
        await self.client.call("switch.turn_on", sharing(FRONT_DOOR))
        await self.client.state(viewable(FRONT_DOOR), "on")
        await self.hub.camera_is("open", label(FRONT_DOOR))
        self.tell("switch on: the hub sees the camera as open")

    async def _watched(self) -> Opened:
        opened = await self.hub.open_session(self.camera(FRONT_DOOR))
        promise(isinstance(opened, Opened), f"an open camera can be watched: {opened}")
        assert isinstance(opened, Opened)
        promise(
            "session_started" in of_session(self.record(), opened.session),
            "the start is on disk before the first byte",
        )
        promise(
            self.hub.seen(opened.session).first_byte is None,
            "the answer comes before the first byte",
        )
        self.tell(f"session opened: {opened.session}")
        first = await self.hub.first_byte(opened.session)
        watched = await self.client.state(WATCHED, "on")
        promise(watched["lc"] < first.wall, "the owner sees it before the first byte")
        who = await self.client.until(VIEWERS, lambda now: now["s"] != "nobody")
        ahead = (first.wall - watched["lc"]) * 1000
        self.tell(
            f"being watched, by {who['s']}: shown {ahead:.0f} ms before the hub's first byte, "
            "its start on disk before that"
        )
        return opened

    async def _decoded(self, opened: Opened) -> None:
        seen = await self.hub.fragments(opened.session, 20)
        size = await decoded_size(seen)
        self.tell(f"first frame decoded at the hub: {size}")

    async def _switched_off(self, opened: Opened) -> None:
        before = time.monotonic()
        await self.client.call("switch.turn_off", sharing(FRONT_DOOR))
        after = await self.cut(opened, before)
        await self.client.state(WATCHED, "off")
        await self.client.state(VIEWERS, "nobody")
        self.tell(
            f"switch off: the hub's last byte came {on_each_side(after, 'the switch was pressed')}"
        )
        promise(
            isinstance(await self.hub.open_session(self.camera(FRONT_DOOR)), Refused),
            "closed is closed",
        )

    async def _in_the_browser(self) -> None:
        if find_chromium() is None:
            promise(
                os.environ.get("LATCHSTRING_REQUIRE_REAL_PARTS") != "1",
                "there is a Chromium",
            )
            self.tell(
                "there is no Chromium on this machine, so the pages were not checked"
            )
            return
        await show_in_browser(self.stage, self.tell)

    def _recorded(self, opened: Opened) -> None:
        record = self.record()
        promise(
            "session_ended" in of_session(record, opened.session), "the end is recorded"
        )
        promise(not self.hub.faults, f"the hub found nothing wrong: {self.hub.faults}")
        kinds = Counter(entry.kind for entry in record)
        self.tell(f"the record holds {len(record)} entries:")
        for kind, times in kinds.items():
            self.tell(f"    {times:3}  {kind}")

    async def _nothing_failed(self) -> None:
        await self.house.stop()
        failed = failures(self.house.log)
        promise(not failed, f"nothing fails in Home Assistant: {failed}")
        self.tell("Home Assistant has stopped; it logged no traceback")
