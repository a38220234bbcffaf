"""Our entities are called by the hub and the label of now, so that nobody turns the switch of another camera."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from tests.ha.front_door import pair
from tests.ha.own_cameras import OwnCamera, install
from tests.ha.share_dialog import DETAILS, answer_share, begin_change
from tests.ha.watching import HUB_SHARING
from tests.reference_hub import ReferenceHub

AWAY = "rtsp://127.0.0.1:1/"


def names_of(hass: HomeAssistant, entry: ConfigEntry, share_id: str) -> set[str]:
    """Return what the entities of a share are called, in the registry and where their states are shown."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    ours = [each for each in entities if each.config_subentry_id == share_id]
    states = [hass.states.get(each.entity_id) for each in ours]
    assert len(ours) == len(list(filter(None, states))) > 0
    return {each.original_name or "" for each in ours} | {
        state.name for state in states if state
    }


def device_names(hass: HomeAssistant, entry: ConfigEntry) -> set[str | None]:
    """Return what the devices of a hub are called."""
    devices = dr.async_get(hass)
    ours = dr.async_entries_for_config_entry(devices, entry.entry_id)
    return {device.name for device in ours}


def text_of_name(hass: HomeAssistant, entity_id: str) -> str:
    """Return what an entity that must be there is called."""
    state = hass.states.get(entity_id)
    assert state is not None, entity_id
    return state.name


async def relabel(hass: HomeAssistant, entry: ConfigEntry, old: str, new: str) -> None:
    """Give a camera another label, by its dialog."""
    share = next(each for each in entry.subentries.values() if each.title == old)
    step = await begin_change(hass, entry, share, "details")
    await answer_share(hass, step, {**DETAILS, "label": new})
    await hass.async_block_till_done()


async def test_cameras_of_one_device_that_trade_their_labels_trade_their_names(
    hass: HomeAssistant, hub: ReferenceHub
) -> None:
    ids = await install(
        hass,
        OwnCamera("One", AWAY, device="Recorder"),
        OwnCamera("Two", AWAY, device="Recorder"),
    )
    labels = dict(zip(ids, ("Porch", "Yard"), strict=True))
    entry = await pair(hass, hub.invitation(), labels=labels)
    one, two = (
        next(key for key, each in entry.subentries.items() if each.title == label)
        for label in ("Porch", "Yard")
    )
    porch, yard = names_of(hass, entry, one), names_of(hass, entry, two)
    assert all("(Porch)" in name for name in porch)

    await relabel(hass, entry, "Porch", "Between")
    await relabel(hass, entry, "Yard", "Porch")
    await relabel(hass, entry, "Between", "Yard")

    assert names_of(hass, entry, two) == porch
    assert names_of(hass, entry, one) == yard


async def test_a_camera_without_a_device_is_called_by_its_label(
    hass: HomeAssistant, hub: ReferenceHub
) -> None:
    (porch,) = await install(hass, OwnCamera("Porch", AWAY))
    entry = await pair(hass, hub.invitation(), labels={porch: "Front door"})
    (share_id,) = entry.subentries

    await relabel(hass, entry, "Front door", "Gate")

    assert device_names(hass, entry) == {entry.title, "Gate"}
    shown = names_of(hass, entry, share_id)
    assert any(name.startswith("Gate ") for name in shown)
    assert not any("Front door" in name for name in shown)


@pytest.mark.parametrize("device", ["Porch", None])
async def test_a_hub_that_its_owner_calls_otherwise_is_called_so_everywhere(
    hass: HomeAssistant, hub: ReferenceHub, device: str | None
) -> None:
    (porch,) = await install(hass, OwnCamera("Porch", AWAY, device=device))
    entry = await pair(hass, hub.invitation(), labels={porch: "Front door"})
    (share_id,) = entry.subentries

    hass.config_entries.async_update_entry(entry, title="The desk")
    await hass.async_block_till_done()

    shown = names_of(hass, entry, share_id)
    assert all("The desk" in name for name in shown)
    assert device_names(hass, entry) >= {"The desk"}
    assert "Jackson Police Department" not in device_names(hass, entry)
    assert text_of_name(hass, HUB_SHARING) == "The desk Sharing"
