"""A Home Assistant whose disk is full closes, loses nothing it has acknowledged, and opens again when there is room."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
import os
from pathlib import Path
import re
import resource
from shutil import copytree
from typing import Final, Protocol

from tests.record.keeping import IN_A_NAMESPACE, can_mount
from tests.reference_hub import Opened, ReferenceHub

from .house import House
from .record_file import read_record
from .stage import Setting, stage
from .verified import verify

SHARING: Final = "switch.front_door_sharing_with_jackson_police_department"
VIEWABLE: Final = "binary_sensor.front_door_viewable_by_jackson_police_department"
LABEL: Final = "Front door"
MOST: Final = 500
"""So many sessions more than fill what room is left."""
MOUNT: Final = 'mkdir -p "$0" && mount -t tmpfs -o size=4m none "$0" && exec "$@"'
BLOCK: Final = 4096
NOT_RECORDED: Final = re.compile("its end is not proven|receipt was refused")
"""What a hub may say of sessions that ended while there was no room: nothing worse."""
FILLER: Final = "filler"


class Disk(Protocol):
    """Where the record lies, for a Home Assistant that is started `within` it."""

    @property
    def within(self) -> Sequence[str]: ...

    def record(self, pid: int) -> Path:
        """Give the record's folder as that process sees it."""

    def fill(self, pid: int) -> None:
        """Leave no room."""

    def clear(self, pid: int) -> None:
        """Make room again."""


class SmallDisk:
    """Four megabytes of memory, mounted where only Home Assistant sees it."""

    def __init__(self, record: Path) -> None:
        self.within = (*IN_A_NAMESPACE, "sh", "-c", MOUNT, str(record))
        self._record = record

    def record(self, pid: int) -> Path:
        return Path(f"/proc/{pid}/root") / self._record.relative_to("/")

    def fill(self, pid: int) -> None:
        filler = (self.record(pid) / FILLER).open("wb", buffering=0)
        with suppress(OSError), filler:
            while filler.write(bytes(BLOCK)):
                pass

    def clear(self, pid: int) -> None:
        (self.record(pid) / FILLER).unlink()


class NoRoom:
    """The machine's own disk, on which Home Assistant may write nothing beyond a file's first block."""

    within = ()

    def __init__(self, record: Path) -> None:
        self._record = record

    def record(self, _pid: int) -> Path:
        return self._record

    def fill(self, pid: int) -> None:
        self._limit(pid, BLOCK)

    def clear(self, pid: int) -> None:
        self._limit(pid, resource.RLIM_INFINITY)

    def _limit(self, pid: int, size: int) -> None:
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))


async def stopped(house: House, disk: Disk, to: Path) -> None:
    """End Home Assistant, and copy what it leaves: a mount of its own would be gone with it, were it not held."""
    held = os.open(disk.record(house.pid), os.O_RDONLY | os.O_DIRECTORY)
    await house.stop()
    await asyncio.to_thread(copytree, f"/proc/self/fd/{held}/", to)
    os.close(held)


async def sessions_until_refused(hub: ReferenceHub, camera: str) -> list[str]:
    """Have sessions recorded until one is not let in, and give the others."""
    admitted: list[str] = []
    while isinstance(opened := await hub.open_session(camera), Opened):
        admitted.append(opened.session)
        await hub.close_session(opened.session)
        assert len(admitted) < MOST, "it never got full"
    return admitted


async def test_a_full_disk_closes_loses_nothing_and_opens_again(tmp_path: Path) -> None:
    record = tmp_path / "house" / "latchstring"
    disk: Disk = SmallDisk(record) if can_mount(tmp_path) else NoRoom(record)
    async with stage(tmp_path, Setting(within=disk.within)) as running:
        hub, house = running.hub, running.house
        await house.client.call("switch.turn_on", SHARING)
        camera = (await hub.camera_is("open", LABEL))["camera"]
        watched = await hub.open_session(camera)
        assert isinstance(watched, Opened)
        await hub.fragments(watched.session, 2)

        disk.fill(house.pid)
        admitted = await sessions_until_refused(hub, camera)
        now = await house.client.state(VIEWABLE, "off")
        assert now["a"]["reason"] == "record_unwritable"
        await hub.camera_is("closed", LABEL)
        await hub.upload_ended(watched.session)

        disk.clear(house.pid)
        await hub.camera_is("open", LABEL)
        again = await hub.open_session(camera)
        assert isinstance(again, Opened)
        await hub.fragments(again.session, 2)
        await hub.close_session(again.session)
        await hub.ended(again.session)
        assert all(NOT_RECORDED.search(fault) for fault in hub.faults), hub.faults
        await stopped(house, disk, tmp_path / "left" / "latchstring")

        written = read_record(tmp_path / "left")
        started = {
            each.content["session"]
            for each in written
            if each.kind == "session_started"
        }
        assert {watched.session, *admitted, again.session} <= started
        await verify(tmp_path / "left" / "latchstring" / "record.db", hub, tmp_path)
