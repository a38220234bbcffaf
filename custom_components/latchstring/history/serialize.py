"""Entries of the record as plain JSON, each with its sentence."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..core.canonical import canonical_json
from ..core.entries.entry_bytes import UNREADABLE_ENTRY
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
    """Return entries as plain JSON, limited to what may be read: for worker threads."""
    groups = EntryGroups.read(reader, entries)
    sentences = EntrySentences(hass, reader, words)
    confirmed_ids = _confirmed_ids(reader, entries)
    return [
        {
            **_serialize(entry, groups.of(entry), sentences, access),
            "confirmed": entry.confirmed or entry.id in confirmed_ids,
        }
        for entry in entries
    ]


def _confirmed_ids(
    reader: RecordReader, entries: Sequence[StoredEntry]
) -> frozenset[str]:
    """Return the ids of entries that a hub's signature confirms indirectly: by the log's head, or by the next epoch."""
    unconfirmed = [entry for entry in entries if not entry.confirmed]
    try:
        signed = {
            log: reader.confirmed(log) for log in {each.log for each in unconfirmed}
        }
    except RecordUnreadable:
        return frozenset()
    return frozenset(
        entry.id
        for entry in unconfirmed
        if (signed_head := signed[entry.log].get(entry.epoch))
        and entry.index < signed_head.size
    )


def _serialize(
    entry: StoredEntry, group: EntryGroup, sentences: EntrySentences, access: ReadAccess
) -> dict[str, Any]:
    fields = {
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
    except UNREADABLE_ENTRY:
        return {**fields, "readable": False, "sentence": str(sentences.unreadable())}
    return {**fields, "sentence": str(line), **about}


def _about(
    entry: StoredEntry, group: EntryGroup, names: EntryNames, access: ReadAccess
) -> dict[str, Any]:
    hub = hub_of(entry)
    about: dict[str, Any] = {"hub": names.hub(hub) if hub else None}
    if camera := entry.content.get("camera") or group.first_content.get("camera"):
        about["camera"] = names.label(str(camera))
    if group.first_content:
        about |= _viewer(group, names, access) | _outcome(group, names)
    if access.is_unlimited:
        about |= _change(entry.content, names)
        about["content"] = entry.content
    return about


def _change(content: Mapping[str, Any], names: EntryNames) -> dict[str, Any]:
    """Return the settings that an owner changed, before and after, with the names of that time."""
    if (known := content.get("names")) is None:
        return {}
    before, after = content.get("before"), content.get("rules", content.get("options"))
    if before and after and not (is_digest(before) or is_digest(after)):
        after = {name: after.get(name) for name in before}
    unwritten = names.say("unwritten")
    return {
        "before": _with_names(before, known, unwritten),
        "after": _with_names(after, known, unwritten),
    }


def _with_names(value: Any, names: Mapping[str, str], unwritten: str) -> Any:
    """Return a value with names in place of ids, and a note in place of digests."""
    if is_digest(value):
        return unwritten
    match value:
        case str():
            return names.get(value, value)
        case list():
            return [_with_names(each, names, unwritten) for each in value]
        case dict():
            return {
                name: _with_names(each, names, unwritten)
                for name, each in value.items()
            }
    return value


def _viewer(group: EntryGroup, names: EntryNames, access: ReadAccess) -> dict[str, Any]:
    viewer_claims = group.asserted
    viewer = {
        "viewer": {
            "name": viewer_claims.name,
            "id": viewer_claims.viewer_id,
            "agency": viewer_claims.agency,
        },
        "purpose": viewer_claims.purpose
        and names.purpose(group.hub, viewer_claims.purpose),
    }
    return {**viewer, "case": viewer_claims.case} if access.is_unlimited else viewer


def _outcome(group: EntryGroup, names: EntryNames) -> dict[str, Any]:
    """Return why a session was admitted and how it ended, or the outcome of a request."""
    if "session_started" not in group.entries:
        return _request(group)
    allowed, ended = group.content("session_allowed"), group.content("session_ended")
    reason, how = allowed.get("reason"), group.content("session_cut").get("how")
    return {
        "session": group.first_content["session"],
        "started": _iso(group, "session_started"),
        "reason": reason and names.reason(reason),
        "until": allowed.get("until"),
        "ended": _iso(group, "session_ended"),
        "how": how and names.reason(how),
        "bytes": ended.get("bytes"),
        "receipt": "receipt" in group.entries,
    }


def _request(group: EntryGroup) -> dict[str, Any]:
    return {
        "request": group.first_content["request"],
        "minutes": group.first_content["minutes"],
        "granted": group.content("request_decided").get("granted"),
    }


def _iso(group: EntryGroup, kind: str) -> str | None:
    at = group.at(kind)
    return at.isoformat() if at else None
