"""The desk's page in a real browser."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import accumulate
import re
import time
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.browser import Page, chromium, find_chromium

from . import Authority, ReferenceHub
from .sample_home import SampleHome
from .sample_video import sample_images, taken_at
from .wire import rfc3339

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason="there is no Chromium here"),
]
HOSTILE = "<img src=https://elsewhere.example/x><b>![x](https://elsewhere.example/y)"


def _card(label: str) -> str:
    return f"document.querySelector('[data-camera=\"{label}\"]')"


async def _press(page: Page, label: str, button: str) -> None:
    await page.evaluate(
        f"[...{_card(label)}.querySelectorAll('button')]"
        f".find((each) => each.textContent === '{button}').click()"
    )


async def _says(page: Page, label: str, words: str) -> None:
    await page.until(
        f"{_card(label)}?.querySelector('.words').textContent.startsWith('{words}')"
    )


@pytest.fixture
async def page(
    hub: ReferenceHub,
    home: SampleHome,
    web: aiohttp.ClientSession,
    authority: Authority,
) -> AsyncIterator[Page]:
    """The desk's page, with one home on it; nothing on it may complain or stray."""
    async with home.connected(web), chromium(trust=authority.ca_path) as browser:
        await hub.home_connected()
        page = await browser.open(f"{hub.origin}/desk")
        await page.until("document.querySelector('.card')")
        yield page
        assert not page.complaints
        hosts = {urlsplit(url).netloc for url in page.requests}
        assert hosts <= {urlsplit(hub.origin).netloc, ""}  # "" is a blob of its own


async def test_video_plays_until_the_home_ends_it(home: SampleHome, page: Page) -> None:
    await _press(page, "Front porch", "Watch")
    await page.until("document.querySelector('video')?.currentTime > 0.5")
    assert await page.evaluate("document.querySelector('video').videoWidth") == 320
    badge = await page.evaluate("document.querySelector('.badge').textContent")
    assert badge == "Live · Officer J. Doe"
    await home.turn("Front porch", "closed")
    await _says(page, "Front porch", "The home ended this video at ")
    assert await page.evaluate("document.querySelectorAll('video').length") == 0


SHADES = (20, 60, 100, 140, 180, 220)
SHADE = """(() => {
  const video = document.querySelector("video");
  if (!video) return NaN;
  const look = new OffscreenCanvas(1, 1).getContext("2d");
  look.drawImage(video, 0, 0, 1, 1);
  return look.getImageData(0, 0, 1, 1).data[0];
})()"""
"""How bright the picture is that is shown now."""
AHEAD = """((video) => video.buffered.end(video.buffered.length - 1) - video.currentTime)(
  document.querySelector("video")
)"""
"""How much there is that playing on would show later, in seconds."""
PAUSES = (0.0, 0.5, 0.5, 15.0, 0.5, 120.0)
PROMPTLY = 1.0


async def test_images_are_shown_as_they_come_and_never_called_live(
    home: SampleHome, page: Page
) -> None:
    home.waits_to_be_fed = True
    home.cameras[0]["video"] = {
        "codec": "avc1.42c00d",
        "width": 320,
        "height": 240,
        "images": {"interval_ms": 500},
    }
    await home.tell_cameras()
    place = f"{_card('Front porch')}.querySelector('.place').textContent"
    await page.until(f"{place}.endsWith(' · Images, at most one every 0.5 s')")
    await _press(page, "Front porch", "Watch")
    session, upload = await home.changes.until(
        lambda: next(iter(home.uploads.items()), None)
    )
    init, images = sample_images(SHADES)
    upload.send(init)
    begun = time.time()

    for shade, image, at in zip(SHADES, images, accumulate(PAUSES), strict=True):
        upload.send(taken_at(image, begun + at))
        sent = time.monotonic()
        await page.until(f"Math.abs({SHADE} - {shade}) < 10")
        assert time.monotonic() - sent < PROMPTLY
        assert await page.evaluate(AHEAD) < 0.01

    badge = await page.evaluate("document.querySelector('.badge').textContent")
    assert re.fullmatch(r"Image of [\d:]+( [AP]M)? · Officer J. Doe", badge)
    since = {"session": session, "unchanged_since": rfc3339(datetime.now(UTC))}
    await home.tell("session.picture", {**since, "or_longer": False})
    await _says_unchanged(page, r"^Unchanged since [\d:]+( [AP]M)?$")
    await home.tell("session.picture", {**since, "or_longer": True})
    await _says_unchanged(page, r"^Unchanged since [\d:]+( [AP]M)? or longer$")
    over = {"session": session, "unchanged_since": None, "or_longer": False}
    await home.tell("session.picture", over)
    await _says_unchanged(page, "^$")


async def _says_unchanged(page: Page, words: str) -> None:
    await page.until(
        f"/{words}/.test({_card('Front porch')}.querySelector('.unchanged').textContent)"
    )


async def test_stopping_ends_the_session(home: SampleHome, page: Page) -> None:
    await _press(page, "Front porch", "Watch")
    await page.until("document.querySelector('video')?.currentTime > 0")
    await _press(page, "Front porch", "Stop watching")
    await _says(page, "Front porch", "You stopped watching")
    await home.heard("session.close")


async def test_a_closed_camera_says_not_available_and_no_more(page: Page) -> None:
    await _says(page, "Back yard", "Not open now")
    await _press(page, "Back yard", "Watch")
    await _says(page, "Back yard", "Not available")


async def test_asking_says_what_became_of_it(home: SampleHome, page: Page) -> None:
    await home.turn("Back yard", "ask")
    await _says(page, "Back yard", "Ask the owner first")
    await _press(page, "Back yard", "Ask to watch")
    await home.heard("request.open")
    await _says(page, "Back yard", "Not available")


async def test_a_yes_is_shown_to_who_asked_for_what_they_asked(
    home: SampleHome, page: Page
) -> None:
    home.says_yes = True
    await home.turn("Back yard", "ask")
    await _says(page, "Back yard", "Ask the owner first")
    await _press(page, "Back yard", "Ask to watch")
    await _says(page, "Back yard", "The owner allowed it. Watch before ")
    chip = f"{_card('Back yard')}.querySelector('.chip').textContent"
    assert await page.evaluate(chip) == "Allowed"

    await _chooses(page, "officer", "Officer R. Lee")
    await _says(page, "Back yard", "Ask the owner first")
    assert await page.evaluate(chip) == "Ask first"
    await _press(page, "Back yard", "Ask to watch")
    await _says(page, "Back yard", "The owner allowed it")
    await _chooses(page, "purpose", "welfare-check")
    await _says(page, "Back yard", "Ask the owner first")


async def _chooses(page: Page, what: str, value: str) -> None:
    """Let another person sit down at the desk, or the same one for another reason."""
    select = f"document.querySelector('#{what}')"
    await page.evaluate(
        f"{select}.value = '{value}';"
        f"{select}.dispatchEvent(new Event('input', {{bubbles: true}}))"
    )


async def test_a_homes_text_is_shown_as_text_and_fetches_nothing(
    home: SampleHome, page: Page
) -> None:
    home.cameras[1]["label"] = HOSTILE[:64]
    await home.tell_cameras()
    await page.until(
        "[...document.querySelectorAll('h3')]"
        ".some((each) => each.textContent.startsWith('<img'))"
    )
    assert await page.evaluate("document.querySelectorAll('main img').length") == 0


async def test_what_a_home_shows_wrong_of_its_record_is_said(
    hub: ReferenceHub, home: SampleHome, page: Page
) -> None:
    says = "document.querySelector('.record').textContent.startsWith"
    await page.until(f"{says}('Nothing of its record')")
    home.log.prove({"kind": "paired"})
    await home.tell("checkpoint", home.log.grown_from(0))
    await page.until(f"{says}('Its record is signed here up to entry 1')")
    home.log.leaves[0] = bytes(32)
    await home.tell("checkpoint", home.log.grown_from(0))
    await page.until(f"{says}('What it shows of its record is not taken: the log has')")
    hub.control.faults.clear()


async def test_an_invitation_is_made_and_its_page_shows_it_whole(
    hub: ReferenceHub, page: Page
) -> None:
    await page.evaluate("document.querySelector('#invite').click()")
    await page.evaluate("document.querySelector('#note').value = 'Elm Street'")
    await page.evaluate("document.querySelector('#invitation-form').requestSubmit()")
    link = await page.until("document.querySelector('#link').value")
    assert link.startswith(f"{hub.origin}/latchstring/invitation#v=1&code=")
    await page.go(link)
    await page.until(
        "document.querySelector('#agency').textContent === 'Jackson Police Department'"
    )
    assert await page.evaluate("document.querySelector('#link').value") == link
