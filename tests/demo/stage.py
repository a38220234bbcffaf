"""Everything the demo runs: drawn cameras, a hub with its desk, and a house that is paired with it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.cameras import serve
from tests.cameras.stills import serve_stills
from tests.hub import Authority, Options, ReferenceHub, make_authority

from .house import House, house
from .pairing import pair
from .storage import Camera

CAMERAS: Final = ("porch", "drive", "yard")
LABELS: Final = {
    "camera.porch": "Front door",
    "camera.drive": "Driveway",
    "camera.yard": "Back yard",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The parts, all running. `home` is the house as the hub knows it."""

    house: House
    hub: ReferenceHub
    authority: Authority
    home: str


@asynccontextmanager
async def stage(folder: Path, *, keep_media: bool = False) -> AsyncIterator[Stage]:
    """Set everything up in a folder of its own, and take it down in the end."""
    authority = make_authority(folder / "authority")
    options = Options(data=folder / "hub", keep_media=keep_media)
    async with AsyncExitStack() as stack:
        served = await stack.enter_async_context(serve())
        still = await stack.enter_async_context(serve_stills(served))
        hub = await stack.enter_async_context(ReferenceHub(authority, options=options))
        cameras = [
            Camera(name=name.capitalize(), video=served.url(name), still=still(name))
            for name in CAMERAS
        ]
        built = await stack.enter_async_context(
            house(folder / "house", cameras, authority=authority.ca_path)
        )
        for entity_id in LABELS:
            await built.client.state(entity_id, "idle")
        await pair(built.client, hub.invitation(), LABELS)
        home = await hub.home_connected()
        yield Stage(house=built, hub=hub, authority=authority, home=home)
