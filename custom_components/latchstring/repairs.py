"""The fix flow of each repair."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from homeassistant.exceptions import ServiceValidationError

from .const import (
    CONF_ENTRY_ID,
    CONF_REQUEST,
    DOMAIN,
    ISSUE_AGREEMENT_CHANGED,
    ISSUE_CLOCK,
    ISSUE_RECORD,
    ISSUE_RESTORED,
    ISSUE_STORE_UNREADABLE,
)
from .flows.repairs.home import ClockFlow, RecordCorruptFlow, RestoredFlow
from .flows.repairs.hub import (
    AgreementChangedFlow,
    DetailsFlow,
    HubFixFlow,
    StoreUnreadableFlow,
)
from .flows.repairs.request import RequestFlow

if TYPE_CHECKING:
    from homeassistant.components.repairs import RepairsFlow
    from homeassistant.core import HomeAssistant

HOME_FLOWS: Final[Mapping[str, type[RepairsFlow]]] = {
    ISSUE_RESTORED: RestoredFlow,
    ISSUE_RECORD: RecordCorruptFlow,
    ISSUE_CLOCK: ClockFlow,
}
HUB_FLOWS: Final[Mapping[str, type[HubFixFlow]]] = {
    ISSUE_AGREEMENT_CHANGED: AgreementChangedFlow,
    ISSUE_STORE_UNREADABLE: StoreUnreadableFlow,
}
"""The fix flows of a hub's repairs. Any other repair has the flow that shows its details."""


async def async_create_fix_flow(
    hass: HomeAssistant,
    issue_id: str,
    data: Mapping[str, Any] | None,
) -> RepairsFlow:
    """Return the fix flow of a repair."""
    if issue_id in HOME_FLOWS:
        return HOME_FLOWS[issue_id]()
    entry_id = (data or {}).get(CONF_ENTRY_ID, "")
    if request_id := (data or {}).get(CONF_REQUEST):
        return RequestFlow(entry_id, request_id)
    if (entry := hass.config_entries.async_get_entry(entry_id)) is None:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="hub_unknown"
        )
    issue = issue_id.removesuffix(f"_{entry_id}")
    if issue in HUB_FLOWS:
        return HUB_FLOWS[issue](entry)
    return DetailsFlow(entry, issue)
