"""What a hub says of itself and its people is text and nothing more, wherever the owner or the desk reads it."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from html import unescape
import json
from pathlib import Path
import re
from typing import Final

import pytest

from tests.browser import Browser, Page, chromium, find_chromium
from tests.reference_hub import Agency, Opened, ReferenceHub, Viewer

from .choices import open_by, tell
from .dashboard import FIRST_VIEW, write_dashboard
from .hostile import Elsewhere, elsewhere, hostile_agency
from .in_browser import HELD_ALREADY, origins_of
from .owners_page import OwnersPage, button
from .pairing_dialog import DIALOG, read_agreement
from .phone import Phone
from .stage import Setting, Stage, stage

needs_chromium = pytest.mark.skipif(
    find_chromium() is None, reason="there is no Chromium here"
)
LABEL: Final = "Front door"
LEADS: Final = "src|srcset|srcdoc|href|action|data|poster|style|on.*"
"""Attributes that fetch something, lead to it or run it."""


@pytest.fixture
async def place() -> AsyncIterator[Elsewhere]:
    """Where the hub's tricks would lead."""
    async with elsewhere() as place:
        yield place


@pytest.fixture
def agency(place: Elsewhere) -> Agency:
    """Whoever wrote these words does not mean well."""
    return hostile_agency(place)


@pytest.fixture
async def house(tmp_path: Path, agency: Agency) -> AsyncIterator[Stage]:
    """A house that is paired with them all the same, and lets them ask."""
    async with stage(tmp_path, Setting(agency=agency)) as running:
        write_dashboard(running.house.folder, [LABEL], agency.name)
        await open_by(running, "approval")
        yield running


@pytest.fixture
async def phone(house: Stage) -> AsyncIterator[Phone]:
    """The owner's phone, which hears of viewers."""
    async with Phone.register(
        house.house.client, house.house.url, "Alex's phone", manufacturer="Google"
    ) as phone:
        await tell(house, phone)
        yield phone


async def _watched(running: Stage, agency: Agency) -> list[str]:
    """Let both officers watch the front door, which is shared now; give who they say they are."""
    for name in ("switch.front_door_sharing", "switch.front_door_share_now"):
        (switch,) = (
            each for each in running.house.client.states if each.startswith(name)
        )
        await running.house.client.call("switch.turn_on", switch)
    camera = (await running.hub.camera_is("open", LABEL))["camera"]
    for officer, purpose in zip(agency.officers, ("one", "two"), strict=True):
        opened = await running.hub.open_session(
            camera, officer=officer.name, purpose=purpose
        )
        assert isinstance(opened, Opened)
    return [f"{each.name}, {agency.short_name}" for each in agency.officers]


@pytest.mark.browser
@needs_chromium
async def test_a_hubs_words_are_plain_text_wherever_they_are_shown(
    house: Stage, phone: Phone, agency: Agency, place: Elsewhere
) -> None:
    viewers = await _watched(house, agency)
    await _the_phone_was_told(phone, agency, viewers)
    async with chromium(trust=house.authority.ca_path) as browser:
        owner = await OwnersPage.open(browser, house.house.url)
        await _every_page_shows(owner, house, agency, viewers, place)
        await _the_dialog_shows(owner, house, agency, place)
        await _the_question_shows(owner, house, agency, viewers, place)
        await _the_repair_shows(owner, house, agency, place)
        desk = await _the_desk_shows(browser, house, agency)

        origins = (*origins_of(house), *HELD_ALREADY)
        for page in (owner.page, desk):
            assert [url for url in page.requests if not url.startswith(origins)] == []
        assert place.fetched == []
        await owner.page.evaluate(f"fetch('{place.url}/seen', {{ mode: 'no-cors' }})")
        assert place.fetched == ["/seen"]  # it would have been noticed


async def _every_page_shows(
    owner: OwnersPage,
    house: Stage,
    agency: Agency,
    viewers: list[str],
    place: Elsewhere,
) -> None:
    devices = {
        each["name"]: f"/config/devices/device/{each['id']}"
        for each in await house.house.client.command("config/device_registry/list")
    }
    (sensor,) = (
        each
        for each in house.house.client.states
        if each.startswith("sensor.front_door_viewers")
    )
    pages: Mapping[str, list[str]] = {
        FIRST_VIEW: viewers,
        f"{FIRST_VIEW}?more-info-entity-id={sensor}": [agency.name, *viewers],
        devices[LABEL]: [agency.name, *viewers],
        devices[agency.name]: [agency.name],
        "/config/integrations/integration/latchstring": [agency.name],
        "/config/entities": [agency.name],
        "/logbook": [agency.name, *viewers],
    }
    for path, texts in pages.items():
        await owner.go(f"{house.house.url}{path}")
        await _shows(owner, path, texts, place)


async def _the_dialog_shows(
    owner: OwnersPage, house: Stage, agency: Agency, place: Elsewhere
) -> None:
    """The same agency at another hub invites once more."""
    async with ReferenceHub(house.authority, agency) as another:
        await read_agreement(owner, house.house.url, another.invitation())
        await _shows(owner, "the pairing dialog", _agreed(agency), place)


async def _the_question_shows(
    owner: OwnersPage,
    house: Stage,
    agency: Agency,
    viewers: list[str],
    place: Elsewhere,
) -> None:
    """An officer asks to watch; who it is stands in the repair, and nothing of it where every user may read."""
    officer = Viewer(officer=agency.officers[0].name, purpose="one")
    camera = (await house.hub.camera_is("open", LABEL))["camera"]
    await house.hub.ask_to_watch(camera, viewer=officer)
    label = agency.agreement.terms["purposes"][0]["label"]
    await owner.go(f"{house.house.url}{FIRST_VIEW}")
    await owner.open_by(
        button(re.compile("Notifications")),
        "deepText('notification-drawer').includes('Dismiss')",
    )
    await _shows(owner, "the notification", ["Somebody asks to watch a camera."], place)
    drawer = await owner.page.evaluate("deepText('notification-drawer')")
    assert [each for each in (agency.name, LABEL, *viewers) if each in drawer] == []
    await owner.go(f"{house.house.url}/config/repairs")
    await owner.open_by(
        button(re.compile("asks to watch")),
        "deepText('step-flow-menu').includes('Answer by')",
    )
    texts = [agency.name, f"{viewers[0]} asks to watch {LABEL}", label]
    await _shows(owner, "the request", texts, place)


async def _the_repair_shows(
    owner: OwnersPage, house: Stage, agency: Agency, place: Elsewhere
) -> None:
    """The agreement changes, in words as hostile as before."""
    changed = replace(agency.agreement, version="<i>2</i> {version}")
    house.hub.change_agreement(changed)
    await house.hub.disconnect()
    await owner.go(f"{house.house.url}/config/repairs")
    await _shows(owner, "the list of repairs", [agency.name], place)
    await owner.open_by(
        button(re.compile("has changed what you accepted")),
        f"Boolean({DIALOG})",
    )
    await _shows(
        owner, "the repair", _agreed(replace(agency, agreement=changed)), place
    )


def _agreed(agency: Agency) -> list[str]:
    terms = agency.agreement.terms
    return [
        agency.name,
        agency.contact,
        agency.agreement.version,
        *(each["label"] for each in terms["purposes"]),
        *terms["onward_disclosure"],
        *agency.agreement.text.split("\n"),
    ]


async def _the_desk_shows(browser: Browser, house: Stage, agency: Agency) -> Page:
    desk = await browser.open(f"{house.hub.origin}/desk")
    texts = [
        agency.name,
        *(each.name for each in agency.officers),
        *(each["label"] for each in agency.agreement.terms["purposes"]),
    ]
    for text in texts:
        await desk.until(f"document.body.textContent.includes({json.dumps(text)})")
    return desk


async def _shows(
    owner: OwnersPage, where: str, texts: list[str], place: Elsewhere
) -> None:
    """Wait until a page shows all of these texts as they are, then see that it made nothing else of them."""
    shown = "deepText('body').replace(/\\s+/g, ' ')"
    wanted = json.dumps([" ".join(each.split()) for each in texts])
    try:
        await owner.until(f"{wanted}.every((each) => {shown}.includes(each))")
    except TimeoutError:
        missing = f"{wanted}.filter((each) => !{shown}.includes(each))"
        pytest.fail(f"{where} lacks {await owner.page.evaluate(missing)}")
    made = await owner.page.evaluate(
        f"deep('*').filter((each) => [...each.attributes].some(({{ name, value }}) =>"
        f" /^({LEADS})$/.test(name) && value.includes('{place.host}')))"
        ".map((each) => each.outerHTML)"
    )
    assert made == [], where


async def _the_phone_was_told(phone: Phone, agency: Agency, viewers: list[str]) -> None:
    """A phone shows HTML, so what is sent to it has none but what its reader would type."""
    labels = [each["label"] for each in agency.agreement.terms["purposes"]]
    for viewer, label in zip(viewers, labels, strict=True):
        push = await phone.told()
        assert "<" not in push["title"] + push["message"]
        assert unescape(push["title"]) == agency.name
        assert unescape(push["message"]) == f"{viewer} is watching {LABEL}: {label}."
