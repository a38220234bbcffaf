"""What every benchmark stands on: a real camera, a real Home Assistant with a probe in it, and hubs."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.cameras.gst_camera import GstCamera, Model
from tests.end_to_end.house import PROBE, House
from tests.end_to_end.pairing import pair
from tests.end_to_end.ports import free_port
from tests.end_to_end.storage import Camera
from tests.reference_hub import Agency, Options, ReferenceHub, make_authority

LABEL: Final = "Front door"
CAMERA: Final = "camera.porch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """A hub the house is paired with, and the switch that shares the camera with it."""

    hub: ReferenceHub
    switch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The parts, all running; the hubs by the name they were asked for."""

    camera: GstCamera
    house: House
    hubs: dict[str, Paired]

    async def probe(self, action: str, **data: str) -> dict[str, Any]:
        """Ask the probe inside Home Assistant."""
        answer: dict[str, Any] = await self.house.client.ask(
            f"{PROBE}.{action}", **data
        )
        return answer


@asynccontextmanager
async def stage(
    folder: Path, *, model: Model, hubs: dict[str, Options]
) -> AsyncIterator[Stage]:
    """Set everything up, and take it down in the end. Each hub is an agency of its own."""
    authority = make_authority(folder / "authority")
    async with AsyncExitStack() as stack:
        camera = await stack.enter_async_context(GstCamera(model))
        house = House(folder / "house", port=free_port(), authority=authority.ca_path)
        house.build([Camera(name="Porch", video=camera.url, still="")], probe=True)
        stack.push_async_callback(house.stop)
        await house.start()
        await house.client.state(CAMERA, "idle")
        paired = {}
        for name, options in hubs.items():
            hub = ReferenceHub(authority, Agency(name=name.capitalize()), options)
            await stack.enter_async_context(hub)
            paired[name] = await _paired(house, hub)
        yield Stage(camera=camera, house=house, hubs=paired)


async def _paired(house: House, hub: ReferenceHub) -> Paired:
    entry = await pair(house.client, hub.invitation(), {CAMERA: LABEL})
    await hub.home_connected()
    entities = await house.client.command("config/entity_registry/list")
    (switch,) = (
        entity["entity_id"]
        for entity in entities
        if entity["config_entry_id"] == entry and entity["translation_key"] == "sharing"
    )
    return Paired(hub=hub, switch=switch)
