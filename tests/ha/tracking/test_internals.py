"""A release that takes away what Home Assistant documents nowhere opens nothing, and tells nobody more than before."""

from collections.abc import Callable
import html
from typing import Any, cast

from homeassistant.auth.permissions import AbstractPermissions, PolicyPermissions
from homeassistant.components import camera, websocket_api
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.target import SelectedEntities
import pytest
from pytest_homeassistant_custom_component.common import (
    MockUser,
    async_mock_service,
)
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.latchstring.internals import (
    async_unloaded,
    has_no_user,
    missing_from,
)
from tests.ha.actions.test_record_actions import entries, kinds
from tests.ha.front_door import told_by
from tests.ha.people import sign_in
from tests.ha.phones import register_phone
from tests.ha.restarting import start, stop
from tests.ha.share_dialog import open_change
from tests.ha.watching import (
    SHARING,
    VIEWABLE,
    is_on,
    recorded,
    turn_off,
    turn_on,
    watch,
)
from tests.reference_hub import ReferenceHub, Refused


async def test_where_no_camera_can_be_asked_for_its_stream_none_opens(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await turn_on(hass, user=owner)
    await stop(hass, entry)
    monkeypatch.delattr(camera, "async_get_stream_source")
    await start(hass, entry)

    await hub.home_connected()
    known = (await hub.camera_is("closed"))["camera"]
    assert isinstance(await hub.open_session(known), Refused)
    await turn_off(hass)
    with pytest.raises(ServiceValidationError) as closed:
        await turn_on(hass, user=owner)

    assert closed.value.translation_key == "camera_has_no_source"
    assert not is_on(hass, VIEWABLE)


async def test_where_nobody_knows_who_reads_everything_each_camera_is_asked_about(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
    member: MockUser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await turn_on(hass, user=owner)
    session = await watch(hub)
    await hub.close_session(session.session)
    await hub.ended(session.session)
    for each in (PolicyPermissions, AbstractPermissions):
        monkeypatch.delattr(each, "access_all_entities")

    assert kinds(await entries(hass, user=member.id)) == [
        "session_ended",
        "session_started",
    ]
    member.mock_policy({"entities": {"entity_ids": {"camera.yard": True}}})
    assert await entries(hass, user=member.id) == []


async def test_where_no_removed_entity_is_remembered_a_dialog_names_what_is_kept(
    hass: HomeAssistant, entry: ConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = er.async_get(hass)
    (kept,) = entry.subentries.values()
    registry.async_remove("camera.porch")
    await hass.async_block_till_done()

    with monkeypatch.context() as later:
        later.delattr(registry, "deleted_entities")
        step = await open_change(hass, entry, kept)

    assert html.unescape(told_by(step)["camera"]) == kept.data["camera"]


async def test_where_an_action_is_called_in_another_way_a_phone_is_still_told(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    phone = async_mock_service(hass, "notify", "mobile_app_alex")
    options = {**entry.options, "notify": [register_phone(hass, "Alex")]}
    hass.config_entries.async_update_entry(entry, options=options)
    await turn_on(hass, user=owner)
    monkeypatch.setattr(ServiceCall, "__init__", _of_more_words(ServiceCall.__init__))

    await watch(hub)
    await hass.async_block_till_done()

    assert "Officer J. Doe" in phone[0].data["message"]


def _of_more_words(made: Callable[..., None]) -> Callable[..., None]:
    """Want of whoever makes a call a context too, which Home Assistant itself gives."""

    def init(self: ServiceCall, *given: Any) -> None:
        if len(given) < len(("hass", "domain", "service", "data", "context")):
            raise TypeError("missing 1 required positional argument: 'context'")
        made(self, *given)

    return init


async def test_where_nobody_knows_who_sits_at_a_connection_it_is_an_administrator(
    hass: HomeAssistant,
    entry: ConfigEntry,
    owner: str,
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kim = await sign_in(hass, "Kim", hass_client, hass_ws_client)
    await turn_on(hass, user=owner)
    monkeypatch.delattr(websocket_api, "current_connection")

    await kim.command("config/entity_registry/remove", entity_id=SHARING)

    (*_, last) = await recorded(hass, "switch_turned")
    assert (last["on"], last["actor"]["name"]) == (False, "an administrator")


def test_what_a_target_does_not_say_is_not_missing() -> None:
    assert missing_from(SelectedEntities(missing_devices={"x"})) == {"x"}
    assert missing_from(cast("SelectedEntities", object())) == frozenset()


def test_an_event_that_names_no_user_may_be_anybodys() -> None:
    assert not has_no_user(object())


class Bare:
    """An entry as of a release that lets nobody hold it."""

    def __init__(self, entry: ConfigEntry) -> None:
        self.entry_id = entry.entry_id
        self._entry = entry

    @property
    def state(self) -> ConfigEntryState:
        """Whether it is loaded."""
        return self._entry.state


async def test_where_an_entry_cannot_be_held_it_goes_on_with_nothing_of_before(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    before = entry.runtime_data

    async with async_unloaded(hass, cast("ConfigEntry", Bare(entry))):
        assert not hasattr(entry, "runtime_data")
        await hass.config_entries.async_setup(entry.entry_id)
        meanwhile = entry.runtime_data

    assert entry.state is ConfigEntryState.LOADED
    assert entry.runtime_data not in (before, meanwhile)
