"""What an administrator reads in the dialog of a repair, and nobody else."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from homeassistant.components.repairs import DOMAIN as REPAIRS, repairs_flow_manager
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component

from .front_door import DOMAIN, open_dialog

SAID_TO_ALL: Final = frozenset({"at", "folder", "hub", "megabytes", "reason", "size"})
"""What the words of a repair may be filled with: every user of the home may read the list of repairs."""
KEPT_FOR_ALL: Final = frozenset({"entry_id", "request"})
"""What a repair's dialog may be found by, which every user may read too."""


@asynccontextmanager
async def nobody_named(hass: HomeAssistant) -> AsyncIterator[None]:
    """See that no repair of ours is filled with anything else."""
    said: set[str] = set()
    kept: set[str] = set()

    @callback
    def look(event: Event[Any]) -> None:
        issues, issue_id = ir.async_get(hass), event.data["issue_id"]
        issue = issues.async_get_issue(event.data["domain"], issue_id)
        if issue is not None and issue.domain == DOMAIN:
            said.update(issue.translation_placeholders or ())
            kept.update(issue.data or ())

    hass.bus.async_listen(ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED, look)
    yield
    assert said <= SAID_TO_ALL
    assert kept <= KEPT_FOR_ALL


async def details(
    hass: HomeAssistant, entry: ConfigEntry, key: str
) -> Mapping[str, str]:
    """Open the dialog of a hub's repair, read it, and close it; give nothing where there is none."""
    about = {"issue_id": f"{key}_{entry.entry_id}"}
    if ir.async_get(hass).async_get_issue(DOMAIN, about["issue_id"]) is None:
        return {}
    assert await async_setup_component(hass, REPAIRS, {})
    manager = repairs_flow_manager(hass)
    assert manager is not None
    words = ("issues", key, "fix_flow")
    step = await open_dialog(manager, DOMAIN, about, words, about)
    assert step["type"] is FlowResultType.FORM
    manager.async_abort(step["flow_id"])
    told = step["description_placeholders"]
    assert told is not None
    return told
