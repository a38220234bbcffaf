"""What an entry of the record says, in a sentence: about which camera or hub, and what became of it."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .core.canonical import parse_rfc3339
from .core.record import HOUSEHOLD_KINDS, ActorKind
from .core.record.entry_bytes import UNBELIEVED
from .paired import hub_of as accepted_hub
from .record import HOUSEHOLD
from .settings import is_digest
from .shares import shares_of
from .stories import Story, hub_of

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from .core.model import Hub
    from .record import StoredEntry
    from .record.reading import Reader
    from .words import Words

A_MOMENT: Final = timedelta(seconds=2)
SECONDS_SHOWN_BELOW: Final = 90

NUMERALS: Final = {1: "once", 2: "twice"}

LABELLED: Final = tuple(
    kind.kind
    for kind in HOUSEHOLD_KINDS.values()
    if "label" in kind.__dataclass_fields__
)
"""Entries in which a camera has its label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A sentence: of what, and what became of it."""

    name: str
    message: str

    @override
    def __str__(self) -> str:
        return f"{self.name} {self.message}"


type Tell = Callable[[StoredEntry, Story], Line]


class Sentences:
    """Tells entries. It reads what they leave out, so it is for worker threads, and for one page or line at a time."""

    def __init__(self, hass: HomeAssistant, reader: Reader, words: Words) -> None:
        """Know the words, and no camera or hub yet."""
        self._hass = hass
        self._reader = reader
        self._words = words
        self._labels: dict[str, str] = {}
        self._hubs: dict[str, str] = {}
        self._tell: Mapping[str, Tell] = {
            "paired": self._of_hub,
            "agreement_accepted": self._agreement_accepted,
            "unpaired": self._of_hub,
            "refusals": self._refused,
            "session_started": self._of_viewer,
            "session_ended": self._ended,
            "session_allowed": self._of_viewer_for_a_reason,
            "session_cut": self._cut,
            "receipt": self._of_viewer,
            "household_head": self._of_hub,
            "head_committed": self._head_committed,
            "requested": self._requested,
            "request_decided": self._decided,
            "request_answered": self._answered,
            "switch_turned": self._switched,
            "openings_ended": self._of_somebody,
            "consent_changed": self._consent_changed,
            "options_changed": self._options_changed,
            "keys_changed": self._of_somebody,
            "opened": self._turned,
            "closed": self._turned,
            "clock_confirmed": self._clock_confirmed,
            "erased": self._erased,
            "exported": self._exported,
            "epoch_begun": self._epoch_begun,
        }

    def line(self, entry: StoredEntry, story: Story) -> Line:
        """Return what one entry says; raises one of UNTELLABLE where it is not as such an entry is."""
        if entry.erased:
            return self._line(self._say("record"), "was_erased")
        line = self._tell.get(entry.kind, self._other)(entry, story)
        if entry.content.keys() & UNBELIEVED:
            line = replace(line, message=self._say("reckoned", message=line.message))
        str(line).encode()  # half a character is no text, and nobody could be sent it
        return line

    def nothing(self) -> Line:
        """Say that there is an entry, which is all that is known where it can't be read."""
        return self._line(self._say("record"), "unknown")

    def label(self, camera: str) -> str:
        """Call a camera what the household calls it, or called it last."""
        if camera not in self._labels:
            self._labels[camera] = self._label_of(camera)
        return self._labels[camera]

    def hub_name(self, log: str | None) -> str:
        """Call a hub what the owner accepted it as, or what it was called when it was paired."""
        name = log or ""
        if name not in self._hubs:
            self._hubs[name] = self._hub_name_of(name)
        return self._hubs[name]

    def purpose(self, log: str | None, purpose: str) -> str:
        """Say a purpose in the words of the agreement, while there is one."""
        hub = self._accepted(log or "")
        return hub.purposes.get(purpose, purpose) if hub else purpose

    def unwritten(self) -> str:
        """Return what is said in place of what was too long for the record, or had no form in it."""
        return self._say("unwritten")

    def duration(self, took: timedelta) -> str:
        """Say how long something took."""
        if took < A_MOMENT:
            return self._say("moment")
        seconds = round(took.total_seconds())
        if seconds < SECONDS_SHOWN_BELOW:
            return self._say("seconds", count=str(seconds))
        return self._say("minutes", count=str(round(seconds / 60)))

    def _of_hub(self, entry: StoredEntry, _story: Story) -> Line:
        return self._line(self.hub_name(entry.log), entry.kind)

    def _refused(self, entry: StoredEntry, _story: Story) -> Line:
        """Name the camera, where it was all for one; else name the hub, with all it asked for."""
        said: Any = entry.content
        hub = self.hub_name(entry.log)
        cameras, unlisted = said.get("cameras") or {}, said.get("unlisted") or 0
        total = sum(said["counts"].values())
        times = self._times(total)
        asked = [(self.label(camera), count) for camera, count in cameras.items()]
        if not asked and not unlisted:
            return self._line(hub, entry.kind, times=times)
        for name, count in (*asked, (self._say("unlisted_camera"), unlisted)):
            if count == total:
                return self._line(name, "refusals_of_one", hub=hub, times=times)
        rest = {
            "unlisted_cameras": unlisted,
            "something_else": total - unlisted - sum(cameras.values()),
        }
        asked += [(self._say(key), count) for key, count in rest.items() if count > 0]
        what = ", ".join(f"{name} ({self._times(count)})" for name, count in asked)
        return self._line(hub, "refusals_of_some", what=what)

    def _times(self, count: int) -> str:
        return self._say(NUMERALS.get(count, "times"), count=str(count))

    def _agreement_accepted(self, entry: StoredEntry, _story: Story) -> Line:
        version = str(entry.content["version"])
        return self._line(self.hub_name(entry.log), entry.kind, version=version)

    def _of_viewer(self, entry: StoredEntry, story: Story) -> Line:
        return self._viewed(story, entry.kind)

    def _ended(self, entry: StoredEntry, story: Story) -> Line:
        began = story.at("session_started") or entry.at
        return self._viewed(story, entry.kind, duration=self.duration(entry.at - began))

    def _of_viewer_for_a_reason(self, entry: StoredEntry, story: Story) -> Line:
        why = self.why(str(entry.content["reason"]))
        return self._viewed(story, entry.kind, why=why)

    def _cut(self, entry: StoredEntry, story: Story) -> Line:
        why = self.why(str(entry.content["how"]))
        if (no_picture := entry.content.get("no_picture")) is None:
            return self._viewed(story, entry.kind, why=why)
        unseen = self.why(str(no_picture))
        return self._viewed(story, "session_cut_unseen", why=why, no_picture=unseen)

    def _requested(self, entry: StoredEntry, story: Story) -> Line:
        return self._viewed(story, entry.kind, minutes=str(entry.content["minutes"]))

    def _decided(self, entry: StoredEntry, story: Story) -> Line:
        key = "request_granted" if entry.content["granted"] else "request_not_granted"
        return self._viewed(story, key)

    def _answered(self, entry: StoredEntry, story: Story) -> Line:
        key = "allowed" if entry.content["allowed"] else "refused"
        return self._viewed(story, key, who=self.who(entry))

    def _switched(self, entry: StoredEntry, _story: Story) -> Line:
        key = "switched_on" if entry.content["on"] else "switched_off"
        hub = self.hub_name(hub_of(entry))
        name = str(entry.content["switch"])
        switch = self._words.entity_name("switch", name, hub=hub)
        return self._line(self._about(entry), key, switch=switch, who=self.who(entry))

    def _of_somebody(self, entry: StoredEntry, _story: Story) -> Line:
        hub = self.hub_name(hub_of(entry))
        return self._line(self._about(entry), entry.kind, hub=hub, who=self.who(entry))

    def _consent_changed(self, entry: StoredEntry, _story: Story) -> Line:
        about = "hub" if entry.content.get("camera") is None else "consent"
        return self._changed(entry, f"{about}_{entry.content['change']}")

    def _options_changed(self, entry: StoredEntry, _story: Story) -> Line:
        actor: Any = entry.content["actor"]
        if entry.content.get("before") is not None:
            return self._changed(entry, "options_changed")
        is_found = actor["kind"] == ActorKind.NOBODY
        return self._changed(entry, "options_found" if is_found else "options_added")

    def _changed(self, entry: StoredEntry, key: str) -> Line:
        """Name what is different now."""
        before: Any = entry.content.get("before") or ()
        known = () if is_digest(before) else before
        return self._line(
            self._about(entry),
            key,
            hub=self.hub_name(hub_of(entry)),
            who=self.who(entry),
            what=", ".join(map(self._setting, known)) or self._say("something"),
        )

    def _turned(self, entry: StoredEntry, _story: Story) -> Line:
        hub = self.hub_name(hub_of(entry))
        why = self.why(str(entry.content["reason"]))
        return self._line(self._about(entry), entry.kind, hub=hub, why=why)

    def _erased(self, entry: StoredEntry, _story: Story) -> Line:
        said: Mapping[str, Any] = entry.content
        before = parse_rfc3339(said["before"])
        return self._line(
            self._log(said["log"]),
            entry.kind,
            day=dt_util.as_local(before).date().isoformat(),
            who=self.who(entry),
        )

    def _clock_confirmed(self, entry: StoredEntry, _story: Story) -> Line:
        return self._line(self._say("clock"), entry.kind, who=self.who(entry))

    def _exported(self, entry: StoredEntry, _story: Story) -> Line:
        return self._line(self._say("record"), entry.kind, who=self.who(entry))

    def _epoch_begun(self, entry: StoredEntry, _story: Story) -> Line:
        key = f"{entry.kind}_{entry.content['cause']}"
        return self._line(self._log(entry.log), key)

    def _log(self, log: str) -> str:
        return self._say("household") if log == HOUSEHOLD else self.hub_name(log)

    def _head_committed(self, entry: StoredEntry, _story: Story) -> Line:
        return self._line(self.hub_name(hub_of(entry)), entry.kind)

    def _other(self, entry: StoredEntry, _story: Story) -> Line:
        return self._line(self._say("record"), "other", kind=entry.kind)

    def _viewed(self, story: Story, key: str, **values: str) -> Line:
        """Tell of a viewer and a camera; what of it is erased is called somebody and some camera."""
        said = story.asserted
        camera = story.asked.get("camera")
        return self._line(
            self.label(camera) if camera else self._say("some_camera"),
            key,
            viewer=", ".join(filter(None, (said.name, said.agency)))
            or self._say("someone"),
            purpose=self.purpose(story.hub, said.purpose)
            if said.purpose
            else self._say("no_purpose"),
            **values,
        )

    def _about(self, entry: StoredEntry) -> str:
        """Name what a household entry is about: a camera, or a hub."""
        if label := entry.content.get("label"):
            return str(label)
        if entry.content.get("camera"):
            return self._say("some_camera")
        return self.hub_name(hub_of(entry))

    def who(self, entry: StoredEntry) -> str:
        """Return who acted, in words."""
        actor: Any = entry.content["actor"]
        return actor.get("name") or self._say(actor["kind"])

    def why(self, reason: str) -> str:
        """Say why a camera was open, closed or without a picture, or how a session ended.

        What has no words comes as it is.
        """
        words = self._words
        for say in (words.reason, words.no_picture, partial(words.say, "ended")):
            with suppress(KeyError):
                return say(reason)
        return reason

    def _setting(self, member: str) -> str:
        """Name something that an owner can choose; what has no words comes as it is."""
        with suppress(KeyError):
            return self._words.say("setting", member)
        return member

    def _label_of(self, camera: str) -> str:
        last = self._reader.entries(
            HOUSEHOLD, {"cameras": (camera,), "kinds": LABELLED, "limit": 1}
        )
        label = last[0].content.get("label") if last else None
        return str(label or self._shared_label(camera) or self._say("some_camera"))

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
        return self._say("some_hub")

    def _accepted(self, log: str) -> Hub | None:
        entry = self._hass.config_entries.async_get_entry(log)
        return accepted_hub(entry) if entry else None

    def _line(self, name: str, key: str, **values: str) -> Line:
        return Line(name=name, message=self._say(key, **values))

    def _say(self, key: str, **values: str) -> str:
        return self._words.say("logbook", key, **values)
