"""The two pages in a real Chromium: the desk's with live video, the owner's with who is watching."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
import re
import time
from typing import TYPE_CHECKING, Final

from tests.browser import Named, Page, chromium

from .owners_page import OwnersPage
from .promise import promise

if TYPE_CHECKING:
    from .stage import Stage

TOGGLE: Final = Named(role="switch", name=re.compile("^Toggle Driveway Sharing with"))
CARD: Final = (
    "[...document.querySelectorAll('.card')]"
    ".find((each) => each.querySelector('h3').textContent === 'Driveway')"
)
VIDEO: Final = f"{CARD}.querySelector('video')"
CASE: Final = "2026-118834"
HELD_ALREADY: Final = ("data:", "blob:", "about:")
"""How addresses of what a page has in itself begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """What the owner and the viewer look at."""

    owner: OwnersPage
    desk: Page
    origins: tuple[str, ...]

    @property
    def fetched(self) -> list[str]:
        """All that either page has asked for, from wherever."""
        return [
            url
            for url in self.owner.page.requests + self.desk.requests
            if not url.startswith(HELD_ALREADY)
        ]

    @property
    def strange(self) -> list[str]:
        """What was asked for from anybody but the house and the hub."""
        return [url for url in self.fetched if not url.startswith(self.origins)]


@asynccontextmanager
async def open_pages(stage: Stage) -> AsyncIterator[Pages]:
    """Open the owner's dashboard and the desk in one browser."""
    async with chromium(trust=stage.authority.ca_path) as browser:
        yield Pages(
            owner=await OwnersPage.open(browser, stage.house.url),
            desk=await browser.open(f"{stage.hub.origin}/desk"),
            origins=origins_of(stage),
        )


def origins_of(stage: Stage) -> tuple[str, ...]:
    """Give how every address of the house and of the hub begins."""
    return tuple(
        address
        for url in (stage.house.url, stage.hub.origin)
        for address in (f"{url}/", f"{url.replace('http', 'ws', 1)}/")
    )


async def show_in_browser(stage: Stage, tell: Callable[[str], None]) -> None:
    """Share, watch and close by clicks; what does not come within half a minute raises TimeoutError."""
    async with open_pages(stage) as pages:
        await share(pages)
        await watch(pages)
        size = await pages.desk.evaluate(f"{VIDEO}.videoWidth")
        tell(
            f"in Chromium: switched on by a click; live video at the desk, {size} pixels wide, "
            "and the owner's page says who is watching"
        )
        tell(
            f"in Chromium: switched off by a click; {await close(pages):.0f} ms later the desk shows no video"
        )
        promise(not pages.strange, f"nothing comes from elsewhere: {pages.strange}")
        tell(
            f"in Chromium: all {len(pages.fetched)} requests of the two pages went to the house and the hub"
        )


async def share(pages: Pages) -> None:
    """Turn the driveway's sharing on, on the owner's page."""
    await pages.owner.pictures()
    await pages.owner.page.press(TOGGLE)
    await pages.desk.until(f"{CARD}?.dataset.state === 'open'")


async def watch(pages: Pages) -> None:
    """Watch the driveway until its video has played for a second and the owner's page says who watches."""
    await pages.desk.evaluate(f"document.getElementById('case').value = '{CASE}'")
    await pages.desk.click(f"{CARD}.querySelector('button')")
    await pages.desk.until(f"{VIDEO}?.currentTime > 1 && {VIDEO}.videoWidth > 0")
    begun = await pages.desk.evaluate(f"{VIDEO}.currentTime")
    await pages.desk.until(f"{VIDEO}.currentTime > {begun + 1}")
    await pages.owner.until(
        "deepText('hui-tile-card').includes('Officer J. Doe, Jackson PD')"
    )


async def close(pages: Pages) -> float:
    """Turn the driveway's sharing off on the owner's page; give how many milliseconds the desk's video outlived it."""
    await pages.owner.page.press(TOGGLE)
    clicked = time.monotonic()
    await pages.desk.until(
        f"!{VIDEO} && {CARD}.textContent.includes('The home ended this video')"
    )
    gone = time.monotonic()
    await pages.owner.until(
        "!deepText('hui-tile-card').includes('Officer J. Doe, Jackson PD')"
    )
    return (gone - clicked) * 1000
