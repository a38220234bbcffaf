"""What happened at a camera, as a sentence for the logbook.

Its words come out of the record. The bus, and the recorder that keeps all that passes there, get an entry's id alone.
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
from ..core.entries.entry_bytes import UNTELLABLE
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

SHOWN: Final = (
    "session_started",
    "session_ended",
    "refusals",
    "requested",
    "request_answered",
)
"""What an event of ours can point at. Whatever else stands in the record is not for everybody who sees the logbook."""

REMEMBERED: Final = 1000


class LogbookLines:
    """Returns the lines of the logbook: the latest from memory, older ones from the record."""

    def __init__(self, hass: HomeAssistant, record: Record, words: Sentences) -> None:
        self._hass = hass
        self._read = record.show
        self._words = words
        self._known: LRU[tuple[str, str], EntryLine] = LRU(REMEMBERED)

    async def async_tell(self, entry_id: str, entity_id: str) -> None:
        """Keep an entry's line in memory, so that nobody has to wait for it, then fire the event that there is one."""
        self._words = await Sentences.load(self._hass)
        await self._hass.async_add_executor_job(self.line, entry_id, entity_id)
        self._hass.bus.async_fire(
            EVENT_ACCESS, {ATTR_ENTRY: entry_id, ATTR_ENTITY_ID: entity_id}
        )

    @callback
    def known(self, entry_id: str, entity_id: str) -> EntryLine:
        """Return the line that an entry has beside an entity, without reading anything."""
        return self._known.get((entry_id, entity_id)) or self.nothing

    def line(self, entry_id: str, entity_id: str) -> EntryLine:
        """Return the line that an entry has beside an entity, from the record where it has to: for worker threads."""
        if (line := self._known.get((entry_id, entity_id))) is None:
            try:
                line = self._told(entry_id, entity_id)
            except (RecordUnreadable, *UNTELLABLE):
                return self.nothing
            self._known[entry_id, entity_id] = line
        return line

    @callback
    def forget(self) -> None:
        """Forget every line, because something was erased."""
        self._known.clear()

    @property
    def nothing(self) -> EntryLine:
        """Return the line that says nothing, which stands also where a phone may have made the id up."""
        return self._sentences.nothing()

    @property
    def _sentences(self) -> EntrySentences:
        return EntrySentences(self._hass, self._read, self._words)

    def _told(self, entry_id: str, entity_id: str) -> EntryLine:
        entry = self._read.get(entry_id)
        if entry is None or entry.kind not in SHOWN:
            raise LookupError(entry_id)
        if entry.kind == Refusals.kind and not entry.erased:
            entry = _of_one_camera(entry, self._camera_of(entity_id))
        group = EntryGroups.read(self._read, [entry]).of(entry)
        return self._sentences.line(entry, group)

    def _camera_of(self, entity_id: str) -> str | None:
        """Return the hub's id of the camera beside whose access it stands."""
        for entry in self._hass.config_entries.async_entries(DOMAIN):
            for share in shares_of(entry).values():
                found = own_entity_id(
                    self._hass, Platform.EVENT, share.share_id, "access"
                )
                if found == entity_id:
                    return share.camera_id
        return None


def _of_one_camera(entry: StoredEntry, camera: str | None) -> StoredEntry:
    """Return what of these refusals is told beside one camera: whoever sees that one may see no other."""
    said: Any = entry.content
    count = (said.get("cameras") or {}).get(camera)
    if count is None:
        return replace(entry, content={"counts": said["counts"]})
    of_one: dict[str, Json] = {"counts": {"": count}, "cameras": {str(camera): count}}
    return replace(entry, content=of_one)


LOGBOOK_LINES_KEY: Final[HassKey[LogbookLines]] = HassKey(f"{DOMAIN}_chronicle")
