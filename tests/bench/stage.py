"""What every benchmark stands on: a real camera, a real Home Assistant with a probe in it, and hubs."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from types import MappingProxyType
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
    """A hub the house is paired with, and the switches that share its cameras, by their labels."""

    hub: ReferenceHub
    switches: Mapping[str, str]

    @property
    def switch(self) -> str:
        """The switch of the camera that is measured."""
        return self.switches[LABEL]


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
    folder: Path,
    *,
    model: Model,
    hubs: dict[str, Options],
    beside: Mapping[str, int] = MappingProxyType({}),
) -> AsyncIterator[Stage]:
    """Set everything up, and take it down in the end. Each hub is an agency of its own.

    `beside` names those that have so many cameras of their own, which show the same. The others share one camera.
    """
    own = _own_cameras(beside)
    names = [label for labels in own.values() for label in labels.values()]
    authority = make_authority(folder / "authority")
    async with AsyncExitStack() as stack:
        camera = await stack.enter_async_context(GstCamera(model))
        house = House(folder / "house", port=free_port(), authority=authority.ca_path)
        house.build(
            [
                Camera(name=name, video=camera.url, still="")
                for name in ("Porch", *names)
            ],
            probe=True,
        )
        stack.push_async_callback(house.stop)
        await house.start()
        await house.client.state(CAMERA, "idle")
        paired = {}
        for name, options in hubs.items():
            hub = ReferenceHub(authority, Agency(name=name.capitalize()), options)
            await stack.enter_async_context(hub)
            paired[name] = await _paired(house, hub, own.get(name, {CAMERA: LABEL}))
        yield Stage(camera=camera, house=house, hubs=paired)


def _own_cameras(beside: Mapping[str, int]) -> dict[str, dict[str, str]]:
    """Give each of these hubs the labels of its own cameras, by their entity ids."""
    numbers = count(1)
    return {
        hub: {
            f"camera.yard_{number}": f"Yard {number}"
            for number in islice(numbers, cameras)
        }
        for hub, cameras in beside.items()
    }


async def _paired(house: House, hub: ReferenceHub, labels: Mapping[str, str]) -> Paired:
    entry = await pair(house.client, hub.invitation(), labels)
    await hub.home_connected()
    entities = await house.client.command("config/entity_registry/list")
    switches = sorted(
        entity["entity_id"]
        for entity in entities
        if entity["config_entry_id"] == entry
        and entity["config_subentry_id"]
        and entity["translation_key"] == "sharing"
    )
    found = {
        label: switch
        for camera, label in labels.items()
        for switch in switches
        if switch.startswith(f"switch.{camera.partition('.')[2]}_sharing")
    }
    return Paired(hub=hub, switches=found)
