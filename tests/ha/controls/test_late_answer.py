"""An answer that comes after its time, from a real phone of the real app integration, opens nothing."""

from http import HTTPStatus

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from tests.end_to_end.phone import ANSWERED, button, registration
from tests.ha.gate.test_requests import ask, time_is_over
from tests.ha.notifications.test_notifications import notify
from tests.ha.watching import recorded
from tests.reference_hub import Opened, ReferenceHub, Refused


@pytest.mark.parametrize("late", [False, True], ids=["in time", "late"])
async def test_an_answer_counts_in_time_and_not_after_it(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    asked_for: str,
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
    late: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    assert await async_setup_component(hass, "mobile_app", {})
    await hass.async_block_till_done()  # it finds notify by itself, and takes its time
    web, socket = await hass_client(), await hass_ws_client()
    response = await web.post(
        "/api/mobile_app/registrations", json=registration("Alex", "Apple")
    )
    webhook = (await response.json())["webhook_id"]
    await hass.async_block_till_done()
    (phone,) = hass.config_entries.async_entries("mobile_app")
    notify(hass, entry, phone.entry_id)
    await socket.send_json_auto_id(
        {"type": "mobile_app/push_notification_channel", "webhook_id": webhook}
    )
    assert (await socket.receive_json())["success"]
    request = await ask(hass, hub, asked_for)
    push = (await socket.receive_json())["event"]
    if late:
        await time_is_over(hass)

    event = {
        "event_type": ANSWERED,
        "event_data": {"action": button(push, "Allow once")},
    }
    answer = {"type": "fire_event", "data": event}
    response = await web.post(f"/api/webhook/{webhook}", json=answer)
    assert response.status == HTTPStatus.OK
    await hass.async_block_till_done()

    assert await hub.decided(request) is not late
    outcome = await hub.open_session(asked_for)
    assert isinstance(outcome, Refused if late else Opened)
    assert len(await recorded(hass, "request_answered")) == (not late)
