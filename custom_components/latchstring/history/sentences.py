"""Entries of the record as sentences: one function and one translation for each kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.util import dt as dt_util

from ..core.canonical import parse_rfc3339
from ..core.entries import ActorKind
from ..core.entries.entry_bytes import UNBELIEVED
from ..settings.comparison import is_digest
from .entry_names import EntryNames

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from ..localize import Sentences
    from ..record import StoredEntry
    from ..record.reader import RecordReader
    from .related import EntryGroup


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    """A sentence in two parts: the name of what it is about, and the message."""

    name: str
    message: str

    @override
    def __str__(self) -> str:
        return f"{self.name} {self.message}"


class EntrySentences:
    """Formats entries. It looks up names in the record: for worker threads, and for one page or line at a time."""

    def __init__(
        self, hass: HomeAssistant, reader: RecordReader, words: Sentences
    ) -> None:
        self.names = EntryNames(hass, reader, words)

    def line(self, entry: StoredEntry, group: EntryGroup) -> EntryLine:
        """Return the sentence of an entry; raises one of UNREADABLE_ENTRY if its content is not that of its kind."""
        names = self.names
        if entry.erased:
            return _line(names, names.say("record"), "was_erased")
        line = SENTENCES.get(entry.kind, _other)(names, entry, group)
        if entry.content.keys() & UNBELIEVED:
            line = replace(line, message=names.say("reckoned", message=line.message))
        str(line).encode()  # half a character is no text, and nobody could be sent it
        return line

    def unreadable(self) -> EntryLine:
        """Return the sentence of an entry that cannot be read."""
        return _line(self.names, self.names.say("record"), "unknown")


def _line(names: EntryNames, name: str, key: str, **values: str) -> EntryLine:
    return EntryLine(name=name, message=names.say(key, **values))


# About a viewer and a camera.


def _viewer_line(
    names: EntryNames, group: EntryGroup, key: str, **values: str
) -> EntryLine:
    """Return a sentence about a viewer and a camera; an erased one is called somebody or some camera."""
    claims = group.asserted
    camera = group.first_content.get("camera")
    return _line(
        names,
        names.label(camera) if camera else names.say("some_camera"),
        key,
        viewer=", ".join(filter(None, (claims.name, claims.agency)))
        or names.say("someone"),
        purpose=names.purpose(group.hub, claims.purpose)
        if claims.purpose
        else names.say("no_purpose"),
        **values,
    )


def _viewer_entry(
    names: EntryNames, entry: StoredEntry, group: EntryGroup
) -> EntryLine:
    return _viewer_line(names, group, entry.kind)


def _ended(names: EntryNames, entry: StoredEntry, group: EntryGroup) -> EntryLine:
    began = group.at("session_started") or entry.at
    duration = names.duration(entry.at - began)
    is_unseen = "no_picture" in group.content("session_cut")
    key = "session_ended_unseen" if is_unseen else entry.kind
    return _viewer_line(names, group, key, duration=duration)


def _allowed(names: EntryNames, entry: StoredEntry, group: EntryGroup) -> EntryLine:
    why = names.reason(str(entry.content["reason"]))
    return _viewer_line(names, group, entry.kind, why=why)


def _cut(names: EntryNames, entry: StoredEntry, group: EntryGroup) -> EntryLine:
    why = names.reason(str(entry.content["how"]))
    if (no_picture := entry.content.get("no_picture")) is None:
        return _viewer_line(names, group, entry.kind, why=why)
    unseen = names.reason(str(no_picture))
    return _viewer_line(names, group, "session_cut_unseen", why=why, no_picture=unseen)


def _requested(names: EntryNames, entry: StoredEntry, group: EntryGroup) -> EntryLine:
    minutes = str(entry.content["minutes"])
    return _viewer_line(names, group, entry.kind, minutes=minutes)


def _decided(names: EntryNames, entry: StoredEntry, group: EntryGroup) -> EntryLine:
    key = "request_granted" if entry.content["granted"] else "request_not_granted"
    return _viewer_line(names, group, key)


def _answered(names: EntryNames, entry: StoredEntry, group: EntryGroup) -> EntryLine:
    key = "allowed" if entry.content["allowed"] else "refused"
    return _viewer_line(names, group, key, who=names.actor(entry))


# About a hub.


def _hub_entry(names: EntryNames, entry: StoredEntry, _group: EntryGroup) -> EntryLine:
    return _line(names, names.hub(entry.log), entry.kind)


def _agreement_accepted(
    names: EntryNames, entry: StoredEntry, _group: EntryGroup
) -> EntryLine:
    version = str(entry.content["version"])
    return _line(names, names.hub(entry.log), entry.kind, version=version)


def _refused(names: EntryNames, entry: StoredEntry, _group: EntryGroup) -> EntryLine:
    """Return a sentence about the camera if all refusals were of one; else about the hub, with the parts."""
    content: Any = entry.content
    hub = names.hub(entry.log)
    cameras, unlisted = content.get("cameras") or {}, content.get("unlisted") or 0
    total = sum(content["counts"].values())
    times = names.times(total)
    parts = [(names.label(camera), count) for camera, count in cameras.items()]
    if not parts and not unlisted:
        return _line(names, hub, entry.kind, times=times)
    for name, count in (*parts, (names.say("unlisted_camera"), unlisted)):
        if count == total:
            return _line(names, name, "refusals_of_one", hub=hub, times=times)
    rest = {
        "unlisted_cameras": unlisted,
        "something_else": total - unlisted - sum(cameras.values()),
    }
    parts += [(names.say(key), count) for key, count in rest.items() if count > 0]
    what = ", ".join(f"{name} ({names.times(count)})" for name, count in parts)
    return _line(names, hub, "refusals_of_some", what=what)


def _head_committed(
    names: EntryNames, entry: StoredEntry, _group: EntryGroup
) -> EntryLine:
    return _line(names, names.hub_of(entry), entry.kind)


# About what somebody of the household did.


def _actor_entry(
    names: EntryNames, entry: StoredEntry, _group: EntryGroup
) -> EntryLine:
    hub, who = names.hub_of(entry), names.actor(entry)
    return _line(names, names.subject(entry), entry.kind, hub=hub, who=who)


def _switched(names: EntryNames, entry: StoredEntry, _group: EntryGroup) -> EntryLine:
    key = "switched_on" if entry.content["on"] else "switched_off"
    switch = names.switch(str(entry.content["switch"]), names.hub_of(entry))
    return _line(
        names, names.subject(entry), key, switch=switch, who=names.actor(entry)
    )


def _opening_changed(
    names: EntryNames, entry: StoredEntry, _group: EntryGroup
) -> EntryLine:
    hub, why = names.hub_of(entry), names.reason(str(entry.content["reason"]))
    return _line(names, names.subject(entry), entry.kind, hub=hub, why=why)


def _consent_changed(
    names: EntryNames, entry: StoredEntry, _group: EntryGroup
) -> EntryLine:
    about = "hub" if entry.content.get("camera") is None else "consent"
    return _changed(names, entry, f"{about}_{entry.content['change']}")


def _options_changed(
    names: EntryNames, entry: StoredEntry, _group: EntryGroup
) -> EntryLine:
    actor: Any = entry.content["actor"]
    if entry.content.get("before") is not None:
        return _changed(names, entry, "options_changed")
    is_found = actor["kind"] == ActorKind.NOBODY
    return _changed(names, entry, "options_found" if is_found else "options_added")


def _changed(names: EntryNames, entry: StoredEntry, key: str) -> EntryLine:
    """Return a sentence that names the settings that changed."""
    before: Any = entry.content.get("before") or ()
    known = () if is_digest(before) else before
    return _line(
        names,
        names.subject(entry),
        key,
        hub=names.hub_of(entry),
        who=names.actor(entry),
        what=", ".join(map(names.setting, known)) or names.say("something"),
    )


# About the record itself.


def _erased(names: EntryNames, entry: StoredEntry, _group: EntryGroup) -> EntryLine:
    content: Mapping[str, Any] = entry.content
    before = parse_rfc3339(content["before"])
    return _line(
        names,
        names.log(content["log"]),
        entry.kind,
        day=dt_util.as_local(before).date().isoformat(),
        who=names.actor(entry),
    )


def _clock_confirmed(
    names: EntryNames, entry: StoredEntry, _group: EntryGroup
) -> EntryLine:
    return _line(names, names.say("clock"), entry.kind, who=names.actor(entry))


def _exported(names: EntryNames, entry: StoredEntry, _group: EntryGroup) -> EntryLine:
    return _line(names, names.say("record"), entry.kind, who=names.actor(entry))


def _epoch_begun(
    names: EntryNames, entry: StoredEntry, _group: EntryGroup
) -> EntryLine:
    key = f"{entry.kind}_{entry.content['cause']}"
    return _line(names, names.log(entry.log), key)


def _other(names: EntryNames, entry: StoredEntry, _group: EntryGroup) -> EntryLine:
    return _line(names, names.say("record"), "other", kind=entry.kind)


type ToLine = Callable[[EntryNames, StoredEntry, EntryGroup], EntryLine]

SENTENCES: Final[Mapping[str, ToLine]] = {
    "paired": _hub_entry,
    "agreement_accepted": _agreement_accepted,
    "unpaired": _hub_entry,
    "refusals": _refused,
    "session_started": _viewer_entry,
    "session_ended": _ended,
    "session_allowed": _allowed,
    "session_cut": _cut,
    "receipt": _viewer_entry,
    "household_head": _hub_entry,
    "head_committed": _head_committed,
    "requested": _requested,
    "request_decided": _decided,
    "request_answered": _answered,
    "switch_turned": _switched,
    "openings_ended": _actor_entry,
    "consent_changed": _consent_changed,
    "options_changed": _options_changed,
    "keys_changed": _actor_entry,
    "opened": _opening_changed,
    "closed": _opening_changed,
    "clock_confirmed": _clock_confirmed,
    "erased": _erased,
    "exported": _exported,
    "epoch_begun": _epoch_begun,
}
"""The function that makes the sentence of each kind of entry."""
