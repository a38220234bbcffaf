"""The two pages in a real Chromium: the desk's with live video, the owner's with who is watching."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.browser import chromium

if TYPE_CHECKING:

    from .stage import Stage

SHARING: Final = "switch.drive_sharing_with_jackson_police_department"
VIEWERS: Final = "sensor.drive_viewers_from_jackson_police_department"
CARD: Final = '[data-camera="Driveway"]'


async def show_in_browser(
    stage: Stage, tell: Callable[[str], None], *, shots: Path | None = None
) -> None:
    """Watch the driveway at the desk while the owner's page says so, then close it; `shots` keeps pictures."""
    client = stage.house.client
    await client.call("switch.turn_on", SHARING)
    await stage.hub.camera_is("open", "Driveway")
    async with chromium(trust=stage.authority.ca_path) as browser:
        owner = await browser.open(f"{stage.house.url}/sharing-cameras")
        desk = await browser.open(f"{stage.hub.origin}/desk")
