"""The names that sentences use for what entries refer to: cameras, hubs, people, reasons."""

from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ..const import DOMAIN
from ..core.entries import HOUSEHOLD_KINDS
from ..record import HOUSEHOLD
from ..settings.hub import hub_of as accepted_hub
from ..settings.shares import shares_of
from .related import hub_of

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from ..core.model import Hub
    from ..localize import Sentences
    from ..record import StoredEntry
    from ..record.reader import RecordReader

MOMENT: Final = timedelta(seconds=2)
"""What is shorter is called a moment."""
MINUTES_FROM: Final = 90
"""From how many seconds on a duration is given in minutes."""

NUMERALS: Final = {1: "once", 2: "twice"}

LABEL_KINDS: Final = tuple(
    kind.kind
    for kind in HOUSEHOLD_KINDS.values()
    if "label" in kind.__dataclass_fields__
)
"""The kinds of entries that have the label of their camera."""


class EntryNames:
    """Looks up names, in the record too: for worker threads. It caches them, so it is for one page or line."""

    def __init__(
        self, hass: HomeAssistant, reader: RecordReader, words: Sentences
    ) -> None:
        self._hass = hass
        self._reader = reader
        self._words = words
        self._labels: dict[str, str] = {}
        self._hubs: dict[str, str] = {}

    def say(self, key: str, **values: str) -> str:
        """Return a translated sentence, or a part of one, by its key."""
        return self._words.say("logbook", key, **values)

    def label(self, camera: str) -> str:
        """Return the label of a camera, or its last one."""
        if camera not in self._labels:
            self._labels[camera] = self._label_of(camera)
        return self._labels[camera]

    def hub(self, log: str | None) -> str:
        """Return the accepted name of a hub, or the one that it was paired by."""
        name = log or ""
        if name not in self._hubs:
            self._hubs[name] = self._hub_name_of(name)
        return self._hubs[name]

    def hub_of(self, entry: StoredEntry) -> str:
        """Return the name of the hub that an entry is about."""
        return self.hub(hub_of(entry))

    def log(self, log: str) -> str:
        """Return the name of a log: the household's, or its hub's name."""
        return self.say("household") if log == HOUSEHOLD else self.hub(log)

    def subject(self, entry: StoredEntry) -> str:
        """Return the name of the camera or hub that a household entry is about."""
        if label := entry.content.get("label"):
            return str(label)
        if entry.content.get("camera"):
            return self.say("some_camera")
        return self.hub_of(entry)

    def switch(self, name: str, hub: str) -> str:
        """Return the name of one of our switches."""
        return self._words.entity_name("switch", name, hub=hub)

    def actor(self, entry: StoredEntry) -> str:
        """Return the name of the person who acted, or what kind of actor it was."""
        actor: Any = entry.content["actor"]
        return actor.get("name") or self.say(actor["kind"])

    def reason(self, reason: str) -> str:
        """Return the translation of a reason: of a decision, of a missing picture, or of the end of a session.

        One without a translation is returned as it is.
        """
        words = self._words
        for say in (words.reason, words.no_picture, partial(words.say, "ended")):
            with suppress(KeyError):
                return say(reason)
        return reason

    def purpose(self, log: str | None, purpose: str) -> str:
        """Return the label of a purpose in the hub's agreement; its key if the hub is not paired."""
        hub = self._accepted(log or "")
        return hub.purposes.get(purpose, purpose) if hub else purpose

    def setting(self, member: str) -> str:
        """Return the translated name of a rule or option; one without a translation as it is."""
        with suppress(KeyError):
            return self._words.say("setting", member)
        return member

    def times(self, count: int) -> str:
        """Return a count in words: once, twice, 3 times."""
        return self.say(NUMERALS.get(count, "times"), count=str(count))

    def duration(self, length: timedelta) -> str:
        """Return a duration in words, in seconds or minutes."""
        if length < MOMENT:
            return self.say("moment")
        seconds = round(length.total_seconds())
        if seconds < MINUTES_FROM:
            return self.say("seconds", count=str(seconds))
        return self.say("minutes", count=str(round(seconds / 60)))

    def _label_of(self, camera: str) -> str:
        last = self._reader.entries(
            HOUSEHOLD, {"cameras": (camera,), "kinds": LABEL_KINDS, "limit": 1}
        )
        label = last[0].content.get("label") if last else None
        return str(label or self._shared_label(camera) or self.say("some_camera"))

    def _shared_label(self, camera: str) -> str | None:
        for entry in self._hass.config_entries.async_entries(DOMAIN):
            for share in shares_of(entry).values():
                if share.camera_id == camera:
                    return share.label
        return None

    def _hub_name_of(self, log: str) -> str:
        if hub := self._accepted(log):
            return hub.name
        paired = self._reader.entries(log, {"kinds": ("paired",), "limit": 1})
        if paired and not paired[0].erased:
            return str(paired[0].content["name"])
        return self.say("some_hub")

    def _accepted(self, log: str) -> Hub | None:
        entry = self._hass.config_entries.async_get_entry(log)
        return accepted_hub(entry) if entry else None
