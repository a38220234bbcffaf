"""Every issue that we raise for Home Assistant's repairs: its severity, whether it has a dialog, and its id.

Every user of the home may read the list of repairs: its texts name no camera, entity, viewer or phone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from homeassistant.core import callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.issue_registry import IssueSeverity

from .const import (
    CONF_ENTRY_ID,
    CONF_REQUEST,
    DOMAIN,
    ISSUE_AGREEMENT_CHANGED,
    ISSUE_CAMERAS_CHANGED,
    ISSUE_CHECKPOINT_REFUSED,
    ISSUE_CLOCK,
    ISSUE_COSIGNATURE_LATE,
    ISSUE_HUB_ELSEWHERE,
    ISSUE_HUB_FILLS,
    ISSUE_KEYS_LOST,
    ISSUE_KEYS_UNTOLD,
    ISSUE_NO_PICTURE,
    ISSUE_OPENINGS_MIXED,
    ISSUE_OWN_ENTITIES,
    ISSUE_PHONES_UNTOLD,
    ISSUE_PUSHES_USED_UP,
    ISSUE_RECORD,
    ISSUE_REQUEST,
    ISSUE_RESTORED,
    ISSUE_STORE_UNREADABLE,
    ISSUE_UNHEARD,
)

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """How a repair of one hub or of the home is listed."""

    severity: IssueSeverity = IssueSeverity.ERROR
    is_fixable: bool = False
    """Whether it has a dialog, which mends it or shows administrators the details."""
    has_data: bool = True
    """Whether its data holds the config entry of its hub, for the dialog."""
    issue_id: str | None = None
    """Its issue id if that is not its key: issues with the same id replace each other."""


WARNING: Final = IssueSeverity.WARNING

ISSUES: Final[Mapping[str, Issue]] = {
    # The home's.
    ISSUE_RESTORED: Issue(is_fixable=True),
    ISSUE_CLOCK: Issue(is_fixable=True),
    "record_disk_full": Issue(issue_id=ISSUE_RECORD),
    "record_read_only": Issue(issue_id=ISSUE_RECORD),
    "record_locked": Issue(issue_id=ISSUE_RECORD),
    "record_corrupt": Issue(is_fixable=True, issue_id=ISSUE_RECORD),
    "record_newer": Issue(issue_id=ISSUE_RECORD),
    "record_io_error": Issue(issue_id=ISSUE_RECORD),
    # One hub's.
    ISSUE_AGREEMENT_CHANGED: Issue(is_fixable=True),
    ISSUE_STORE_UNREADABLE: Issue(is_fixable=True),
    ISSUE_KEYS_LOST: Issue(has_data=False),
    ISSUE_KEYS_UNTOLD: Issue(has_data=False),
    ISSUE_HUB_ELSEWHERE: Issue(),
    ISSUE_COSIGNATURE_LATE: Issue(),
    ISSUE_CHECKPOINT_REFUSED: Issue(),
    ISSUE_CAMERAS_CHANGED: Issue(severity=WARNING, is_fixable=True),
    ISSUE_OPENINGS_MIXED: Issue(severity=WARNING, is_fixable=True),
    ISSUE_OWN_ENTITIES: Issue(severity=WARNING, is_fixable=True),
    ISSUE_UNHEARD: Issue(severity=WARNING, is_fixable=True),
    ISSUE_NO_PICTURE: Issue(severity=WARNING, is_fixable=True),
    ISSUE_PHONES_UNTOLD: Issue(severity=WARNING, is_fixable=True),
    ISSUE_PUSHES_USED_UP: Issue(severity=WARNING),
    ISSUE_HUB_FILLS: Issue(severity=WARNING),
    # One request's.
    ISSUE_REQUEST: Issue(severity=WARNING, is_fixable=True),
}


@callback
def async_show(
    hass: HomeAssistant,
    key: str,
    entry: ConfigEntry | None = None,
    request_id: str | None = None,
    **placeholders: str,
) -> None:
    """Create an issue of the home, of the hub of `entry` or of a request; replace one that exists."""
    issue = ISSUES[key]
    ir.async_create_issue(
        hass,
        DOMAIN,
        _issue_id(issue.issue_id or key, entry, request_id),
        data=_data(entry, request_id) if issue.has_data else None,
        is_fixable=issue.is_fixable,
        severity=issue.severity,
        translation_key=key,
        translation_placeholders=placeholders or None,
    )


@callback
def async_hide(
    hass: HomeAssistant,
    key: str,
    entry: ConfigEntry | None = None,
    request_id: str | None = None,
) -> None:
    """Delete an issue if it exists."""
    ir.async_delete_issue(hass, DOMAIN, _issue_id(key, entry, request_id))


def request_issue_id(entry: ConfigEntry, request_id: str) -> str:
    """Return the id of a request's issue and notification: a digest, as the hub chose the request's id."""
    of = f"{entry.entry_id} {request_id}"
    return f"{DOMAIN}_{sha256(of.encode()).hexdigest()[:32]}"


def _issue_id(key: str, entry: ConfigEntry | None, request_id: str | None) -> str:
    if entry is None:
        return key
    if request_id is None:
        return f"{key}_{entry.entry_id}"
    return request_issue_id(entry, request_id)


def _data(
    entry: ConfigEntry | None, request_id: str | None
) -> dict[str, str | int | float | None] | None:
    if entry is None:
        return None
    data: dict[str, str | int | float | None] = {CONF_ENTRY_ID: entry.entry_id}
    return data | {CONF_REQUEST: request_id} if request_id else data
