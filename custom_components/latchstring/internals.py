"""What we use of Home Assistant that is neither documented nor used by several of its integrations.

Any release may take it away. That must keep nothing from loading and open nothing: each function says what holds then.
Everything else that we use is documented or shared; tests/repository/test_surface.py holds us to it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    asynccontextmanager,
    nullcontext,
    suppress,
)
from functools import partial
from typing import TYPE_CHECKING, Any

from homeassistant.components import camera, websocket_api
from homeassistant.config_entries import ConfigEntry, UnknownEntry
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er, restore_state

if TYPE_CHECKING:
    from homeassistant.auth.models import User
    from homeassistant.helpers.entity import Entity
    from homeassistant.helpers.target import SelectedEntities


async def async_stream_source(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return the address of a camera's video; None: it has none. May raise anything, as the camera's integration may.

    Without it asking fails, so that no camera shows the source that its owner consented to, and nothing opens.
    """
    return await camera.async_get_stream_source(hass, entity_id)


def camera_entity(hass: HomeAssistant, entity_id: str) -> camera.Camera:
    """Return the entity of a camera; raises HomeAssistantError where it is off or gone.

    Without it asking fails, so that a camera without a stream source shows nothing, and nothing opens.
    """
    return camera.get_camera_from_entity_id(hass, entity_id)


def stream_options(hass: HomeAssistant, entity_id: str) -> Mapping[str, Any]:
    """Return the options by which Home Assistant's own stream reads a camera; none where it is off or gone.

    Without it a camera is read as if it had none.
    """
    try:
        return camera_entity(hass, entity_id).stream_options
    except AttributeError, HomeAssistantError:
        return {}


def is_restored_by(hass: HomeAssistant, entity_id: str) -> bool:
    """Return whether an entity restores its state when Home Assistant starts.

    Without it every entity counts as one, so that no state from before the start counts as reported.
    """
    try:
        return entity_id in restore_state.async_get(hass).entities
    except AttributeError:
        return True


def has_stored_state(hass: HomeAssistant, entity_id: str) -> bool:
    """Return whether Home Assistant has a state for an entity to restore. Without it every entity may restore one."""
    try:
        return entity_id in restore_state.async_get(hass).last_states
    except AttributeError:
        return True


def last_entity_id(hass: HomeAssistant, registry_id: str) -> str | None:
    """Return the entity id that a removed entity had last. Without it dialogs show what is kept of the entity."""
    try:
        deleted = er.async_get(hass).deleted_entities.values()
    except AttributeError:
        return None
    return next((each.entity_id for each in deleted if each.id == registry_id), None)


def has_all_entities(user: User, policy: str) -> bool:
    """Return whether a user has this access to every entity. Without it access is asked for one entity at a time."""
    try:
        return user.permissions.access_all_entities(policy)
    except AttributeError:
        return False


def user_of_connection() -> User | None:
    """Return the user of the WebSocket connection whose command runs now; None: it came by none.

    Without it the actor of such a command is recorded as an administrator.
    """
    try:
        connection = websocket_api.current_connection.get()
    except AttributeError:
        return None
    return connection.user if connection else None


def forget_name(entity: Entity) -> None:
    """Drop an entity's cached name, so that it is made again. Without it the name stays until its hub is reloaded."""
    vars(entity).pop("name", None)


def missing_from(selected: SelectedEntities) -> frozenset[str]:
    """Return the devices, areas, floors and labels that a target names and nobody knows.

    Without it such a name selects nothing, and no error says so.
    """
    try:
        return frozenset().union(
            selected.missing_devices,
            selected.missing_areas,
            selected.missing_floors,
            selected.missing_labels,
        )
    except AttributeError:
        return frozenset()


def has_no_user(event: object) -> bool:
    """Return whether no user caused an event of the logbook. Without it a user may have caused each."""
    return getattr(event, "context_user_id", "") is None


async def async_call_unrecorded(
    hass: HomeAssistant, domain: str, service: str, data: dict[str, Any]
) -> None:
    """Call an action with no event on the bus, whose data the recorder would keep.

    Without it the action is called as any other: that the owner is not told is worse than a name in their own history.
    """
    action = hass.services.async_services_for_domain(domain)[service]
    try:
        job, checked = action.job, action.schema(data) if action.schema else data
        call = ServiceCall(hass, domain, service, checked)
    except AttributeError, TypeError:
        await hass.services.async_call(domain, service, data, blocking=True)
        return
    if (running := hass.async_run_hass_job(job, call)) is not None:
        await running


@asynccontextmanager
async def async_unloaded(
    hass: HomeAssistant, entry: ConfigEntry
) -> AsyncIterator[None]:
    """Hold an entry unloaded, so that nobody loads or removes it meanwhile, and load it again whatever was done.

    Raises UnknownEntry where it was removed before that. Without what it takes, somebody else may load the entry
    meanwhile; it is reloaded after that all the same.
    """
    entries, entry_id = hass.config_entries, entry.entry_id
    lock: AbstractAsyncContextManager[object] = nullcontext()
    unload: Callable[[], Awaitable[bool]] = partial(entries.async_unload, entry_id)
    setup: Callable[[], Awaitable[object]] = partial(entries.async_setup, entry_id)
    with suppress(AttributeError):
        lock, unload, setup = (
            entry.setup_lock,
            partial(entry.async_unload, hass),
            partial(entry.async_setup, hass),
        )
    async with lock:
        if entries.async_get_entry(entry_id) is None:
            raise UnknownEntry(entry_id)
        if entry.state.recoverable:
            await unload()
        try:
            yield
        finally:
            if entry.state.recoverable and await unload():
                await setup()
