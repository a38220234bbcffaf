"""A request is answered where Home Assistant shows what waits for its owner: no phone is needed."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from html import unescape
from http import HTTPStatus
from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.auth.models import User
from homeassistant.components.repairs import DOMAIN as REPAIRS, repairs_flow_manager
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import CLIENT_ID, MockUser
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.latchstring.localize import Sentences
from tests.ha.front_door import DOMAIN
from tests.ha.gate.test_requests import DOE, LEE, ask, time_is_over
from tests.ha.rules.clock import wall_clock
from tests.ha.spoken import ENGLISH, PLACEHOLDER
from tests.ha.watching import HUB_SHARING, recorded, turn_off, turn_on
from tests.reference_hub import Opened, ReferenceHub, Refused, Viewer

FIX = "/api/repairs/issues/fix"
WORDS = ENGLISH["issues"]["request"]["fix_flow"]
DOE_WITH_A_CASE = Viewer(officer=DOE.officer, case="26-001234")

type Step = Mapping[str, Any]
type Browser = TestClient[Any, Any]


@pytest.fixture
async def browser(
    hass: HomeAssistant, asked_for: str, hass_client: ClientSessionGenerator
) -> Browser:
    """The owner's, at a house where a camera may be asked for."""
    for component in (REPAIRS, "http"):
        assert await async_setup_component(hass, component, {})
    return await hass_client()


def asked_by(hass: HomeAssistant, viewer: Viewer) -> str:
    """Find the repair that asks for this viewer."""
    (issue,) = (
        each for each in asking(hass) if _asks(hass, each).startswith(viewer.officer)
    )
    return issue.issue_id


def asking(hass: HomeAssistant) -> Iterator[ir.IssueEntry]:
    """Give the repairs that say that somebody asks."""
    for each in ir.async_get(hass).issues.values():
        if each.translation_key == "request":
            yield each


def _asks(hass: HomeAssistant, issue: ir.IssueEntry) -> str:
    """Give who asks, which only the dialog says."""
    about = issue.data or {}
    entry = hass.config_entries.async_get_entry(str(about["entry_id"]))
    assert entry is not None
    request = entry.runtime_data.requests.get(about["request"])
    return str(request.viewer)


async def open_repair(browser: Browser, issue_id: str) -> Step:
    """Open it, and read it."""
    asked = {"handler": DOMAIN, "issue_id": issue_id}
    async with browser.post(FIX, json=asked) as response:
        step: Step = await response.json()
    page = WORDS["step"][step["step_id"]]
    assert set(step["menu_options"]) == set(page["menu_options"])
    filled = set(step["description_placeholders"])
    assert set(PLACEHOLDER.findall(page["description"])) <= filled
    return step


async def choose(browser: Browser, step: Step, answer: str) -> Step:
    """Press one of its buttons."""
    url = f"{FIX}/{step['flow_id']}"
    async with browser.post(url, json={"next_step_id": answer}) as response:
        answered: Step = await response.json()
    said = WORDS["abort"][answered["reason"]]
    assert set(PLACEHOLDER.findall(said)) <= set(
        answered["description_placeholders"] or ()
    )
    return answered


@pytest.mark.parametrize("answer", ["allow", "allow_once"])
async def test_the_owner_reads_who_asks_and_lets_exactly_them_in(
    hass: HomeAssistant,
    hub: ReferenceHub,
    asked_for: str,
    browser: Browser,
    owner: str,
    answer: str,
) -> None:
    request = await ask(hass, hub, asked_for, DOE_WITH_A_CASE)
    await ask(hass, hub, asked_for, LEE)
    step = await open_repair(browser, asked_by(hass, DOE))
    assert step["menu_options"] == ["refuse", "allow_once", "allow"]
    told = step["description_placeholders"]
    assert unescape(told["viewer"]) == "Officer J. Doe, Jackson PD"
    assert (told["camera"], told["purpose"]) == ("Front door", "Burglary in progress")
    assert unescape(told["case"]) == "26-001234"

    answered = await choose(browser, step, answer)

    assert answered["reason"] == "allowed"
    assert await hub.decided(request)
    opened = await hub.open_session(asked_for, case=DOE_WITH_A_CASE.case)
    assert isinstance(opened, Opened)
    other = await hub.open_session(asked_for, officer=LEE.officer)
    assert isinstance(other, Refused)
    (entry,) = await recorded(hass, "request_answered")
    assert entry["actor"]["user_id"] == owner
    assert asked_by(hass, LEE)
    with pytest.raises(ValueError, match="not enough values"):
        asked_by(hass, DOE)


async def test_the_owner_refuses_one_of_two(
    hass: HomeAssistant,
    hub: ReferenceHub,
    asked_for: str,
    browser: Browser,
) -> None:
    refused = await ask(hass, hub, asked_for, DOE)
    granted = await ask(hass, hub, asked_for, LEE)
    step = await open_repair(browser, asked_by(hass, LEE))

    doe = await open_repair(browser, asked_by(hass, DOE))
    assert (await choose(browser, doe, "refuse"))["reason"] == "refused"
    await choose(browser, step, "allow")

    assert await hub.decided(granted)
    await time_is_over(hass)
    assert not await hub.decided(refused)


async def test_a_dialog_left_open_answers_no_later_request(
    hass: HomeAssistant, hub: ReferenceHub, asked_for: str, browser: Browser
) -> None:
    late = await ask(hass, hub, asked_for, DOE)
    step = await open_repair(browser, asked_by(hass, DOE))
    await time_is_over(hass)
    assert not await hub.decided(late)
    await ask(hass, hub, asked_for, DOE)

    answered = await choose(browser, step, "allow")

    assert answered["reason"] == "request_over"
    assert isinstance(await hub.open_session(asked_for), Refused)
    assert asked_by(hass, DOE)  # the second still waits


async def test_by_the_clock_on_the_wall_a_request_is_over_before_its_timer(
    hass: HomeAssistant,
    hub: ReferenceHub,
    asked_for: str,
    browser: Browser,
) -> None:
    """As after a computer has slept."""
    await ask(hass, hub, asked_for, DOE)
    asked = {"handler": DOMAIN, "issue_id": asked_by(hass, DOE)}

    with wall_clock(datetime.now(UTC) + timedelta(seconds=121)):
        async with browser.post(FIX, json=asked) as response:
            step = await response.json()

    assert (step["type"], step["reason"]) == ("abort", "request_over")


async def test_a_yes_to_a_camera_that_is_kept_closed_says_so_and_can_be_said_again(
    hass: HomeAssistant, hub: ReferenceHub, asked_for: str, browser: Browser, owner: str
) -> None:
    request = await ask(hass, hub, asked_for, DOE)
    step = await open_repair(browser, asked_by(hass, DOE))
    await turn_off(hass, HUB_SHARING)

    answered = await choose(browser, step, "allow")

    assert answered["reason"] == "cameras_blocked"
    told = unescape(answered["description_placeholders"]["cameras"])
    assert told == "Front door: Sharing with this hub is off"
    assert not await recorded(hass, "request_answered")
    await turn_on(hass, HUB_SHARING, user=owner)
    step = await open_repair(browser, asked_by(hass, DOE))
    assert (await choose(browser, step, "allow"))["reason"] == "allowed"
    assert await hub.decided(request)


@pytest.mark.usefixtures("browser")
async def test_who_is_no_administrator_cannot_answer_there(
    hass: HomeAssistant,
    hub: ReferenceHub,
    asked_for: str,
    member: MockUser,
    hass_client: ClientSessionGenerator,
) -> None:
    await ask(hass, hub, asked_for)
    members = await hass_client(await token_of(hass, member))

    asked = {"handler": DOMAIN, "issue_id": asked_by(hass, DOE)}
    async with members.post(FIX, json=asked) as response:
        assert response.status == HTTPStatus.UNAUTHORIZED

    assert isinstance(await hub.open_session(asked_for), Refused)


async def token_of(hass: HomeAssistant, user: User) -> str:
    """Sign in."""
    token = await hass.auth.async_create_refresh_token(user, CLIENT_ID)
    return hass.auth.async_create_access_token(token)


@pytest.mark.usefixtures("browser")
async def test_a_dialog_that_nobody_sits_before_lets_nobody_in(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, asked_for: str
) -> None:
    options = {**entry.options, "automations_may_open": True}
    hass.config_entries.async_update_entry(entry, options=options)
    await ask(hass, hub, asked_for)
    manager = repairs_flow_manager(hass)
    assert manager is not None
    about: Any = {"issue_id": asked_by(hass, DOE)}
    step = await manager.async_init(DOMAIN, context=about, data=about)

    answered = await manager.async_configure(step["flow_id"], {"next_step_id": "allow"})

    assert answered["reason"] == "may_not_open_user"
    assert isinstance(await hub.open_session(asked_for), Refused)


async def test_home_assistant_says_that_somebody_asks_and_where_to_answer_until_it_is_over(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    asked_for: str,
    hass_ws_client: WebSocketGenerator,
) -> None:
    assert await async_setup_component(hass, "persistent_notification", {})
    client = await hass_ws_client()

    async def shown() -> list[Mapping[str, Any]]:
        await client.send_json_auto_id({"type": "persistent_notification/get"})
        notifications: list[Mapping[str, Any]] = (await client.receive_json())["result"]
        return notifications

    await ask(hass, hub, asked_for, DOE_WITH_A_CASE)
    (told,) = await shown()
    assert told["title"] == "Latchstring"
    assert told["message"].startswith("Somebody asks to watch a camera.")
    assert "(/config/repairs)" in told["message"]
    (request,) = entry.runtime_data.requests.waiting
    words = await Sentences.load(hass)
    assert words.clock(request.answer_by, seconds=True) in told["message"]

    await hass.config_entries.async_reload(entry.entry_id)

    assert not await shown()
    assert not [*asking(hass)]
