"""Entries of the record as plain JSON with a sentence each, for whoever reads them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..core.canonical import canonical_json
from ..core.entries.entry_bytes import UNTELLABLE
from ..record import RecordUnreadable
from ..settings.comparison import is_digest
from .entry_names import EntryNames
from .related import EntryGroup, EntryGroups, hub_of
from .sentences import EntrySentences

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from ..localize import Sentences
    from ..record import StoredEntry
    from ..record.reader import RecordReader
    from .access import ReadAccess


def serialize_all(
    hass: HomeAssistant,
    reader: RecordReader,
    words: Sentences,
    entries: Sequence[StoredEntry],
    access: ReadAccess,
) -> list[dict[str, Any]]:
    """Return entries as somebody may read them: for worker threads."""
    groups = EntryGroups.read(reader, entries)
    sentences = EntrySentences(hass, reader, words)
    sealed = _sealed(reader, entries)
    return [
        {
            **_told(entry, groups.of(entry), sentences, access),
            "confirmed": entry.confirmed or entry.id in sealed,
        }
        for entry in entries
    ]


def _sealed(reader: RecordReader, entries: Sequence[StoredEntry]) -> frozenset[str]:
    """Return what is confirmed by something else that a hub has signed: a hash of its head, or the epoch after it."""
    open_yet = [entry for entry in entries if not entry.confirmed]
    try:
        signed = {log: reader.confirmed(log) for log in {each.log for each in open_yet}}
    except RecordUnreadable:
        return frozenset()
    return frozenset(
        entry.id
        for entry in open_yet
        if (behind := signed[entry.log].get(entry.epoch)) and entry.index < behind.size
    )


def _told(
    entry: StoredEntry, group: EntryGroup, sentences: EntrySentences, access: ReadAccess
) -> dict[str, Any]:
    told = {
        "entry": entry.id,
        "at": entry.at.isoformat(),
        "kind": entry.kind,
        "log": entry.log,
        "erased": entry.erased,
        "readable": True,
    }
    try:
        line = sentences.line(entry, group)
        about = {} if entry.erased else _about(entry, group, sentences.names, access)
        canonical_json(about)  # what has no form here could not be handed on either
    except UNTELLABLE:
        return {**told, "readable": False, "sentence": str(sentences.nothing())}
    return {**told, "sentence": str(line), **about}


def _about(
    entry: StoredEntry, group: EntryGroup, names: EntryNames, access: ReadAccess
) -> dict[str, Any]:
    hub = hub_of(entry)
    about: dict[str, Any] = {"hub": names.hub(hub) if hub else None}
    if camera := entry.content.get("camera") or group.asked.get("camera"):
        about["camera"] = names.label(str(camera))
    if group.asked:
        about |= _viewer(group, names, access) | _course(group, names)
    if access.is_whole:
        about |= _change(entry.content, names)
        about["content"] = entry.content
    return about


def _change(content: Mapping[str, Any], names: EntryNames) -> dict[str, Any]:
    """Return what held before and what holds now of what an owner changed, with the names of that time."""
    if (known := content.get("names")) is None:
        return {}
    before, after = content.get("before"), content.get("rules", content.get("options"))
    if before and after and not (is_digest(before) or is_digest(after)):
        after = {name: after.get(name) for name in before}
    unwritten = names.say("unwritten")
    return {
        "before": _named(before, known, unwritten),
        "after": _named(after, known, unwritten),
    }


def _named(value: Any, names: Mapping[str, str], unwritten: str) -> Any:
    """Return a value with names for ids, and words for what the record has only the digest of."""
    if is_digest(value):
        return unwritten
    match value:
        case str():
            return names.get(value, value)
        case list():
            return [_named(each, names, unwritten) for each in value]
        case dict():
            return {
                name: _named(each, names, unwritten) for name, each in value.items()
            }
    return value


def _viewer(group: EntryGroup, names: EntryNames, access: ReadAccess) -> dict[str, Any]:
    said = group.asserted
    viewer = {
        "viewer": {"name": said.name, "id": said.viewer_id, "agency": said.agency},
        "purpose": said.purpose and names.purpose(group.hub, said.purpose),
    }
    return {**viewer, "case": said.case} if access.is_whole else viewer


def _course(group: EntryGroup, names: EntryNames) -> dict[str, Any]:
    """Return why a session was let in and how it ended, or what became of a request."""
    if "session_started" not in group.entries:
        return _request(group)
    allowed, ended = group.content("session_allowed"), group.content("session_ended")
    reason, how = allowed.get("reason"), group.content("session_cut").get("how")
    return {
        "session": group.asked["session"],
        "started": _iso(group, "session_started"),
        "reason": reason and names.why(reason),
        "until": allowed.get("until"),
        "ended": _iso(group, "session_ended"),
        "how": how and names.why(how),
        "bytes": ended.get("bytes"),
        "receipt": "receipt" in group.entries,
    }


def _request(group: EntryGroup) -> dict[str, Any]:
    return {
        "request": group.asked["request"],
        "minutes": group.asked["minutes"],
        "granted": group.content("request_decided").get("granted"),
    }


def _iso(group: EntryGroup, kind: str) -> str | None:
    at = group.at(kind)
    return at.isoformat() if at else None
