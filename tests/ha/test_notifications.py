"""Phones are told who watches and when they stop, in plain text whatever the hub says."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from tests.cameras import Cameras
from tests.hub import Agency, Authority, Officer, ReferenceHub

from .front_door import PEOPLE, pair
from .own_cameras import OwnCamera, install
from .watching import turn_on, watch

PHONE = "mobile_app_alex"
HOSTILE = "<img src=//spy.example> ![x](https://spy.example/x.png)"


def notify(hass: HomeAssistant, entry: ConfigEntry, *phones: str) -> None:
    """Choose phones, as the options dialog does."""
    options = {**entry.options, "notify": list(phones)}
    hass.config_entries.async_update_entry(entry, options=options)


async def test_the_chosen_phones_hear_of_a_viewer_before_and_after(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> None:
    phone = async_mock_service(hass, "notify", PHONE)
    other = async_mock_service(hass, "notify", "mobile_app_sam")
    notify(hass, entry, PHONE)
    await turn_on(hass, user=owner)

    session = await watch(hub)
    await hass.async_block_till_done()
    assert [call.data["message"] for call in phone] == [
        "Officer J. Doe, Jackson PD is watching Front door: Burglary in progress."
    ]
    await hub.close_session(session.session)
    await hub.ended(session.session)
    await hass.async_block_till_done()

    ended = phone[-1].data
    assert ended["title"] == "Jackson Police Department"
    assert ended["message"].startswith(
        "Officer J. Doe, Jackson PD stopped watching Front door after "
    )
    assert ended["data"]["tag"] == phone[0].data["data"]["tag"]
    assert not other


async def test_a_phone_that_is_gone_keeps_nobody_from_watching(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> None:
    notify(hass, entry, "mobile_app_lost")
    await turn_on(hass, user=owner)

    await watch(hub)


async def test_what_a_hub_calls_its_viewers_is_text_on_a_phone(
    hass: HomeAssistant, authority: Authority, served: Cameras, owner: str
) -> None:
    phone = async_mock_service(hass, "notify", PHONE)
    agency = Agency(officers=(Officer(sub="badge-1", name=HOSTILE),))
    (porch,) = await install(hass, OwnCamera("Porch", served.url("porch"), device="P"))
    async with ReferenceHub(authority, agency) as hub:
        await pair(
            hass,
            hub.invitation(),
            labels={porch: "Front door"},
            people={**PEOPLE, "notify": [PHONE]},
        )
        await turn_on(
            hass, "switch.p_sharing_with_jackson_police_department", user=owner
        )
        await watch(hub, officer=HOSTILE)
        await hass.async_block_till_done()

    (told,) = [call.data["message"] for call in phone][:1]
    assert "<" not in told
    assert "&lt;img src=//spy.example&gt;" in told


@pytest.mark.usefixtures("entry")
async def test_nobody_is_told_where_no_phone_is_chosen(
    hass: HomeAssistant, hub: ReferenceHub, owner: str
) -> None:
    phone = async_mock_service(hass, "notify", PHONE)
    await turn_on(hass, user=owner)

    await watch(hub)
    await hass.async_block_till_done()

    assert not phone
