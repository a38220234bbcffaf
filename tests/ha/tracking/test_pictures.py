"""What an owner is told while no picture comes, what a wrong login costs, and what is connected when."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.latchstring.household.household import HOUSEHOLD_KEY
from custom_components.latchstring.tracking.camera_address import async_camera_address
from custom_components.latchstring.tracking.camera_budget import MAX_CAMERAS_AT_ONCE
from tests.cameras import Cameras
from tests.cameras.odd import Oddities, odd_camera
from tests.ha.front_door import DOMAIN, answer, cameras_of, told_by
from tests.ha.own_cameras import OwnCamera, install
from tests.ha.repaired import details
from tests.ha.restarting import start, stop
from tests.ha.share_dialog import answer_share, begin_change, open_change
from tests.ha.watching import HUB_SHARING, SHARING, opened, turn_off, turn_on, watch
from tests.reference_hub import Authority, ReferenceHub, Refused
from tests.relay.cameras import connections_to

from .test_cameras import Located, share_porch, until, why_no_picture

LOCKED = Oddities(login=("MD5",))


def is_repaired(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Say whether the list of repairs has nothing about a picture."""
    issue_id = f"no_picture_{entry.entry_id}"
    return ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is None


async def test_a_repair_says_why_no_picture_came_until_one_comes(
    hass: HomeAssistant, hub: ReferenceHub, served: Cameras, owner: str
) -> None:
    located = Located(served.url("porch").replace("porch", "nowhere"))
    entry, camera = await share_porch(hass, hub, located)
    await turn_on(hass, user=owner)
    assert is_repaired(hass, entry)

    session = await opened(hub)
    await until(hass, lambda: not is_repaired(hass, entry))

    said = {
        "hub": entry.title,
        "cameras": "- Front door: The camera answers, but has no video at its address. "
        "Correct the address in the camera's own integration.",
    }
    assert await details(hass, entry, "no_picture") == said
    await hub.close_session(session.session)
    await hub.ended(session.session)
    await until(hass, lambda: why_no_picture(hass) == {None})
    assert await details(hass, entry, "no_picture") == said
    await turn_off(hass)
    await until(hass, lambda: is_repaired(hass, entry))
    located.url = served.url("porch")
    camera.show(located)
    await turn_on(hass, user=owner)
    await watch(hub)
    assert is_repaired(hass, entry)


async def test_a_picture_that_comes_late_settles_the_repair(
    hass: HomeAssistant, hub: ReferenceHub, served: Cameras, owner: str
) -> None:
    located = Located(served.url("porch"))
    entry, _ = await share_porch(hass, hub, located)
    await turn_on(hass, user=owner)
    located.fails = [RuntimeError()]
    session = await opened(hub)
    await until(hass, lambda: not is_repaired(hass, entry))

    await hub.fragments(session.carried_by, 1)

    await until(hass, lambda: is_repaired(hass, entry))


async def test_no_repair_is_about_a_camera_that_is_off_while_nobody_asks(
    hass: HomeAssistant, hub: ReferenceHub, served: Cameras, owner: str
) -> None:
    entry, camera = await share_porch(hass, hub, Located(served.url("porch")))
    await turn_on(hass, user=owner)

    camera._attr_available = False  # noqa: SLF001 - as an entity does itself
    camera.async_write_ha_state()
    await until(hass, lambda: why_no_picture(hass) == {"offline"})

    assert is_repaired(hass, entry)


async def test_a_recorder_with_many_channels_is_given_a_wrong_login_once(
    hass: HomeAssistant, hub: ReferenceHub
) -> None:
    async with odd_camera(LOCKED) as recorder:
        address = f"rtsp://owner:wrong@127.0.0.1:{recorder.port}/channel{{}}"
        cameras = await install(
            hass,
            *(OwnCamera(f"Channel {n}", address.format(n)) for n in range(16)),
        )

        step = await answer(
            hass, await cameras_of(hass, hub.invitation()), {"cameras": cameras}
        )

        assert step["type"] is FlowResultType.MENU
        assert told_by(step)["findings"].count("rejects the login") == len(cameras)
        assert recorder.wrong_logins == 1


async def tried_again(hass: HomeAssistant, located: Located) -> None:
    """Wait until a camera was to be connected to two more times."""
    asked = located.asked
    await until(hass, lambda: located.asked >= asked + 2)


async def test_a_wrong_login_is_tried_once_until_it_changes_or_the_owner_turns_it_on(
    hass: HomeAssistant, hub: ReferenceHub, owner: str
) -> None:
    async with odd_camera(LOCKED) as camera:
        address = f"rtsp://owner:{{}}@127.0.0.1:{camera.port}/live"
        located = Located(address.format("wrong"))
        await share_porch(hass, hub, located)
        assert camera.wrong_logins == 1  # the dialog's
        await turn_on(hass, user=owner)

        for _ in range(3):
            session = await opened(hub)
            await tried_again(hass, located)
            await until(hass, lambda: why_no_picture(hass) == {"unauthorized"})
            await hub.close_session(session.session)
            await hub.ended(session.session)
        assert camera.wrong_logins == 2

        located.url = address.format("other")
        session = await opened(hub)
        await until(hass, lambda: camera.wrong_logins == 3)
        await tried_again(hass, located)
        assert camera.wrong_logins == 3

        await turn_off(hass)
        await turn_on(hass, user=owner)
        await opened(hub)
        await until(hass, lambda: camera.wrong_logins == 4)


async def test_diagnostics_say_who_reads_a_camera_and_why_no_picture_comes(
    hass: HomeAssistant,
    hub: ReferenceHub,
    served: Cameras,
    owner: str,
    hass_client: ClientSessionGenerator,
) -> None:
    assert await async_setup_component(hass, "diagnostics", {})
    located = Located(served.url("porch").replace("porch", "nowhere"))
    entry, _ = await share_porch(hass, hub, located)

    async def camera() -> dict[str, Any]:
        told: Any = await get_diagnostics_for_config_entry(hass, hass_client, entry)
        (share,) = told["shares"]
        said: dict[str, Any] = share["camera"]
        return said

    nobody = {
        "read_or_tried": False,
        "read_by": None,
        "because_of": None,
        "no_picture": None,
    }
    assert await camera() == nobody
    await turn_on(hass, user=owner)
    await opened(hub)
    await until(hass, lambda: why_no_picture(hass) == {"address_wrong"})
    assert await camera() == {
        "read_or_tried": True,
        "read_by": "rtsp",
        "because_of": "scheme",
        "no_picture": "address_wrong",
    }


async def test_a_viewer_of_one_camera_more_than_the_home_connects_to_is_refused(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, user=owner)
    budget = hass.data[HOUSEHOLD_KEY].camera_budget
    for number in range(MAX_CAMERAS_AT_ONCE):
        budget.begin(("another hub", f"session {number}"), f"camera {number}")
    camera = await hub.camera_is("open", "Front door")

    refused = await hub.open_session(camera["camera"])

    assert isinstance(refused, Refused)
    assert refused.code == "not_available"
    budget.end(("another hub", "session 0"))
    first = await watch(hub)
    assert budget.in_use == MAX_CAMERAS_AT_ONCE
    await watch(hub)
    assert budget.in_use == MAX_CAMERAS_AT_ONCE
    await turn_off(hass)
    await hub.ended(first.session)
    assert budget.in_use == MAX_CAMERAS_AT_ONCE - 1


async def test_a_camera_stays_connected_where_its_owner_wants_that(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    served: Cameras,
    owner: str,
) -> None:
    (share,) = entry.subentries.values()
    budget = hass.data[HOUSEHOLD_KEY].camera_budget
    step = await begin_change(hass, entry, share, "details")
    details = {"label": "Front door", "place": "none", "stays_connected": True}
    await answer_share(hass, step, details)
    assert connections_to(served.port) == 0

    await turn_on(hass, user=owner)

    await served["porch"].until_viewers(1)
    assert budget.in_use == 0
    assert connections_to(served.port) == 1
    session = await watch(hub)
    assert connections_to(served.port) == 1
    await hub.close_session(session.session)
    await hub.ended(session.session)
    assert connections_to(served.port) == 1
    await turn_off(hass)
    await served["porch"].until_viewers(0)
    await turn_on(hass, user=owner)
    await served["porch"].until_viewers(1)
    step = await begin_change(hass, entry, share, "details")
    await answer_share(hass, step, {**details, "stays_connected": False})
    await served["porch"].until_viewers(0)


async def test_a_camera_stays_connected_only_while_its_switch_and_the_hubs_are_on(
    hass: HomeAssistant, entry: ConfigEntry, served: Cameras, owner: str
) -> None:
    (share,) = entry.subentries.values()
    hass.config_entries.async_update_subentry(
        entry, share, data={**share.data, "stays_connected": True}
    )
    (share,) = entry.subentries.values()
    step = await open_change(hass, entry, share)
    assert "stays connected" in told_by(step)["rules"]
    await turn_on(hass, user=owner)
    await served["porch"].until_viewers(1)

    await turn_off(hass, HUB_SHARING)
    await served["porch"].until_viewers(0)
    await turn_on(hass, HUB_SHARING, user=owner)
    await served["porch"].until_viewers(1)
    er.async_get(hass).async_update_entity(
        SHARING, disabled_by=er.RegistryEntryDisabler.USER
    )

    await served["porch"].until_viewers(0)


async def test_a_home_that_starts_connects_to_what_stays_connected_and_lets_go_at_the_end(
    hass: HomeAssistant,
    entry: ConfigEntry,
    served: Cameras,
    owner: str,
) -> None:
    (share,) = entry.subentries.values()
    hass.config_entries.async_update_subentry(
        entry, share, data={**share.data, "stays_connected": True}
    )
    await turn_on(hass, user=owner)
    await served["porch"].until_viewers(1)

    await stop(hass, entry)
    await served["porch"].until_viewers(0)

    await start(hass, entry)
    await served["porch"].until_viewers(1)
    await hass.config_entries.async_remove(entry.entry_id)
    await served["porch"].until_viewers(0)


@pytest.mark.parametrize("verifies", [None, False, True])
async def test_a_certificate_is_checked_where_home_assistant_checks_it(
    hass: HomeAssistant,
    hub: ReferenceHub,
    authority: Authority,
    owner: str,
    verifies: bool | None,  # noqa: FBT001 - a parameter of the test
) -> None:
    async with odd_camera(Oddities(tls=authority.server_context())) as there:
        _, camera = await share_porch(hass, hub, Located(there.url))
        if verifies is not None:
            camera.stream_options["verify_ssl"] = verifies
        await turn_on(hass, user=owner)

        session = await opened(hub)

        if verifies:
            await until(hass, lambda: why_no_picture(hass) == {"certificate_invalid"})
        else:
            await hub.fragments(session.carried_by, 3)
        await turn_off(hass)


@pytest.mark.parametrize(
    ("options", "verifies", "transport", "by_arrival"),
    [
        ({}, False, None, False),
        ({"verify_ssl": True}, True, None, False),
        ({"verify_ssl": False}, False, None, False),
        ({"rtsp_transport": "udp"}, False, "udp", False),
        ({"rtsp_transport": "tcp"}, False, "tcp", False),
        ({"rtsp_transport": "http"}, False, None, False),
        ({"use_wallclock_as_timestamps": True}, False, None, True),
        ({"use_wallclock_as_timestamps": False}, False, None, False),
    ],
)
async def test_a_camera_is_read_as_its_options_in_home_assistant_say(
    hass: HomeAssistant,
    options: dict[str, Any],
    verifies: bool,  # noqa: FBT001 - a parameter of the test
    transport: str | None,
    by_arrival: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    camera = OwnCamera("Porch", "rtsp://127.0.0.1:1/live")
    camera.stream_options.update(options)
    (porch,) = await install(hass, camera)

    address = await async_camera_address(hass, porch)

    assert address is not None
    assert address.verifies_certificate is verifies
    assert address.transport == transport
    assert address.by_arrival is by_arrival


@pytest.mark.parametrize(
    ("oddities", "options"),
    [
        (Oddities(tcp_status=461, udp_status=200), {"rtsp_transport": "udp"}),
        (Oddities(udp_status=200), {"rtsp_transport": "udp"}),
        (Oddities(clock_rate=0.0), {"use_wallclock_as_timestamps": True}),
    ],
    ids=["udp only", "udp", "no clock"],
)
async def test_a_camera_of_its_own_ways_is_watched_by_its_options(
    hass: HomeAssistant,
    hub: ReferenceHub,
    owner: str,
    oddities: Oddities,
    options: dict[str, Any],
) -> None:
    async with odd_camera(oddities) as there:
        _, camera = await share_porch(hass, hub, Located(there.url))
        camera.stream_options.update(options)
        await turn_on(hass, user=owner)
        there.transports_asked.clear()

        await watch(hub)

        is_udp = ["client_port" in asked for asked in there.transports_asked]
        assert is_udp == ["rtsp_transport" in options]
        await turn_off(hass)
