"""The lines of the logbook: what happened at a camera, in a sentence.

The sentence is made from the record. The event bus, and the recorder with it, get the id of the entry alone.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from homeassistant.const import ATTR_ENTITY_ID, Platform
from homeassistant.core import callback
from homeassistant.util.hass_dict import HassKey
from lru import LRU

from ..const import DOMAIN
from ..core.canonical import Json
from ..core.entries import Refusals
from ..core.entries.entry_bytes import UNREADABLE_ENTRY
from ..localize import Sentences
from ..record import RecordUnreadable
from ..settings.shares import shares_of
from ..tracking.own_entities import own_entity_id
from .related import EntryGroups
from .sentences import EntryLine, EntrySentences

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from ..record import Record, StoredEntry

EVENT_ACCESS: Final = f"{DOMAIN}_access"
ATTR_ENTRY: Final = "entry"

EVENT_KINDS: Final = (
    "session_started",
    "session_ended",
    "refusals",
    "requested",
    "request_answered",
)
"""The kinds of entries that our event may refer to. Other entries are not for everybody who sees the logbook."""

CACHED_LINES: Final = 1000


class LogbookLines:
    """Returns the lines of the logbook: the latest from a cache, older ones from the record."""

    def __init__(self, hass: HomeAssistant, record: Record, words: Sentences) -> None:
        self._hass = hass
        self._read = record.salvaging_reader
        self._words = words
        self._cache: LRU[tuple[str, str], EntryLine] = LRU(CACHED_LINES)

    async def async_fire(self, entry_id: str, entity_id: str) -> None:
        """Cache the line of an entry, so that the loop finds it there, then fire the event for the logbook."""
        self._words = await Sentences.load(self._hass)
        await self._hass.async_add_executor_job(self.line, entry_id, entity_id)
        self._hass.bus.async_fire(
            EVENT_ACCESS, {ATTR_ENTRY: entry_id, ATTR_ENTITY_ID: entity_id}
        )

    @callback
    def cached(self, entry_id: str, entity_id: str) -> EntryLine:
        """Return the line of an entry at an entity, without reading the record."""
        return self._cache.get((entry_id, entity_id)) or self.unreadable

    def line(self, entry_id: str, entity_id: str) -> EntryLine:
        """Return the line of an entry at an entity, from the record if it is not cached: for worker threads."""
        if (line := self._cache.get((entry_id, entity_id))) is None:
            try:
                line = self._read_line(entry_id, entity_id)
            except (RecordUnreadable, *UNREADABLE_ENTRY):
                return self.unreadable
            self._cache[entry_id, entity_id] = line
        return line

    @callback
    def forget(self) -> None:
        """Empty the cache, because entries were erased."""
        self._cache.clear()

    @property
    def unreadable(self) -> EntryLine:
        """Return the line of an entry that cannot be read, or whose id a phone may have made up."""
        return self._sentences.unreadable()

    @property
    def _sentences(self) -> EntrySentences:
        return EntrySentences(self._hass, self._read, self._words)

    def _read_line(self, entry_id: str, entity_id: str) -> EntryLine:
        entry = self._read.get(entry_id)
        if entry is None or entry.kind not in EVENT_KINDS:
            raise LookupError(entry_id)
        if entry.kind == Refusals.kind and not entry.erased:
            entry = _of_one_camera(entry, self._camera_of(entity_id))
        group = EntryGroups.read(self._read, [entry]).of(entry)
        return self._sentences.line(entry, group)

    def _camera_of(self, entity_id: str) -> str | None:
        """Return the hub's id of the camera whose access entity this is."""
        for entry in self._hass.config_entries.async_entries(DOMAIN):
            for share in shares_of(entry).values():
                found = own_entity_id(
                    self._hass, Platform.EVENT, share.share_id, "access"
                )
                if found == entity_id:
                    return share.camera_id
        return None


def _of_one_camera(entry: StoredEntry, camera: str | None) -> StoredEntry:
    """Return the refusals of one camera alone: a user may have access to that one and no other."""
    content: Any = entry.content
    count = (content.get("cameras") or {}).get(camera)
    if count is None:
        return replace(entry, content={"counts": content["counts"]})
    of_one: dict[str, Json] = {"counts": {"": count}, "cameras": {str(camera): count}}
    return replace(entry, content=of_one)


LOGBOOK_LINES_KEY: Final[HassKey[LogbookLines]] = HassKey(f"{DOMAIN}_logbook_lines")
