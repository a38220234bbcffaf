"""What the entries of the record are about, by the names that people know: cameras, hubs, people, causes."""

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

A_MOMENT: Final = timedelta(seconds=2)
SECONDS_SHOWN_BELOW: Final = 90

NUMERALS: Final = {1: "once", 2: "twice"}

LABELLED: Final = tuple(
    kind.kind
    for kind in HOUSEHOLD_KINDS.values()
    if "label" in kind.__dataclass_fields__
)
"""Entries in which a camera has its label."""


class EntryNames:
    """Names what entries leave out. It reads the record, so it is for worker threads, and for one page or line."""

    def __init__(
        self, hass: HomeAssistant, reader: RecordReader, words: Sentences
    ) -> None:
        self._hass = hass
        self._reader = reader
        self._words = words
        self._labels: dict[str, str] = {}
        self._hubs: dict[str, str] = {}

    def say(self, key: str, **values: str) -> str:
        """Return a sentence, or a part of one, by its key in the translations."""
        return self._words.say("logbook", key, **values)

    def label(self, camera: str) -> str:
        """Return what the household calls a camera, or called it last."""
        if camera not in self._labels:
            self._labels[camera] = self._label_of(camera)
        return self._labels[camera]

    def hub(self, log: str | None) -> str:
        """Return the name that the owner accepted a hub by, or the one it had when it was paired."""
        name = log or ""
        if name not in self._hubs:
            self._hubs[name] = self._hub_name_of(name)
        return self._hubs[name]

    def hub_of(self, entry: StoredEntry) -> str:
        """Return the name of the hub that an entry is about."""
        return self.hub(hub_of(entry))

    def log(self, log: str) -> str:
        """Return whose log it is."""
        return self.say("household") if log == HOUSEHOLD else self.hub(log)

    def subject(self, entry: StoredEntry) -> str:
        """Return the name of what a household entry is about: a camera, or a hub."""
        if label := entry.content.get("label"):
            return str(label)
        if entry.content.get("camera"):
            return self.say("some_camera")
        return self.hub_of(entry)

    def switch(self, name: str, hub: str) -> str:
        """Return the name of one of our switches."""
        return self._words.entity_name("switch", name, hub=hub)

    def who(self, entry: StoredEntry) -> str:
        """Return who acted."""
        actor: Any = entry.content["actor"]
        return actor.get("name") or self.say(actor["kind"])

    def why(self, reason: str) -> str:
        """Return why a camera was open, closed or without a picture, or how a session ended.

        What has no words comes as it is.
        """
        words = self._words
        for say in (words.reason, words.no_picture, partial(words.say, "ended")):
            with suppress(KeyError):
                return say(reason)
        return reason

    def purpose(self, log: str | None, purpose: str) -> str:
        """Return a purpose in the words of the agreement, while there is one."""
        hub = self._accepted(log or "")
        return hub.purposes.get(purpose, purpose) if hub else purpose

    def setting(self, member: str) -> str:
        """Return the name of something that an owner can choose; what has no words comes as it is."""
        with suppress(KeyError):
            return self._words.say("setting", member)
        return member

    def times(self, count: int) -> str:
        """Return how often something happened."""
        return self.say(NUMERALS.get(count, "times"), count=str(count))

    def duration(self, took: timedelta) -> str:
        """Return how long something took."""
        if took < A_MOMENT:
            return self.say("moment")
        seconds = round(took.total_seconds())
        if seconds < SECONDS_SHOWN_BELOW:
            return self.say("seconds", count=str(seconds))
        return self.say("minutes", count=str(round(seconds / 60)))

    def _label_of(self, camera: str) -> str:
        last = self._reader.entries(
            HOUSEHOLD, {"cameras": (camera,), "kinds": LABELLED, "limit": 1}
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
