"""What happened at a camera, as a sentence for the logbook.

Its words come out of the record. The bus, and the recorder that keeps all that passes there, get an entry's id alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import callback
from homeassistant.util.hass_dict import HassKey
from lru import LRU

from .const import DOMAIN
from .core.content import claims
from .core.record import HOUSEHOLD_KINDS
from .paired import hub_of
from .record import HOUSEHOLD, RecordUnreadable
from .words import Words

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from .record import Record, StoredEntry

EVENT_ACCESS: Final = f"{DOMAIN}_access"
ATTR_ENTRY: Final = "entry"

LABELLED: Final = tuple(
    kind.kind
    for kind in HOUSEHOLD_KINDS.values()
    if "label" in kind.__dataclass_fields__
)
"""Entries in which a camera has its label."""

REMEMBERED: Final = 1000
A_MOMENT: Final = timedelta(seconds=2)
SECONDS_SHOWN_BELOW: Final = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A sentence: of what, and what became of it."""

    name: str
    message: str


class Chronicle:
    """Knows the lines of late by heart and reads the older ones."""

    def __init__(self, hass: HomeAssistant, record: Record, words: Words) -> None:
        """Know none yet."""
        self._hass = hass
        self._read = record.read
        self._words = words
        self._known: LRU[str, Line] = LRU(REMEMBERED)

    async def async_tell(self, entry_id: str, entity_id: str) -> None:
        """Learn an entry's line, so that nobody has to wait for it, then say that there is one."""
        self._words = await Words.load(self._hass)
        await self._hass.async_add_executor_job(self.line, entry_id)
        self._hass.bus.async_fire(
            EVENT_ACCESS, {ATTR_ENTRY: entry_id, ATTR_ENTITY_ID: entity_id}
        )

    @callback
    def known(self, entry_id: str) -> Line:
        """Give a line without reading anything."""
        return self._known.get(entry_id) or self._nothing

    def line(self, entry_id: str) -> Line:
        """Give a line, reading the record where it has to: for worker threads."""
        if (line := self._known.get(entry_id)) is None:
            try:
                line = self._told(entry_id)
            except RecordUnreadable, LookupError, ValueError:
                return self._nothing
            self._known[entry_id] = line
        return line

    @property
    def _nothing(self) -> Line:
        """Say that there is a record, which is all that is known where it can't be read or any phone made the id up."""
        return Line(name=self._say("record"), message=self._say("unknown"))

    def _told(self, entry_id: str) -> Line:
        entry = self._read.get(entry_id)
        if entry is None:
            raise LookupError(entry_id)
        tell: Mapping[str, Callable[[StoredEntry], Line]] = {
            "session_started": self._started,
            "session_ended": self._ended,
            "refusals": self._refused,
            "requested": self._requested,
            "request_answered": self._answered,
        }
        return tell[entry.kind](entry)

    def _started(self, entry: StoredEntry) -> Line:
        return self._of(entry, "session_started")

    def _ended(self, entry: StoredEntry) -> Line:
        (started,) = self._read.entries(
            entry.log,
            {"kinds": ("session_started",), "session": str(entry.content["session"])},
        )
        took = self.duration(entry.at - started.at)
        return self._of(started, "session_ended", duration=took)

    def _refused(self, entry: StoredEntry) -> Line:
        (paired, *_) = self._read.entries(entry.log, {"kinds": ("paired",)})
        return Line(name=str(paired.content["name"]), message=self._say("refusals"))

    def _requested(self, entry: StoredEntry) -> Line:
        minutes = str(entry.content["minutes"])
        return self._of(entry, "requested", minutes=minutes)

    def _answered(self, entry: StoredEntry) -> Line:
        """Say who answered whom. A request waits for two minutes, so it stands not far before."""
        answer: Mapping[str, Any] = entry.content
        asked = self._read.entries(
            answer["hub"], {"kinds": ("requested",), "before": entry.id}
        )
        (requested,) = (
            each for each in asked if each.content["request"] == answer["request"]
        )
        who = answer["actor"]["name"] or self._say("somebody")
        key = "allowed" if answer["allowed"] else "refused"
        return self._of(requested, key, who=who)

    def _of(self, entry: StoredEntry, key: str, **values: str) -> Line:
        """Tell of the viewer whose assertion stands in this entry."""
        asserted: Mapping[str, Any] = claims(str(entry.content["assertion"]))
        message = self._say(
            key,
            viewer=f"{asserted['name']}, {asserted['agency']}",
            purpose=self._purpose(entry.log, asserted["purpose"]),
            **values,
        )
        return Line(name=self._label(str(entry.content["camera"])), message=message)

    def _purpose(self, log: str, purpose: str) -> str:
        """Say a purpose in the words of the agreement, while there is one."""
        if entry := self._hass.config_entries.async_get_entry(log):
            return hub_of(entry).purposes.get(purpose, purpose)
        return purpose

    def _label(self, camera: str) -> str:
        """Call a camera what the household called it last."""
        (last,) = self._read.entries(
            HOUSEHOLD, {"cameras": (camera,), "kinds": LABELLED, "limit": 1}
        )
        return str(last.content["label"])

    def duration(self, took: timedelta) -> str:
        """Say how long something took."""
        if took < A_MOMENT:
            return self._say("moment")
        seconds = round(took.total_seconds())
        if seconds < SECONDS_SHOWN_BELOW:
            return self._say("seconds", count=str(seconds))
        return self._say("minutes", count=str(round(seconds / 60)))

    def _say(self, key: str, **values: str) -> str:
        return self._words.say("logbook", key, **values)


CHRONICLE_KEY: Final[HassKey[Chronicle]] = HassKey(f"{DOMAIN}_chronicle")
