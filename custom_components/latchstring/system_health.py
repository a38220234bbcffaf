"""System health in numbers: no names and no secrets, so that it can be shown to whoever helps."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from homeassistant.components.system_health import SystemHealthRegistration
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN
from .household.household import HOUSEHOLD_KEY, RECORD_FOLDER
from .tracking.camera_budget import MAX_CAMERAS_AT_ONCE

if TYPE_CHECKING:
    from .record import Record


@callback
def async_register(_hass: HomeAssistant, register: SystemHealthRegistration) -> None:
    """Register the function that returns the values."""
    register.async_register_info(async_system_health_info)


async def async_system_health_info(hass: HomeAssistant) -> dict[str, Any]:
    """Return the numbers of hubs, cameras and requests, and the state of the record."""
    household = hass.data[HOUSEHOLD_KEY]
    record = household.record
    entries = hass.config_entries.async_entries(DOMAIN)
    running = hass.config_entries.async_loaded_entries(DOMAIN)
    folder = Path(hass.config.path(RECORD_FOLDER))
    return {
        "hubs_paired": len(entries),
        "hubs_connected": sum(entry.runtime_data.connected for entry in running),
        "hubs_late": sum(entry.runtime_data.witness.is_late for entry in running),
        "cameras_at_once": f"{household.camera_budget.in_use} / {MAX_CAMERAS_AT_ONCE}",
        "cameras_listed": sum(len(entry.subentries) for entry in entries),
        "requests_waiting": sum(
            len(entry.runtime_data.requests.waiting) for entry in running
        ),
        "record": _health(record),
        "record_size": await hass.async_add_executor_job(_size, folder),
        "last_entry": record.last_entry_at or "-",
    }


def _health(record: Record) -> str | dict[str, str]:
    if record.fault is None:
        return "ok"
    return {"type": "failed", "error": record.fault}


def _size(folder: Path) -> str:
    """Return the size of the record, with the files that SQLite keeps beside it."""
    size = sum(file.stat().st_size for file in folder.glob("*") if file.is_file())
    return f"{size / 1_000_000:.1f} MB"
