"""What a hub says of itself and its people is text and nothing more, wherever the owner or the desk reads it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from html import unescape
import json
from pathlib import Path
from typing import Any, Final

import pytest

from tests.browser import Browser, Page, chromium, find_chromium
from tests.hub import (
    Agency,
    Agreement,
    Forgery,
    Opened,
    ReferenceHub,
    Refused,
    Viewer,
)

from .dashboard import write_dashboard
from .hostile import Elsewhere, elsewhere, hostile_agency
from .in_browser import HELD_ALREADY, origins_of
from .owners_page import OwnersPage
from .pairing import answer
from .pairing_dialog import read_agreement
from .stage import Setting, Stage, stage

needs_chromium = pytest.mark.skipif(
    find_chromium() is None, reason="there is no Chromium here"
)
PHONE: Final = "mobile_app_alex_s_phone"
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
async def house(
    tmp_path: Path, agency: Agency, place: Elsewhere
) -> AsyncIterator[Stage]:
    """A house that is paired with them all the same; its owner has a phone."""
    async with stage(tmp_path, Setting(agency=agency)) as running:
        await _give_the_owner_a_phone(running, place)
        await _let_viewers_ask(running)
        write_dashboard(running.house.folder, ["Porch"], agency.name)
        yield running


async def _give_the_owner_a_phone(running: Stage, place: Elsewhere) -> None:
    client = running.house.client
    await client.post(
        "/api/mobile_app/registrations",
        {
            "app_data": {"push_token": "token", "push_url": f"{place.url}/push"},
            "app_id": "test",
            "app_name": "Test",
            "app_version": "1",
            "device_id": "phone",
            "device_name": "Alex's phone",
            "manufacturer": "Test",
            "model": "Test",
            "os_name": "Test",
            "os_version": "1",
            "supports_encryption": False,
        },
    )
    await client.has_action("notify", PHONE)
    step = await client.flow("options/flow", {"handler": running.entry})
    people = {"notify": [PHONE], "openers": [], "automations_may_open": False}
    await answer(client, step, "init", people, manager="options/flow")


async def _let_viewers_ask(running: Stage) -> None:
    """Let a viewer ask when the switch is not enough: in the store, as the dialogs would write it."""
    await running.house.stop()
    store = running.house.folder / ".storage" / "core.config_entries"
    kept = json.loads(await asyncio.to_thread(store.read_text))
    for entry in kept["data"]["entries"]:
        for share in entry["subentries"]:
            share["data"]["openings"] = ["always", "approval"]
    await asyncio.to_thread(store.write_text, json.dumps(kept))
    await running.house.start()
    await running.hub.home_connected()


async def _watched(running: Stage, agency: Agency) -> list[str]:
    """Let both officers watch the porch; give who they say they are."""
    (switch,) = (
        each
        for each in running.house.client.states
        if each.startswith("switch.porch_sharing")
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
    house: Stage, agency: Agency, place: Elsewhere
) -> None:
    viewers = await _watched(house, agency)
    async with chromium(trust=house.authority.ca_path) as browser:
        owner = await OwnersPage.open(browser, house.house.url)
        await _every_page_shows(owner, house, agency, viewers, place)
        await _the_dialog_shows(owner, house, agency, place)
        await _the_question_shows(owner, house, agency, viewers, place)
        await _the_repair_shows(owner, house, agency, place)
        desk = await _the_desk_shows(browser, house, agency)

        origins = (*origins_of(house), *HELD_ALREADY)
        for page in (owner.page, desk):
            strange = [url for url in page.requests if not url.startswith(origins)]
            assert [url for url in strange if "invitation" not in url] == []
        assert place.fetched == []
        await owner.page.evaluate(f"fetch('{place.url}/seen', {{ mode: 'no-cors' }})")
        assert place.fetched == ["/seen"]  # it would have been noticed
    await _the_phone_was_told(agency, viewers, place)


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
        if each.startswith("sensor.porch_viewers")
    )
    pages: Mapping[str, list[str]] = {
        "/sharing-cameras": viewers,
        f"/sharing-cameras?more-info-entity-id={sensor}": [agency.name, *viewers],
        devices["Porch"]: [agency.name, *viewers],
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
    """An officer asks to watch; the owner reads it among the notifications."""
    officer = Viewer(officer=agency.officers[0].name, purpose="one")
    camera = (await house.hub.camera_is("open", LABEL))["camera"]
    await house.hub.ask_to_watch(camera, viewer=officer)
    label = agency.agreement.terms["purposes"][0]["label"]
    texts = [
        agency.name,
        f"{viewers[0]} asks to watch {LABEL} for 15 minutes: {label}.",
    ]
    await owner.go(f"{house.house.url}/sharing-cameras")
    await owner.open_by(
        "deep('#sidebar-notifications')[0]",
        "deepText('notification-drawer').includes('Dismiss')",
    )
    await _shows(owner, "the notification", texts, place)


async def _the_repair_shows(
    owner: OwnersPage, house: Stage, agency: Agency, place: Elsewhere
) -> None:
    """The agreement changes, in words as hostile as before."""
    changed = replace(agency.agreement, version="<i>2</i> {version}")
    house.hub.change_agreement(changed)
    await house.hub.disconnect()
    await owner.go(f"{house.house.url}/config/repairs")
    await _shows(owner, "the list of repairs", [agency.name], place)
    await owner.page.click(
        "deep('ha-list-item, ha-md-list-item, ha-list-item-button')"
        ".find((each) => each.textContent.includes('has changed its agreement'))"
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


async def _the_phone_was_told(
    agency: Agency, viewers: list[str], place: Elsewhere
) -> None:
    """A phone shows HTML, so what is sent to it has none but what its reader would type."""
    labels = [each["label"] for each in agency.agreement.terms["purposes"]]
    for viewer, label in zip(viewers, labels, strict=True):
        async with asyncio.timeout(20):
            push = await place.pushed.get()
        assert "<" not in push["title"] + push["message"]
        assert unescape(push["title"]) == agency.name
        assert unescape(push["message"]) == f"{viewer} is watching {LABEL}: {label}."


UNSAFE: Final[Mapping[str, str]] = {
    "a line feed": "a\nb",
    "an escape": "a\x1b[31mb",
    "a null": "a\x00b",
    "a right-to-left override": "a\u202eb",
    "an isolate": "a\u2066b",
    "a zero-width space": "a\u200bb",
    "a line separator": "a\u2028b",
    "a private character": "a\ue000b",
    "a tag": "a\U000e0001b",
    "no normal form": "a\u0301",
}


async def test_controls_and_marks_of_direction_are_refused_by_their_codes(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path) as running:
        answers = {
            what: await _asked_by(running, text) for what, text in UNSAFE.items()
        }
        problems = {
            what: await _paired_with(running, text) for what, text in UNSAFE.items()
        }
    assert answers == {what: {"text_unsafe"} for what in UNSAFE}
    assert problems == {what: {"not_a_hub"} for what in UNSAFE}


async def _asked_by(running: Stage, text: str) -> set[str]:
    """Ask to watch in the name of somebody with such a text in any of their claims; give the codes that came."""
    camera = running.hub.cameras()[0]["camera"]
    outcomes = [
        await running.hub.open_session(camera, forgery=Forgery(claims={claim: text}))
        for claim in ("sub", "name", "agency", "case")
    ]
    return {each.code if isinstance(each, Refused) else "opened" for each in outcomes}


async def _paired_with(running: Stage, text: str) -> set[str]:
    """Follow the invitations of hubs with such a text anywhere in their discovery; give the problems that came."""
    problems = set[str]()
    for agency in _unsafe_agencies(text):
        async with ReferenceHub(running.authority, agency) as hub:
            client = running.house.client
            step = await client.flow("flow", {"handler": "latchstring"})
            step = await answer(client, step, "user", {"link": hub.invitation()})
            problems.add(step.get("errors", {}).get("link", step["step_id"]))
    return problems


def _unsafe_agencies(text: str) -> list[Agency]:
    terms: dict[str, Any] = dict(Agreement().terms)
    purpose = {**terms["purposes"][0], "label": text}
    agreements = [
        Agreement(version=text),
        Agreement(terms={**terms, "purposes": [purpose]}),
        Agreement(terms={**terms, "onward_disclosure": [text]}),
    ]
    if "\n" not in text:
        agreements.append(Agreement(text=text))
    return [
        Agency(name=text),
        Agency(contact=text),
        *(Agency(agreement=each) for each in agreements),
    ]
