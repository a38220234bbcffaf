"""Entries of the record as plain JSON with a sentence each, for whoever reads them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .core.canonical import canonical_json
from .core.record.entry_bytes import UNTELLABLE
from .entry_names import EntryNames
from .record import RecordUnreadable
from .sentences import Sentences
from .settings import is_digest
from .stories import Stories, Story, hub_of

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from .record import StoredEntry
    from .record.reading import RecordReader
    from .sight import Sight
    from .words import Words


def tell_all(
    hass: HomeAssistant,
    reader: RecordReader,
    words: Words,
    entries: Sequence[StoredEntry],
    sight: Sight,
) -> list[dict[str, Any]]:
    """Return entries as somebody may read them: for worker threads."""
    stories = Stories.read(reader, entries)
    sentences = Sentences(hass, reader, words)
    sealed = _sealed(reader, entries)
    return [
        {
            **_told(entry, stories.of(entry), sentences, sight),
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
    entry: StoredEntry, story: Story, sentences: Sentences, sight: Sight
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
        line = sentences.line(entry, story)
        about = {} if entry.erased else _about(entry, story, sentences.names, sight)
        canonical_json(about)  # what has no form here could not be handed on either
    except UNTELLABLE:
        return {**told, "readable": False, "sentence": str(sentences.nothing())}
    return {**told, "sentence": str(line), **about}


def _about(
    entry: StoredEntry, story: Story, names: EntryNames, sight: Sight
) -> dict[str, Any]:
    hub = hub_of(entry)
    about: dict[str, Any] = {"hub": names.hub(hub) if hub else None}
    if camera := entry.content.get("camera") or story.asked.get("camera"):
        about["camera"] = names.label(str(camera))
    if story.asked:
        about |= _viewer(story, names, sight) | _course(story, names)
    if sight.is_whole:
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


def _viewer(story: Story, names: EntryNames, sight: Sight) -> dict[str, Any]:
    said = story.asserted
    viewer = {
        "viewer": {"name": said.name, "id": said.viewer_id, "agency": said.agency},
        "purpose": said.purpose and names.purpose(story.hub, said.purpose),
    }
    return {**viewer, "case": said.case} if sight.is_whole else viewer


def _course(story: Story, names: EntryNames) -> dict[str, Any]:
    """Return why a session was let in and how it ended, or what became of a request."""
    if "session_started" not in story.entries:
        return _request(story)
    allowed, ended = story.content("session_allowed"), story.content("session_ended")
    reason, how = allowed.get("reason"), story.content("session_cut").get("how")
    return {
        "session": story.asked["session"],
        "started": _iso(story, "session_started"),
        "reason": reason and names.why(reason),
        "until": allowed.get("until"),
        "ended": _iso(story, "session_ended"),
        "how": how and names.why(how),
        "bytes": ended.get("bytes"),
        "receipt": "receipt" in story.entries,
    }


def _request(story: Story) -> dict[str, Any]:
    return {
        "request": story.asked["request"],
        "minutes": story.asked["minutes"],
        "granted": story.content("request_decided").get("granted"),
    }


def _iso(story: Story, kind: str) -> str | None:
    at = story.at(kind)
    return at.isoformat() if at else None
