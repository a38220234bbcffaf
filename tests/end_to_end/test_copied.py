"""A copy of a home that runs beside its original finds out, by what the hub has cosigned, and stays closed."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from tests.reference_hub import Opened, ReferenceHub, Refused

from .house import House
from .stage import Stage, stage

SHARING: Final = "switch.front_door_sharing_with_jackson_police_department"
VIEWABLE: Final = "binary_sensor.front_door_viewable_by_jackson_police_department"


@pytest.fixture
async def shared(tmp_path: Path) -> AsyncIterator[Stage]:
    """A house with its front door shared."""
    async with stage(tmp_path) as running:
        await running.house.client.call("switch.turn_on", SHARING)
        yield running


@pytest.fixture
async def copied(shared: Stage, tmp_path: Path) -> AsyncIterator[House]:
    """A copy, down to the last byte on the disk, which does not run yet; the original went on after it was made."""
    await shared.house.stop()
    copied = shared.house.copy(tmp_path / "copied")
    await shared.house.start()
    opened = await watched(shared.hub)
    await shared.hub.close_session(opened.session)
    await shared.hub.receipt(opened.session)
    await shared.hub.settled()
    yield copied
    await copied.stop()


async def test_a_copy_beside_the_original_is_closed_and_the_original_is_not(
    shared: Stage, copied: House
) -> None:
    hub, original = shared.hub, shared.house

    await copied.start()
    told = await copied.client.until(
        VIEWABLE, lambda now: now.get("a", {}).get("reason") == "restored"
    )

    assert told["s"] == "off"
    assert copied.client.states[SHARING]["s"] == "on"
    assert original.client.states[VIEWABLE]["s"] == "on"
    await original.stop()
    await copied.stop()
    await copied.start()
    camera = await hub.camera_is("closed", "Front door")
    assert isinstance(await hub.open_session(camera["camera"]), Refused)
    await copied.stop()
    await original.start()
    await watched(hub)


async def watched(hub: ReferenceHub) -> Opened:
    """Watch the front door until its video flows."""
    camera = await hub.camera_is("open", "Front door")
    opened = await hub.open_session(camera["camera"])
    assert isinstance(opened, Opened), opened
    await hub.fragments(opened.carried_by, 3)
    return opened
