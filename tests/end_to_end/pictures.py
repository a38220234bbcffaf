"""The pictures that the README shows."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.reference_hub import Agency, ReferenceHub

from .in_browser import close, open_pages, share, watch
from .pairing_dialog import read_agreement

if TYPE_CHECKING:
    from .stage import Stage

OWNER: Final = (1280, 404)
DESK: Final = (1280, 720)
DIALOG: Final = (900, 880)
ANOTHER: Final = Agency(
    name="Ridgeland Police Department",
    short_name="Ridgeland PD",
    contact="Real-Time Center, rtc@ridgeland.example, +1 601 555 0142",
)
"""No namesake of the hub that the house is paired with."""


async def take_pictures(
    stage: Stage, folder: Path, tell: Callable[[str], None]
) -> None:
    """Write the owner's dashboard and the desk while somebody watches, and the pairing dialog."""
    async with open_pages(stage) as pages:
        await share(pages)
        await watch(pages)
        await pages.owner.page.resize(*OWNER)
        await pages.desk.resize(*DESK)
        await pages.owner.page.screenshot(folder / "owner.png")
        await pages.desk.screenshot(folder / "desk.png")
        await close(pages)
        async with ReferenceHub(stage.authority, ANOTHER) as another:
            await pages.owner.page.resize(*DIALOG)
            await read_agreement(pages.owner, stage.house.url, another.invitation())
            await pages.owner.page.screenshot(folder / "pairing.png")
    tell(f"three pictures are in {folder}")
