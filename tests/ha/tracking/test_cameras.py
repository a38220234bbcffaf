"""What the camera's own integration says of where it is counts at the moment of connecting, and not a moment before."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
import hashlib
import hmac
from itertools import count, cycle
from typing import Any, override

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from tests.cameras import Cameras
from tests.ha.actions.test_record_actions import entries
from tests.ha.entities import entity_of
from tests.ha.front_door import DOMAIN, pair, told_by
from tests.ha.own_cameras import INTEGRATION, OwnCamera, install
from tests.ha.repaired import details
from tests.ha.restarting import start, stop
from tests.ha.share_dialog import answer_share, begin_share
from tests.ha.watching import (
    HUB,
    VIEWABLE,
    WATCHED,
    is_on,
    opened,
    reason,
    recorded,
    turn_off,
    turn_on,
    watch,
)
from tests.reference_hub import Agency, Authority, ReferenceHub, Refused
from tests.relay.cameras import connections_to

PATIENCE = 30
HOUR = 12
"""Times that Home Assistant writes every camera anew: each five minutes it makes another access token."""

ROTATING = ["?signInfo={}", "/{}", "/{}?signInfo={}"]
"""What a cloud puts behind a camera's address, another each time."""

WITH_PASSWORD = [
    "/user=admin_password={}_channel=1.sdp",
    "/user=admin&password={}&channel=1",
    "?user=admin&pwd={}",
]


class Located:
    """Where a camera is; `fails` are what its integration raises the next times it is asked."""

    def __init__(self, url: str) -> None:
        self.url: str | None = url
        self.fails: list[Exception] = []
        self.asked = 0

    async def __call__(self) -> str | None:
        self.asked += 1
        if self.fails:
            raise self.fails.pop()
        return self.url


class Rotating(Located):
    """Gives another address each time, of the same camera."""

    def __init__(self, url: str, ending: str) -> None:
        super().__init__(url)
        self._ending = ending
        self._numbers = count()

    @override
    async def __call__(self) -> str:
        url = await super().__call__()
        assert url is not None
        number = next(self._numbers)
        return url + self._ending.format(number, number)


class Moving(Located):
    """Gives the same machine another name each time."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._names = cycle(("127.0.0.1", "127.1", "127.0.1"))

    @override
    async def __call__(self) -> str:
        url = await super().__call__()
        assert url is not None
        return url.replace("127.0.0.1", next(self._names))


async def share_porch(
    hass: HomeAssistant, hub: ReferenceHub, located: Located
) -> tuple[ConfigEntry, OwnCamera]:
    """List a porch that is where its integration says."""
    camera = OwnCamera("Porch", located, device="Porch")
    (porch,) = await install(hass, camera)
    return await pair(hass, hub.invitation(), labels={porch: "Front door"}), camera


@pytest.fixture
async def located(
    hass: HomeAssistant, hub: ReferenceHub, served: Cameras, owner: str
) -> Located:
    """A porch that is switched on, and whose integration can be told what to say."""
    located = Located(served.url("porch"))
    await share_porch(hass, hub, located)
    await turn_on(hass, user=owner)
    await hub.camera_is("open")
    return located


async def an_hour_passes(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Let an hour go by in Home Assistant."""
    for _ in range(HOUR):
        freezer.tick(timedelta(minutes=5))
        async_fire_time_changed(hass)
        await hass.async_block_till_done()


async def test_nobody_asks_where_a_camera_is_while_nobody_watches(
    hass: HomeAssistant, located: Located, freezer: FrozenDateTimeFactory
) -> None:
    states_before = hass.states.get("camera.porch")
    asked = located.asked

    await an_hour_passes(hass, freezer)

    assert located.asked == asked
    assert hass.states.get("camera.porch") != states_before


async def test_a_repair_names_a_camera_that_shows_another_source_until_it_is_confirmed(
    hass: HomeAssistant, hub: ReferenceHub, served: Cameras, owner: str
) -> None:
    entry, camera = await share_porch(hass, hub, Located(served.url("porch")))
    await turn_on(hass, user=owner)
    issues, issue_id = ir.async_get(hass), f"cameras_changed_{entry.entry_id}"
    assert issues.async_get_issue(DOMAIN, issue_id) is None

    camera.show(served.url("yard"))
    await hass.async_block_till_done()

    assert await details(hass, entry, "cameras_changed") == {
        "hub": entry.title,
        "cameras": "- Front door (Porch)",
    }
    await turn_off(hass)
    assert issues.async_get_issue(DOMAIN, issue_id) is None
    await turn_on(hass, user=owner)
    assert issues.async_get_issue(DOMAIN, issue_id) is None
    await until(hass, lambda: reason(hass) == "always")


async def test_no_repair_names_a_camera_that_shows_no_source_for_a_while(
    hass: HomeAssistant, hub: ReferenceHub, served: Cameras, owner: str
) -> None:
    located = Located(served.url("porch"))
    entry, camera = await share_porch(hass, hub, located)
    await turn_on(hass, user=owner)
    issues, issue_id = ir.async_get(hass), f"cameras_changed_{entry.entry_id}"

    located.url = None
    camera.show(located)
    await hass.async_block_till_done()
    assert reason(hass) == "camera_changed"
    assert issues.async_get_issue(DOMAIN, issue_id) is None

    located.url = served.url("yard")
    camera.show(located)
    await hass.async_block_till_done()
    assert issues.async_get_issue(DOMAIN, issue_id) is not None


async def test_each_connection_asks_once_where_the_camera_is(
    hub: ReferenceHub, located: Located
) -> None:
    asked = located.asked
    first = await watch(hub)
    second = await watch(hub)
    assert second.carried_by == first.session
    assert located.asked == asked + 1


async def test_a_camera_that_comes_back_is_asked_where_it_is(
    hass: HomeAssistant, hub: ReferenceHub, served: Cameras, owner: str
) -> None:
    located = Located(served.url("porch"))
    _, camera = await share_porch(hass, hub, located)
    await turn_on(hass, user=owner)
    asked, located.url = located.asked, served.url("yard")

    for available in (False, True):
        camera._attr_available = available  # noqa: SLF001 - as an entity does itself
        camera.async_write_ha_state()
    await hass.async_block_till_done()

    assert located.asked == asked + 1
    assert reason(hass) == "camera_changed"


@pytest.mark.parametrize("failure", [HomeAssistantError(), None])
async def test_a_camera_that_gives_no_address_at_a_start_is_asked_until_it_does(
    hass: HomeAssistant,
    hub: ReferenceHub,
    served: Cameras,
    owner: str,
    freezer: FrozenDateTimeFactory,
    failure: Exception | None,
) -> None:
    located = Located(served.url("porch"))
    entry, _ = await share_porch(hass, hub, located)
    await turn_on(hass, user=owner)
    await stop(hass, entry)
    if failure:
        located.fails = [failure]
    else:
        located.url = None
    await start(hass, entry)
    assert reason(hass) == ("facts_not_ready" if failure else "camera_changed")

    located.url = served.url("porch")
    await an_hour_passes(hass, freezer)

    assert reason(hass) not in ("facts_not_ready", "camera_changed")


@pytest.mark.parametrize("ending", ROTATING)
async def test_a_camera_whose_address_is_good_for_one_time_is_relayed(
    hass: HomeAssistant, hub: ReferenceHub, served: Cameras, owner: str, ending: str
) -> None:
    entry, camera = await share_porch(
        hass, hub, located := Rotating(served.url("porch"), ending)
    )
    await turn_on(hass, user=owner)

    session = await watch(hub)
    await hub.close_session(session.session)
    camera.async_write_ha_state()
    await hass.async_block_till_done()
    await stop(hass, entry)
    await start(hass, entry)
    await hub.home_connected()

    await watch(hub)
    await until(hass, lambda: reason(hass) == "always")
    located.url = served.url("porch").replace("127.0.0.1", "127.0.0.2")
    camera.show(located)
    await hass.async_block_till_done()
    assert reason(hass) == "camera_changed"


async def test_a_camera_that_is_on_another_machine_each_time_is_known_by_its_entity(
    hass: HomeAssistant, hub: ReferenceHub, served: Cameras, owner: str
) -> None:
    await share_porch(hass, hub, Moving(served.url("porch")))
    await turn_on(hass, user=owner)

    await watch(hub)

    await until(hass, lambda: reason(hass) == "always")


async def test_a_camera_that_nothing_tells_from_another_is_not_shared(
    hass: HomeAssistant, hub: ReferenceHub, served: Cameras, owner: str
) -> None:
    located = Located(served.url("porch"))
    nameless = OwnCamera("Porch", located)
    nameless._attr_unique_id = None  # noqa: SLF001 - as an entity without one
    (porch,) = await install(hass, nameless)
    entry = await pair(hass, hub.invitation(), labels={porch: "Front door"})
    nameless.show(Moving(served.url("porch")))
    await hass.async_block_till_done()
    switch = f"switch.front_door_sharing_with_{HUB}"

    with pytest.raises(ServiceValidationError) as refused:
        await turn_on(hass, switch, user=owner)

    assert refused.value.translation_key == "camera_not_recognizable"
    hass.config_entries.async_remove_subentry(entry, next(iter(entry.subentries)))
    await hass.async_block_till_done()
    step = await answer_share(hass, await begin_share(hass, entry), {"camera": porch})
    assert step["errors"] == {"camera": "cannot_be_relayed"}
    assert "unique ID" in told_by(step)["reason"]


def consented_before(
    hass_storage: dict[str, Any], entry: ConfigEntry, source: str
) -> None:
    """Have a hub's only consent be of an earlier release, which knew a source by its whole address."""
    salt = bytes.fromhex(hass_storage["latchstring.household"]["data"]["salt"])
    hubs = hass_storage["latchstring.consent"]["data"]["hubs"]
    (share,) = hubs[entry.entry_id]["shares"].values()
    then = f"{INTEGRATION} {source}".encode()
    share["source"] = hmac.new(salt, then, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("address", WITH_PASSWORD)
async def test_another_password_makes_no_other_camera(
    hass: HomeAssistant, hub: ReferenceHub, served: Cameras, owner: str, address: str
) -> None:
    located = Located(served.url("porch") + address.format("old"))
    _, camera = await share_porch(hass, hub, located)
    await turn_on(hass, user=owner)

    camera.show(served.url("porch") + address.format("new"))
    await hass.async_block_till_done()

    await until(hass, lambda: reason(hass) == "always")
    await watch(hub)
    camera.show(served.url("yard") + address.format("new"))
    await hass.async_block_till_done()
    assert reason(hass) == "camera_changed"


async def test_consent_to_an_address_with_its_password_still_holds(
    hass: HomeAssistant,
    hub: ReferenceHub,
    served: Cameras,
    owner: str,
    hass_storage: dict[str, Any],
) -> None:
    located = Located(served.url("porch") + WITH_PASSWORD[0].format("old"))
    entry, camera = await share_porch(hass, hub, located)
    await turn_on(hass, user=owner)
    await stop(hass, entry)
    consented_before(hass_storage, entry, f"{camera.unique_id} {located.url}")

    await start(hass, entry)

    await until(hass, lambda: reason(hass) == "always")
    await hub.home_connected()
    await watch(hub)
    camera.show(served.url("porch") + WITH_PASSWORD[0].format("new"))
    await hass.async_block_till_done()
    assert reason(hass) == "camera_changed"
    await turn_off(hass)
    await turn_on(hass, user=owner)
    await until(hass, lambda: reason(hass) == "always")


@pytest.fixture
async def other(authority: Authority) -> AsyncIterator[ReferenceHub]:
    """A second hub."""
    async with ReferenceHub(authority, Agency(name="Hinds County Sheriff")) as other:
        yield other


async def also_shared(
    hass: HomeAssistant, other: ReferenceHub, owner: str
) -> tuple[ConfigEntry, str]:
    """Have the porch shared with another hub too; give the entity that says whether it can be seen by it."""
    entry = await pair(hass, other.invitation(), labels={"camera.porch": "Front door"})
    await other.home_admits()
    await turn_on(hass, entity_of(hass, entry, "sharing"), user=owner)
    return entry, entity_of(hass, entry, "viewable")


async def test_two_hubs_share_a_connection_however_old_each_one_s_consent_is(
    hass: HomeAssistant,
    hub: ReferenceHub,
    other: ReferenceHub,
    served: Cameras,
    owner: str,
    hass_storage: dict[str, Any],
) -> None:
    address = served.url("porch") + WITH_PASSWORD[0]
    located = Located(address.format("old"))
    entry, camera = await share_porch(hass, hub, located)
    await turn_on(hass, user=owner)
    second, viewable = await also_shared(hass, other, owner)
    await stop(hass, second)
    assert await hass.config_entries.async_unload(entry.entry_id)
    consented_before(hass_storage, entry, f"{camera.unique_id} {located.url}")
    await start(hass, entry)
    assert await hass.config_entries.async_setup(second.entry_id)
    for each in (hub, other):
        await each.home_admits()

    by_then = await watch(hub)
    by_now = await watch(other)

    assert connections_to(served.port) == 1
    camera.show(address.format("new"))
    await hass.async_block_till_done()
    assert reason(hass) == "camera_changed"
    assert (await hub.upload_ended(by_then.session)).end == "reset"
    had = other.seen(by_now.carried_by).fragments
    await other.fragments(by_now.carried_by, had + 3)
    assert is_on(hass, viewable)


async def test_who_is_let_in_again_sees_no_connection_to_what_they_were_closed_for(
    hass: HomeAssistant,
    hub: ReferenceHub,
    other: ReferenceHub,
    served: Cameras,
    owner: str,
) -> None:
    """One consent is to a channel of a recorder, the other to whichever it gives."""
    channels = Rotating(served.url("porch"), "?channel={}")
    first = Located(served.url("porch") + "?channel=first")
    _, camera = await share_porch(hass, hub, first)
    await turn_on(hass, user=owner)
    camera.show(channels)
    await hass.async_block_till_done()
    assert reason(hass) == "camera_changed"
    await also_shared(hass, other, owner)
    of_any = await watch(other)
    asked = first.asked

    camera.show(first)
    await hass.async_block_till_done()
    await until(hass, lambda: reason(hass) == "always")
    assert first.asked == asked + 1
    await watch(hub)

    assert first.asked == asked + 2
    had = other.seen(of_any.carried_by).fragments
    await other.fragments(of_any.carried_by, had + 3)
    assert connections_to(served.port) == 1


async def test_a_camera_that_moved_without_a_word_is_closed_before_its_first_picture(
    hass: HomeAssistant, hub: ReferenceHub, served: Cameras, located: Located
) -> None:
    located.url = served.url("yard")

    session = await opened(hub)

    upload = await hub.upload_ended(session.session)
    assert (upload.end, upload.bytes) == ("reset", 0)
    assert reason(hass) == "camera_changed"
    camera = await hub.camera_is("closed")
    assert isinstance(await hub.open_session(camera["camera"]), Refused)


@pytest.mark.parametrize("failure", [HomeAssistantError(), RuntimeError()])
async def test_a_camera_whose_integration_fails_is_asked_again(
    hub: ReferenceHub, located: Located, failure: Exception
) -> None:
    located.fails = [failure, failure]

    await watch(hub)

    assert located.fails == []


async def test_a_camera_that_went_while_home_assistant_was_down_stays_closed(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, user=owner)
    await stop(hass, entry)
    er.async_get(hass).async_remove("camera.porch")

    await start(hass, entry)

    await hub.home_connected()
    camera = await hub.camera_is("closed")
    assert isinstance(await hub.open_session(camera["camera"]), Refused)
    assert reason(hass) == "camera_changed"


async def test_it_is_shown_why_no_picture_comes_and_the_log_names_the_entity(
    hass: HomeAssistant,
    hub: ReferenceHub,
    served: Cameras,
    owner: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    located = Located(served.url("porch").replace("porch", "nowhere"))
    await share_porch(hass, hub, located)
    await turn_on(hass, user=owner)
    assert why_no_picture(hass) == {None}

    session = await opened(hub)
    await until(hass, lambda: why_no_picture(hass) == {"address_wrong"})

    assert "Camera camera.porch cannot be read (address_wrong)" in caplog.text
    assert is_on(hass, WATCHED)
    await hub.close_session(session.session)
    await until(hass, lambda: why_no_picture(hass) == {None})
    await hub.ended(session.session)
    (cut,) = await recorded(hass, "session_cut")
    assert cut["no_picture"] == "address_wrong"
    (ended,) = await recorded(hass, "session_ended")
    assert "no_picture" not in ended
    told = [each["sentence"] for each in await entries(hass, user=owner)]
    assert any("no picture came: The camera answers" in each for each in told)
    assert any("was not seen by Officer J. Doe" in each for each in told)
    assert not any("was watched live by" in each for each in told)


async def test_it_is_shown_that_a_camera_is_offline_unless_its_picture_comes(
    hass: HomeAssistant, hub: ReferenceHub, served: Cameras, owner: str
) -> None:
    _, camera = await share_porch(hass, hub, Located(served.url("porch")))
    await turn_on(hass, user=owner)
    camera._attr_available = False  # noqa: SLF001 - as an entity does itself
    camera.async_write_ha_state()
    await hass.async_block_till_done()
    assert why_no_picture(hass) == {"offline"}
    await until(hass, lambda: is_on(hass, VIEWABLE))

    session = await watch(hub)

    await until(hass, lambda: why_no_picture(hass) == {None})
    await hub.close_session(session.session)
    await until(hass, lambda: why_no_picture(hass) == {"offline"})


def why_no_picture(hass: HomeAssistant) -> set[str | None]:
    """Return what our entities of the camera say, which is the same."""
    states = [hass.states.get(entity_id) for entity_id in (VIEWABLE, WATCHED)]
    return {state.attributes.get("no_picture") for state in states if state}


async def until(hass: HomeAssistant, is_so: Callable[[], bool]) -> None:
    """Wait for what is shown later than what it shows is so."""
    async with asyncio.timeout(PATIENCE):
        while not is_so():
            await hass.async_block_till_done()
            await asyncio.sleep(0.01)
