"""The story that the demo tells: a camera is shared, watched and closed, and every promise on the way is checked."""

import asyncio
from collections.abc import Callable
import os
import time
from typing import Final

import imageio_ffmpeg

from tests.browser import find_chromium
from tests.hub import Opened, Refused, Seen

from .in_browser import show_in_browser
from .promise import promise
from .record_file import Written, of_session, read_record
from .stage import Stage

SHARING: Final = "switch.porch_sharing_with_jackson_police_department"
WATCHED: Final = "binary_sensor.porch_being_watched_by_jackson_police_department"
VIEWERS: Final = "sensor.porch_viewers_from_jackson_police_department"
VIEWABLE: Final = "binary_sensor.porch_viewable_by_jackson_police_department"
LABEL: Final = "Front door"
ENOUGH_PARTS: Final = 20
A_MOMENT_MS: Final = 1000
"""Long for a cut, so that a busy machine breaks no promise; `scripts/bench` measures."""


class Story:
    """One telling, step by step."""

    def __init__(self, stage: Stage, tell: Callable[[str], None]) -> None:
        """Tell each step that has been seen to hold."""
        self._hub = stage.hub
        self._house = stage.house
        self._client = stage.house.client
        self._stage = stage
        self._tell = tell

    async def play(self) -> None:
        """Play it all; raises PromiseBroken where something is not as promised."""
        self._paired()
        await self._closed()
        await self._switched_on()
        opened = await self._watched()
        await self._decoded(opened)
        await self._switched_off(opened)
        await self._in_the_browser()
        self._recorded(opened)

    def _paired(self) -> None:
        listed = self._hub.cameras(self._stage.home)
        self._tell(
            f"paired with {self._hub.agency.name}; it knows of {len(listed)} cameras"
        )
        promise({each["state"] for each in listed} == {"closed"}, "all start closed")

    async def _closed(self) -> None:
        closed = await self._hub.open_session(self._camera())
        unlisted = await self._hub.open_session("x" * 22)
        for refused in (closed, unlisted):
            promise(isinstance(refused, Refused), "a closed camera is refused")
        promise(
            {each.code for each in (closed, unlisted) if isinstance(each, Refused)}
            == {"not_available"},
            "a closed camera answers like one that does not exist",
        )
        self._tell("closed camera refused, like one that does not exist: not_available")

    async def _switched_on(self) -> None:
        await self._client.call("switch.turn_on", SHARING)
        await self._client.state(VIEWABLE, "on")
        await self._hub.camera_is("open", LABEL)
        self._tell("switch on: the hub sees the camera as open")

    async def _watched(self) -> Opened:
        opened = await self._hub.open_session(self._camera())
        promise(isinstance(opened, Opened), f"an open camera can be watched: {opened}")
        assert isinstance(opened, Opened)
        promise(
            "session_started" in of_session(self._record(), opened.session),
            "the start is on disk before the first byte",
        )
        promise(
            self._hub.seen(opened.session).first_byte is None,
            "the answer comes before the first byte",
        )
        self._tell(f"session opened for {opened.session}")
        first = await self._hub.first_byte(opened.session)
        watched = await self._client.state(WATCHED, "on")
        promise(watched["lc"] < first.wall, "the owner sees it before the first byte")
        who = await self._client.until(VIEWERS, lambda now: now["s"] != "nobody")
        ahead = (first.wall - watched["lc"]) * 1000
        self._tell(
            f"being watched, by {who['s']}: shown {ahead:.0f} ms before the hub's first byte, "
            "its start on disk before that"
        )
        return opened

    async def _decoded(self, opened: Opened) -> None:
        seen = await self._hub.fragments(opened.session, ENOUGH_PARTS)
        size = await decoded_size(seen)
        self._tell(f"first frame decoded at the hub: {size}")

    async def _switched_off(self, opened: Opened) -> None:
        before = time.monotonic()
        await self._client.call("switch.turn_off", SHARING)
        seen = await self._hub.upload_ended(opened.session)
        promise(seen.last_byte, "there was video")
        assert seen.last_byte is not None
        after = (seen.last_byte.monotonic - before) * 1000
        promise(after < A_MOMENT_MS, f"it ends at once, not {after:.0f} ms later")
        await self._hub.ended(opened.session)
        await self._client.state(WATCHED, "off")
        await self._client.state(VIEWERS, "nobody")
        self._tell(
            f"switch off: the hub's last byte came {abs(after):.1f} ms "
            f"{'after' if after > 0 else 'before'} the switch was pressed"
        )
        promise(
            isinstance(await self._hub.open_session(self._camera()), Refused),
            "closed is closed",
        )

    def _camera(self) -> str:
        camera: str = next(
            each["camera"]
            for each in self._hub.cameras(self._stage.home)
            if each["label"] == LABEL
        )
        return camera

    async def _in_the_browser(self) -> None:
        if find_chromium() is None:
            promise(
                os.environ.get("LATCHSTRING_REQUIRE_REAL_PARTS") != "1",
                "there is a Chromium",
            )
            self._tell("no Chromium on this machine: the pages were not looked at")
            return
        await show_in_browser(self._stage, self._tell)

    def _recorded(self, opened: Opened) -> None:
        record = self._record()
        promise(
            "session_ended" in of_session(record, opened.session), "the end is recorded"
        )
        promise(
            not self._hub.faults, f"the hub found nothing wrong: {self._hub.faults}"
        )
        self._tell(f"the record holds {len(record)} entries:")
        for entry in record:
            about = entry.content.get("label") or entry.content.get("session") or ""
            self._tell(f"    {entry.content['at']}  {entry.kind}  {about}".rstrip())

    def _record(self) -> list[Written]:
        return read_record(self._house.folder)


async def decoded_size(seen: Seen) -> str:
    """Decode what arrived, by a decoder that is not ours; give the picture's size."""
    promise(seen.capture, "something arrived")
    ffmpeg = await asyncio.create_subprocess_exec(
        imageio_ffmpeg.get_ffmpeg_exe(),
        *("-loglevel", "error", "-i", "pipe:0", "-frames:v", "1"),
        *("-f", "image2pipe", "-c:v", "ppm", "pipe:1"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    picture, complaint = await ffmpeg.communicate(bytes(seen.capture or b""))
    promise(picture.startswith(b"P6"), f"it decodes: {complaint.decode()}")
    return picture.split(b"\n", 2)[1].decode().replace(" ", "x")
