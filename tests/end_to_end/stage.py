"""Everything the demo runs: drawn cameras, a hub with its desk, and a house that is paired with it."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
import time
from typing import Final

from homeassistant.util import slugify

from tests.cameras import serve
from tests.cameras.stills import serve_stills
from tests.cameras.webrtc import WebRtcCamera, webrtc_camera
from tests.reference_hub import Agency, Authority, Options, ReferenceHub, make_authority

from .house import Doorbell, House, house
from .pairing import pair
from .storage import Camera

CAMERAS: Final = {"Front door": "porch", "Driveway": "drive", "Back yard": "yard"}
"""The house's cameras: what the house and the hub call them, and the scene that each shows."""

STILLS: Final = {"Back gate": "yard"}
"""One more, which has no video, only stills."""

DOORBELL: Final = "Doorbell"
"""One more, which is seen by WebRTC only, and shows numbers."""

WITHOUT_A_CARD: Final = (*STILLS, DOORBELL)
"""The dashboard has room for three."""

LABELS: Final = {
    f"camera.{slugify(name)}": name for name in (*CAMERAS, *WITHOUT_A_CARD)
}
DEMO_AGENCY: Final = Agency()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The parts, all running. `home` is the house as the hub knows it, `entry` the hub as the house does.

    `doorbell` is the device behind that camera, where the house has one.
    """

    house: House
    hub: ReferenceHub
    authority: Authority
    home: str
    entry: str
    doorbell: WebRtcCamera | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How a stage is set; a port of 0 is any free one.

    `probe`: what the house does can be timed inside it; `within`: a command that Home Assistant is started by.
    """

    agency: Agency = DEMO_AGENCY
    keep_media: bool = False
    probe: bool = False
    house_port: int = 0
    hub_port: int = 0
    within: Sequence[str] = ()


@asynccontextmanager
async def stage(
    folder: Path,
    setting: Setting | None = None,
    *,
    tell: Callable[[str], None] = lambda _words: None,
) -> AsyncIterator[Stage]:
    """Set everything up in a folder of its own, and take it down in the end; `tell` hears what is being done."""
    setting = setting or Setting()
    authority = make_authority(folder / "authority")
    options = Options(
        data=folder / "hub", port=setting.hub_port, keep_media=setting.keep_media
    )
    async with AsyncExitStack() as stack:
        tell("starting three cameras, one with stills alone, a doorbell and a hub")
        served = await stack.enter_async_context(serve())
        still = await stack.enter_async_context(serve_stills(served))
        doorbell = await stack.enter_async_context(webrtc_camera())
        hub = await stack.enter_async_context(
            ReferenceHub(authority, setting.agency, options)
        )
        tell("starting Home Assistant: about 10 seconds")
        begun = time.monotonic()
        built = await stack.enter_async_context(
            house(
                folder / "house",
                [
                    Camera(name=name, video=served.url(scene), still=still(scene))
                    for name, scene in CAMERAS.items()
                ],
                stills=[
                    Camera(name=name, video=None, still=still(scene))
                    for name, scene in STILLS.items()
                ],
                authority=authority.ca_path,
                doorbell=Doorbell(name=DOORBELL, url=doorbell.url),
                port=setting.house_port,
                probe=setting.probe,
                within=setting.within,
            )
        )
        tell(f"Home Assistant is up after {time.monotonic() - begun:.0f} s; pairing")
        for entity_id in LABELS:
            await built.client.state(entity_id, "idle")
        entry = await pair(
            built.client, hub.invitation("The house on Elm Street"), LABELS
        )
        home = await hub.home_connected()
        yield Stage(
            house=built,
            hub=hub,
            authority=authority,
            home=home,
            entry=entry,
            doorbell=doorbell,
        )
