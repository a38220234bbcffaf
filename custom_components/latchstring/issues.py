"""Every repair that Home Assistant lists: how serious it is, whether a dialog mends it, how it is shown and hidden.

Every user of the home may read the list of repairs: what stands in it names no camera, entity, viewer or phone.
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
    """How Home Assistant lists a repair, of one hub or of the whole home."""

    severity: IssueSeverity = IssueSeverity.ERROR
    is_fixable: bool = False
    """Whether it has a dialog, which mends it or tells administrators more."""
    has_data: bool = True
    """Whether its data says which hub it is of."""
    issue_id: str | None = None
    """What it is known by in place of its own key: it takes the place of the others that are known by that."""


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
    """List a repair, of the home or of the hub of `entry`; one that is listed is replaced."""
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
    """List a repair no more, if it is listed."""
    ir.async_delete_issue(hass, DOMAIN, _issue_id(key, entry, request_id))


def request_issue_id(entry: ConfigEntry, request_id: str) -> str:
    """Return what a request is known by among repairs and notifications: no name that the hub chose."""
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
