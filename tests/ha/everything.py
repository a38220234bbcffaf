"""A house with a name and a place, and every occasion there is to tell a hub something."""

from dataclasses import dataclass

from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, entity_registry as er

from tests.reference_hub import Agency, Agreement, Officer, Opened, ReferenceHub, Viewer

from .entities import entity_of
from .front_door import open_dialog, pair, submit
from .own_cameras import OwnCamera, install
from .watching import turn_off, turn_on, watch

SHERIFF = Agency(
    name="Hinds County Sheriff",
    short_name="Hinds SO",
    contact="Dispatch, dispatch@hinds.example, +1 601 555 0199",
    officers=(
        Officer(sub="star-212", name="Deputy A. Moss"),
        Officer(sub="star-219", name="Deputy K. Vance"),
    ),
    agreement=Agreement(
        version="2026-11-03",
        text="Deputies look at what an owner shows them, and keep none of it.",
        terms={
            "purposes": [{"purpose": "break-in", "label": "Somebody breaks in"}],
            "retention_days": 0,
            "facial_recognition": False,
            "analytics": False,
            "onward_disclosure": [],
        },
    ),
)
"""An agency that has nothing in common with the reference hub's own."""

LABEL = "Front door"
HOME = (32.298757, -90.184807)
SECONDS = 3
"""How long a viewer watches at least."""
_RATE = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """A hub that was told of a camera, its entry, and the case it is after."""

    hub: ReferenceHub
    entry: ConfigEntry
    case: str

    def viewer(self, number: int = 0) -> Viewer:
        """Name one of this agency's people, with a purpose of this agency's."""
        agency = self.hub.agency
        return Viewer(
            officer=agency.officers[number].name,
            purpose=agency.agreement.terms["purposes"][0]["purpose"],
            case=self.case,
        )

    async def watch(self, number: int = 0) -> Opened:
        """Watch until video flows."""
        viewer = self.viewer(number)
        return await watch(
            self.hub,
            LABEL,
            officer=viewer.officer,
            purpose=viewer.purpose,
            case=viewer.case,
        )


async def install_camera(hass: HomeAssistant, url: str) -> str:
    """Set up a camera as a family knows it, in a house that has a name and a place."""
    await hass.config.async_update(
        location_name="Magnolia Cottage",
        latitude=HOME[0],
        longitude=HOME[1],
        internal_url="http://192.168.177.23:8123",
        external_url="https://magnolia.example:8443",
    )
    (entity_id,) = await install(hass, OwnCamera("Lullaby", url, device="Crib corner"))
    nursery = ar.async_get(hass).async_create("Twins' bedroom")
    er.async_get(hass).async_update_entity(entity_id, area_id=nursery.id)
    return entity_id


async def paired(
    hass: HomeAssistant, hub: ReferenceHub, entity_id: str, *, case: str
) -> Watcher:
    """List the camera under its public label, and tell its rough place."""
    entry = await pair(hass, hub.invitation(), labels={entity_id: LABEL})
    (share_id,) = entry.subentries
    manager, words = hass.config_entries.subentries, ("config_subentries", "share")
    step = await open_dialog(
        manager,
        (entry.entry_id, "share"),
        {"source": SOURCE_RECONFIGURE, "subentry_id": share_id},
        words,
    )
    step = await submit(hass, manager, step, {"next_step_id": "details"}, words)
    details = {"label": LABEL, "place": "coarse"}
    step = await submit(hass, manager, step, details, words)
    location = {"latitude": HOME[0], "longitude": HOME[1], "radius": 1000}
    await submit(hass, manager, step, {"location": location, "heading_deg": 90}, words)
    return Watcher(hub=hub, entry=entry, case=case)


async def ask_in_vain(watcher: Watcher) -> None:
    """Ask for a closed camera and for one that does not exist, to see and to be asked."""
    hub = watcher.hub
    camera = (await hub.camera_is("closed", LABEL))["camera"]
    for each in (camera, "x" * 22):
        await hub.open_session(each)
        await hub.ask_to_watch(each, viewer=watcher.viewer())


async def watch_twice(watcher: Watcher) -> str:
    """Let a second viewer come and go, and the hub's connection too; give what carries it."""
    hub = watcher.hub
    first = await watcher.watch(0)
    second = await watcher.watch(1)
    await hub.fragments(first.session, SECONDS * _RATE)
    await hub.close_session(second.session)
    await hub.disconnect()
    await hub.camera_is("open", LABEL)
    return first.carried_by


async def close_and_part(hass: HomeAssistant, watcher: Watcher, carrier: str) -> bytes:
    """Switch off, remove the hub, and give the video it got."""
    hub, entry = watcher.hub, watcher.entry
    await turn_off(hass, entity_of(hass, entry, "sharing"))
    await hub.ended(carrier)
    await turn_off(hass, entity_of(hass, entry, "hub_sharing"))
    capture = (await hub.upload_ended(carrier)).capture
    await hub.said_by_home(lambda message: message.get("method") == "checkpoint")
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert not hub.faults
    assert capture is not None
    return bytes(capture)


async def open_to(hass: HomeAssistant, watcher: Watcher, *, owner: str) -> None:
    """Switch the camera on for this hub."""
    await turn_on(hass, entity_of(hass, watcher.entry, "sharing"), user=owner)
