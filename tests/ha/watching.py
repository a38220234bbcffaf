"""A camera that is shared, and the entities its owner knows it by."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_ENTITY_ID, SERVICE_TURN_OFF, SERVICE_TURN_ON
from homeassistant.core import Context, HomeAssistant

from custom_components.latchstring.household.household import HOUSEHOLD_KEY
from custom_components.latchstring.record import HOUSEHOLD
from tests.end_to_end.record_file import read_record
from tests.reference_hub import Opened, ReferenceHub

HUB: Final = "jackson_police_department"
SHARING: Final = f"switch.porch_sharing_with_{HUB}"
SHARE_NOW: Final = f"switch.porch_share_now_with_{HUB}"
VIEWABLE: Final = f"binary_sensor.porch_viewable_by_{HUB}"
WATCHED: Final = f"binary_sensor.porch_being_watched_by_{HUB}"
VIEWERS: Final = f"sensor.porch_viewers_from_{HUB}"
ACCESS: Final = f"event.porch_access_by_{HUB}"
HUB_SHARING: Final = f"switch.{HUB}_sharing"
SHARE_ALL: Final = f"switch.{HUB}_share_all_now"
CONNECTED: Final = f"binary_sensor.{HUB}_connected"


async def turn_on(
    hass: HomeAssistant, entity_id: str = SHARING, *, user: str | None
) -> None:
    """Turn a switch on, as this user or (None) as an automation does."""
    await _turn(hass, SERVICE_TURN_ON, entity_id, user)


async def turn_off(
    hass: HomeAssistant, entity_id: str = SHARING, *, user: str | None = None
) -> None:
    """Turn a switch off."""
    await _turn(hass, SERVICE_TURN_OFF, entity_id, user)


async def _turn(
    hass: HomeAssistant, service: str, entity_id: str, user: str | None
) -> None:
    await hass.services.async_call(
        "switch",
        service,
        {ATTR_ENTITY_ID: entity_id},
        blocking=True,
        context=Context(user_id=user),
    )


def is_on(hass: HomeAssistant, entity_id: str) -> bool:
    """Say whether an entity that must be there is on."""
    state = hass.states.get(entity_id)
    assert state is not None, entity_id
    assert state.state in ("on", "off"), state
    return state.state == "on"


def reason(hass: HomeAssistant) -> str:
    """Say why the camera can be seen or cannot."""
    viewable = hass.states.get(VIEWABLE)
    assert viewable is not None
    because: str = viewable.attributes["reason"]
    return because


def text_of(hass: HomeAssistant, entity_id: str) -> str:
    """Give the state of an entity that must be there."""
    state = hass.states.get(entity_id)
    assert state is not None, entity_id
    return state.state


async def ask_the_owner(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Let the only camera open only by an answer of its owner's."""
    (share,) = entry.subentries.values()
    hass.config_entries.async_update_subentry(
        entry, share, data={**share.data, "openings": ["approval"]}
    )
    await hass.async_block_till_done()


async def may_be_asked(hub: ReferenceHub, label: str | None = None) -> str:
    """Wait until the hub may ask for a camera, and give what it knows it by.

    It is listed so from the first, but a home asks nobody before its hub has cosigned a tree of this connection.
    """
    camera: str = (await hub.camera_is("ask", label))["camera"]
    await hub.home_admits()
    return camera


async def opened(
    hub: ReferenceHub,
    label: str = "Front door",
    *,
    listed_as: str = "open",
    **viewer: Any,
) -> Opened:
    """Be let in to a camera; its video has not come yet."""
    if listed_as == "ask":
        camera = await may_be_asked(hub, label)
    else:
        camera = (await hub.camera_is(listed_as, label))["camera"]
    outcome = await hub.open_session(camera, **viewer)
    assert isinstance(outcome, Opened), outcome
    return outcome


async def watch(hub: ReferenceHub, label: str = "Front door", **viewer: Any) -> Opened:
    """Watch a camera until its video flows."""
    session = await opened(hub, label, **viewer)
    await hub.fragments(session.carried_by, 3)
    return session


async def look(hub: ReferenceHub, label: str = "Front door", **viewer: Any) -> Opened:
    """Watch for a moment, and wait until all is said about it, by the home and by the hub."""
    session = await watch(hub, label, **viewer)
    await hub.close_session(session.session)
    await hub.ended(session.session)
    await hub.receipt(session.session)
    await hub.settled()
    return session


async def recorded(hass: HomeAssistant, *kinds: str) -> list[Mapping[str, Any]]:
    """Read entries of these kinds (or all), once all that was submitted before is written."""
    record = hass.data[HOUSEHOLD_KEY].record
    await record.log(
        HOUSEHOLD
    ).cosigned_size()  # goes behind everything in the writer's queue
    return on_disk(hass, *kinds)


def on_disk(hass: HomeAssistant, *kinds: str) -> list[Mapping[str, Any]]:
    """Read entries of these kinds (or all) as the record's file holds them this moment, the oldest first."""
    written = read_record(Path(hass.config.config_dir))
    return [each.content for each in written if not kinds or each.kind in kinds]
