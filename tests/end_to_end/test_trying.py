"""What the demo tells whoever tries it to do, done literally, and what they are told to see."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
import re
from typing import Final

import pytest

from tests.browser import Named, Page, find_chromium

from .dashboard import FIRST_VIEW
from .dialogs import FRONT_DOOR, OURS
from .in_browser import TOGGLE, Pages, open_pages
from .owners_page import button, item
from .stage import Stage, stage
from .trying import directions, something_to_try

PATIENCE: Final = 30
PANIC: Final = Named(role="switch", name=re.compile("^Toggle .* Share all now"))
READ_WHO: Final = "read who it is and answer in Repairs"
SOMEBODY_ASKS: Final = "Somebody asks to watch a camera"
MAY_BE_OPENED: Final = "May be opened"
QUOTED: Final = re.compile(r"(?<!\w)'([^']+)'")
PRESSED: Final = {
    *(MAY_BE_OPENED, "Trigger", "Disarm", "Panic button", "Guests"),
    *("Watch", "Ask to watch"),
    *("Notifications", READ_WHO, SOMEBODY_ASKS),
    *("Change how it is shared", "When it may open", "Only when …", "On a schedule"),
    *("Night watch", "Never while"),
}


class Told:
    """Hears what a phone shows."""

    def __init__(self) -> None:
        self._lines = asyncio.Queue[str]()

    def __call__(self, line: str) -> None:
        self._lines.put_nowait(line)

    async def until(self, words: str) -> None:
        """Wait for a line with these words."""
        async with asyncio.timeout(PATIENCE):
            while words not in await self._lines.get():
                pass


@pytest.fixture
async def told() -> Told:
    """The terminal."""
    return Told()


@pytest.fixture
async def running(tmp_path: Path, told: Told) -> AsyncIterator[Stage]:
    """A demo that stays up."""
    async with stage(tmp_path) as running, something_to_try(running, told):
        yield running


@pytest.mark.browser
@pytest.mark.skipif(find_chromium() is None, reason="there is no Chromium here")
async def test_the_directions_lead_where_they_say(running: Stage, told: Told) -> None:
    async with open_pages(running) as pages:
        await _look(pages, told)
        await _alarm(pages)
        await _ask(pages, told)
        await _panic(pages, running)
        await _rules(pages, running)
    assert set(QUOTED.findall(directions(running))) == PRESSED
    assert running.hub.faults == []


async def _look(pages: Pages, told: Told) -> None:
    await pages.owner.pictures()
    await pages.owner.until(
        f"deepText('hui-entities-card').includes('{MAY_BE_OPENED}')"
    )
    await pages.owner.page.press(TOGGLE)
    await _at_the_desk(pages.desk, "Driveway", "May be watched now")
    await pages.desk.press(button("Watch", within=card("Driveway")))
    await told.until("Officer J. Doe, Jackson PD is watching Driveway")
    await pages.owner.until("deepText('hui-tile-card').includes('Officer J. Doe')")
    await pages.owner.page.press(TOGGLE)
    await _at_the_desk(pages.desk, "Driveway", "The home ended this video")


async def _alarm(pages: Pages) -> None:
    await _at_the_desk(pages.desk, "Back yard", "Ask the owner first")
    await pages.owner.page.press(button("Trigger"))
    await _at_the_desk(pages.desk, "Back yard", "Alarm")
    await _at_the_desk(pages.desk, "Back yard", "May be watched now")
    await pages.owner.page.press(button("Disarm"))
    await _at_the_desk(pages.desk, "Back yard", "Ask the owner first")


async def _ask(pages: Pages, told: Told) -> None:
    await pages.desk.press(button("Ask to watch", within=card("Back yard")))
    await told.until("Officer J. Doe, Jackson PD asks to watch Back yard")
    await told.until("[Allow once]  [Allow 15 minutes]  [Refuse]")
    await pages.owner.open_by(
        button(re.compile("Notifications")),
        f"deepText('notification-drawer').includes('{READ_WHO}')",
    )
    await pages.owner.page.press(Named(role="link", name=READ_WHO))
    await pages.owner.open_by(
        button(re.compile(SOMEBODY_ASKS)),
        "deepText('step-flow-menu').includes('Officer J. Doe')",
    )
    await pages.owner.page.press(item("Allow for 15 minutes"))
    await told.until("leaves the screen")
    await pages.desk.press(button("Watch", within=card("Back yard")))
    await told.until("is watching Back yard")


async def _panic(pages: Pages, running: Stage) -> None:
    await pages.desk.press(button("Stop watching", within=card("Back yard")))
    await pages.owner.go(f"{running.house.url}{FIRST_VIEW}")
    await pages.owner.page.press(PANIC)
    await _at_the_desk(pages.desk, "Back yard", "Alarm")
    (left,) = await running.house.client.command("persistent_notification/get")
    assert "stay closed: 4." in left["message"]
    await pages.owner.page.press(PANIC)
    await _at_the_desk(pages.desk, "Back yard", "Allowed")


async def _rules(pages: Pages, running: Stage) -> None:
    await pages.owner.until("deepText('hui-entities-card').includes('Guests')")
    await pages.owner.go(f"{running.house.url}/{OURS}")
    await pages.owner.open_by(
        button("Change how it is shared", within=FRONT_DOOR),
        "deep('step-flow-menu').length",
    )
    assert await pages.owner.page.find(item("Never while"))
    await pages.owner.page.press(item("When it may open"))
    await pages.owner.page.press(Named(role="radio", name=re.compile("^Only when …")))
    await pages.owner.page.press(button("Submit"))
    await pages.owner.page.press(Named(role="checkbox", name="On a schedule"))
    await pages.owner.page.press(button("Submit"))
    await pages.owner.until("deepText('step-flow-form').includes('Night watch')")


async def _at_the_desk(desk: Page, camera: str, words: str) -> None:
    await desk.until(f"{card(camera)}?.textContent.includes('{words}')")


def card(camera: str) -> str:
    """Find what the desk shows of a camera."""
    return f"document.querySelector('[data-camera=\"{camera}\"]')"
