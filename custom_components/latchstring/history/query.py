"""Queries of the record: their fields, the filters that read access leaves, and a page of the result."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
)
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ..const import ATTR_HUB, DOMAIN
from ..core.canonical import base64url, parse_base64url
from ..core.entries import KINDS
from ..household.household import HOUSEHOLD_KEY
from ..localize import Sentences
from ..record import HOUSEHOLD, RecordUnreadable, entry_id
from ..settings.shares import shares_of
from ..tracking.targets import is_targeted, means_all, require_found, select
from .related import EntryGroups
from .serialize import serialize_all

if TYPE_CHECKING:
    from homeassistant.helpers.typing import VolDictType

    from ..record import Gap, StoredEntry
    from ..record.query import Filters
    from ..record.reader import RecordReader
    from .access import ReadAccess

ATTR_VIEWER: Final = "viewer"
ATTR_AGENCY: Final = "agency"
ATTR_CASE: Final = "case"
ATTR_KIND: Final = "kind"
ATTR_START: Final = "start_time"
ATTR_END: Final = "end_time"
ATTR_LIMIT: Final = "limit"
ATTR_CURSOR: Final = "cursor"

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 200


def in_utc(value: Any) -> datetime:
    """Validate a time and return it in UTC, from local time if it has no zone. Some lie past the calendar's end."""
    try:
        return dt_util.as_utc(cv.datetime(value))
    except OverflowError as err:
        raise vol.DatetimeInvalid("expected a time within the calendar") from err


FILTER_FIELDS: Final[VolDictType] = {
    vol.Optional(ATTR_HUB): cv.string,
    vol.Optional(ATTR_VIEWER): cv.string,
    vol.Optional(ATTR_AGENCY): cv.string,
    vol.Optional(ATTR_CASE): cv.string,
    vol.Optional(ATTR_KIND): vol.All(cv.ensure_list, [vol.In(sorted(KINDS))]),
    vol.Optional(ATTR_START): in_utc,
    vol.Optional(ATTR_END): in_utc,
}
PAGE_FIELDS: Final[VolDictType] = {
    **FILTER_FIELDS,
    vol.Optional(ATTR_LIMIT, default=DEFAULT_LIMIT): vol.All(
        vol.Coerce(int), vol.Range(min=1, max=MAX_LIMIT)
    ),
    vol.Optional(ATTR_CURSOR): cv.string,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordQuery:
    """The fields of a query, and the read access of who asks.

    `cameras` are camera ids at the hubs; None: every camera, and entries about none.
    """

    data: Mapping[str, Any]
    cameras: frozenset[str] | None
    access: ReadAccess


def camera_ids(hass: HomeAssistant, data: Mapping[str, Any]) -> frozenset[str] | None:
    """Return the ids of the targeted cameras at all hubs; None: no target, or all cameras.

    Raises ServiceValidationError for what is no camera, or is listed for no hub.
    """
    if not is_targeted(data) or means_all(data):
        return None
    selected = select(hass, data)
    cameras = {
        share.camera_id: selected.entity_ids[share.camera]
        for entry in hass.config_entries.async_entries(DOMAIN)
        for share in shares_of(entry).values()
        if share.camera in selected.entity_ids
    }
    unshared = selected.unshared(cameras.values())
    require_found(unknown=selected.unknown, unshared=unshared)
    return frozenset(cameras)


async def async_page(hass: HomeAssistant, query: RecordQuery) -> dict[str, Any]:
    """Return a page, newest entry first, with the cursor of the next one. An empty page has a note that says why."""
    words = await Sentences.load(hass)
    try:
        return await hass.async_add_executor_job(partial(_page, hass, words, query))
    except RecordUnreadable as err:
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key="record_unreadable"
        ) from err


def _page(hass: HomeAssistant, words: Sentences, query: RecordQuery) -> dict[str, Any]:
    reader = hass.data[HOUSEHOLD_KEY].record.salvaging_reader
    limit = query.data[ATTR_LIMIT]
    filters = filters_of(hass, reader, query)
    filters["before"] = _page_start(reader, query)
    filters["limit"] = limit + 1
    found = reader.page(None, filters)
    page = found.entries[:limit]
    missing = reader.missing_ends()
    return {
        "entries": serialize_all(hass, reader, words, page, query.access),
        "next": _cursor(page[-1]) if len(found.entries) > limit else None,
        "note": _note(reader, words, page),
        "damaged": found.damaged or missing is None,
        "missing": [
            _missing(gap)
            for gap in missing or ()
            if gap.log != HOUSEHOLD or query.access.is_unlimited
        ],
    }


def _missing(gap: Gap) -> dict[str, Any]:
    """Return the entries missing at the end of a log as plain JSON."""
    return {
        "log": gap.log,
        "first": entry_id(gap.log, gap.epoch, gap.first),
        "last": entry_id(gap.log, gap.epoch, gap.last),
        "entries": gap.last - gap.first + 1,
    }


def filters_of(
    hass: HomeAssistant, reader: RecordReader, query: RecordQuery
) -> Filters:
    """Return the filters of a query, limited to what may be read. Raises what tells the caller why not."""
    data, access = query.data, query.access
    if ATTR_CASE in data and not access.is_unlimited:
        raise Unauthorized
    return {
        "hub": _hub(hass, reader, data.get(ATTR_HUB)),
        "viewer": data.get(ATTR_VIEWER),
        "agency": data.get(ATTR_AGENCY),
        "case": data.get(ATTR_CASE),
        "kinds": _intersection(_as_set(data.get(ATTR_KIND)), access.kinds),
        "cameras": _intersection(query.cameras, access.cameras),
        **_range(data),
    }


def _intersection[T](
    wanted: frozenset[T] | None, allowed: frozenset[T] | None
) -> frozenset[T] | None:
    if wanted is None or allowed is None:
        return allowed if wanted is None else wanted
    return wanted & allowed


def _as_set(values: list[str] | None) -> frozenset[str] | None:
    return None if values is None else frozenset(values)


def _hub(hass: HomeAssistant, reader: RecordReader, hub: str | None) -> str | None:
    """Return the name of a hub's log, which stays when the hub is removed."""
    if hub is None:
        return None
    entry = hass.config_entries.async_get_entry(hub)
    if (entry is None or entry.domain != DOMAIN) and hub not in reader.logs():
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="hub_unknown"
        )
    return hub


def _range(data: Mapping[str, Any]) -> Filters:
    start, end = data.get(ATTR_START), data.get(ATTR_END)
    if start and end and start >= end:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="time_backwards"
        )
    return {"since": start, "until": end}


def _cursor(last: StoredEntry) -> str:
    return base64url(last.id.encode())


def _page_start(reader: RecordReader, query: RecordQuery) -> str | None:
    """Return the id of the entry that the page before ended with.

    An entry that the reader may not read is refused: nobody is to probe for its existence or position.
    """
    cursor: str | None = query.data.get(ATTR_CURSOR)
    if cursor is None:
        return None
    try:
        entry = reader.get(parse_base64url(cursor).decode())
    except ValueError:
        entry = None
    if entry is None or not _is_readable(reader, entry, query.access):
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="cursor_unknown"
        )
    return entry.id


def _is_readable(reader: RecordReader, entry: StoredEntry, access: ReadAccess) -> bool:
    if access.kinds is not None and entry.kind not in access.kinds:
        return False
    if access.cameras is None:
        return True
    camera = EntryGroups.read(reader, [entry]).of(entry).first_content.get("camera")
    return camera in access.cameras


def _note(
    reader: RecordReader, words: Sentences, page: list[StoredEntry]
) -> str | None:
    if page:
        return None
    return words.say("record", "no_match" if reader.newest() else "empty")
