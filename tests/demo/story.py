"""The story that the demo tells: a camera is shared, watched and closed, and every promise on the way is checked."""

import asyncio
from collections.abc import Callable, Mapping
import json
import os
import sqlite3
import time
from typing import Any, Final

import imageio_ffmpeg

from tests.browser import find_chromium
from tests.hub import Opened, Refused, Seen

from .in_browser import show_in_browser
from .promise import promise
from .stage import Stage

SHARING: Final = "switch.porch_sharing_with_jackson_police_department"
WATCHED: Final = "binary_sensor.porch_being_watched_by_jackson_police_department"
VIEWERS: Final = "sensor.porch_viewers_from_jackson_police_department"
VIEWABLE: Final = "binary_sensor.porch_viewable_by_jackson_police_department"
LABEL: Final = "Front door"
ENOUGH_PARTS: Final = 20


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
        camera = await self._paired()
        await self._closed(camera)
        await self._switched_on()
        opened = await self._watched(camera)
        await self._decoded(opened)
        await self._switched_off(opened)
        await self._in_the_browser()
        self._recorded(opened)

    async def _paired(self) -> str:
        listed = self._hub.cameras(self._stage.home)
        self._tell(
            f"paired with {self._hub.agency.name}; it knows of {len(listed)} cameras"
        )
        promise({each["state"] for each in listed} == {"closed"}, "all start closed")
        camera: str = next(each["camera"] for each in listed if each["label"] == LABEL)
        return camera

    async def _closed(self, camera: str) -> None:
        closed = await self._hub.open_session(camera)
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

    async def _watched(self, camera: str) -> Opened:
        opened = await self._hub.open_session(camera)
        promise(isinstance(opened, Opened), f"an open camera can be watched: {opened}")
        assert isinstance(opened, Opened)
        kinds = [
            kind
            for kind, content in self._entries()
            if content.get("session") == opened.session
        ]
        promise(
            "session_started" in kinds, "the start is on disk before the first byte"
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
        after = max(0.0, seen.last_byte.monotonic - before) * 1000
        await self._hub.ended(opened.session)
        await self._client.state(WATCHED, "off")
        await self._client.state(VIEWERS, "nobody")
        self._tell(
            f"switch off: no byte at the hub later than {after:.1f} ms after the switch was pressed"
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
        entries = self._entries()
        ended = [content for kind, content in entries if kind == "session_ended"]
        promise(
            opened.session in {each["session"] for each in ended}, "the end is recorded"
        )
        promise(
            not self._hub.faults, f"the hub found nothing wrong: {self._hub.faults}"
        )
        self._tell(f"the record holds {len(entries)} entries:")
        for kind, content in entries:
            self._tell(
                f"    {content['at']}  {kind}  {content.get('label') or content.get('session') or ''}".rstrip()
            )

    def _entries(self) -> list[tuple[str, Mapping[str, Any]]]:
        """Read the record from its file, as it is on the disk now."""
        path = self._house.folder / "latchstring" / "record.db"
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            rows = connection.execute(
                "SELECT kind, content FROM entries ORDER BY seq"
            ).fetchall()
        finally:
            connection.close()
        return [(kind, json.loads(content)) for kind, content in rows]


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
