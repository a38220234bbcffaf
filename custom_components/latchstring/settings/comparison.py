"""All that the owner chose of a hub, as its config entry says it now and as the record heard it last.

Entities and people are named by what stays when they are renamed, as the entry keeps them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
import json
import re
from typing import TYPE_CHECKING, Any, Final

from ..const import (
    CONF_ACCEPTED_AT,
    CONF_CAMERA_ID,
    CONF_FORMER_PAIRINGS,
    CONF_LABEL,
    CONF_LIMITS,
    CONF_OPENINGS,
    SUBENTRY_SHARE,
)
from ..core.decision import standing_openings
from ..core.entries import Change, ConsentChanged, OptionsChanged
from ..core.model import Opening
from .hub import accepted_offer
from .options import DEFAULT_PEOPLE
from .rules import DEFAULT_RULES
from .shares import DEFAULT_LIMITS, chosen_openings

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry

    from ..core.canonical import Json
    from ..record import StoredEntry

CONSENT: Final = ConsentChanged.kind
OPTIONS: Final = OptionsChanged.kind

SAID_IN: Final = {CONSENT: "rules", OPTIONS: "options"}
"""The member that says what holds."""

DIGEST: Final = "sha256"
"""The one member of what stands for something that the record could not hold."""

KEY: Final = re.compile(r"[0-9a-f]{32}|[0-9A-HJKMNP-TV-Z]{26}")
"""What Home Assistant gives entities and users as ids, and config entries, such as the registration of a phone."""

NOTHING: Final[tuple[Json, ...]] = (None, "", [], {})
"""To choose one of these is the same as to leave it out. False is a choice."""

type Said = Mapping[str, Json]
type Subject = tuple[str, str | None]
"""The kind of entry that tells of it, and which camera (None: the hub itself)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """All that holds for one subject, and what the ids in it stood for (`names`) when the record heard of it.

    `said` None: the record heard of it, but not all that holds.
    """

    said: Said | None
    label: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)


type Settings = Mapping[Subject, Setting]


def settings_of(entry: ConfigEntry) -> Settings:
    """Return all that a hub's config entry says of what its owner chose."""
    accepted = accepted_offer(entry)
    terms = {
        "name": accepted.name,
        "version": accepted.agreement.version,
        "agreement": accepted.agreement.sha256,
        CONF_ACCEPTED_AT: entry.data[CONF_ACCEPTED_AT],
    }
    if entry.data.get(CONF_FORMER_PAIRINGS):
        terms["hub_id"] = accepted.hub_id
    return {
        (CONSENT, None): Setting(said=terms),
        (OPTIONS, None): Setting(said=_options(_said(entry.options))),
        **{
            (CONSENT, share.data[CONF_CAMERA_ID]): Setting(
                said=_rules(
                    _said({**share.data, CONF_OPENINGS: _standing(share.data)})
                ),
                label=share.data[CONF_LABEL],
            )
            for share in entry.get_subentries_of_type(SUBENTRY_SHARE)
        },
    }


def _standing(data: Mapping[str, Any]) -> list[str]:
    """Return the openings that count of those that are stored."""
    standing = standing_openings(chosen_openings(data))
    return [each.value for each in Opening if each in standing]


def _options(said: Said) -> Said:
    """Return all options that hold, also those that were left out."""
    return {**DEFAULT_PEOPLE, **said}


def _rules(said: Said) -> Said:
    """Return all that holds for a camera, also what was left out."""
    limits = {**asdict(DEFAULT_LIMITS), **(_object(said.get(CONF_LIMITS)) or {})}
    return {**DEFAULT_RULES, **said, CONF_LIMITS: limits}


def _said(data: Mapping[str, Any]) -> Said:
    return {name: _plain(each) for name, each in data.items()}


def _plain(value: Any) -> Json:
    """Return a value as the record reads it again: a float, such as a coordinate, as text."""
    match value:
        case None | bool() | int():
            return value
        case Mapping():
            return _said(value)
        case list() | tuple():
            return [_plain(each) for each in value]
    return str(value)


def keys_in(value: object) -> Iterator[str]:
    """Return all texts that may be the id of an entity, a user or a phone, however deep they are."""
    match value:
        case str() if KEY.fullmatch(value):
            yield value
        case Mapping():
            yield from keys_in([*value.values()])
        case list():
            for each in value:
                yield from keys_in(each)


def settings_heard(entries: Iterable[StoredEntry]) -> Settings:
    """Return what the record was told last."""
    return {
        (each.kind, _text(each.content.get("camera"))): Setting(
            said=_heard(each),
            label=_text(each.content.get("label")),
            names=_object(each.content.get("names")) or {},
        )
        for each in entries
        if each.content.get("change") != Change.REMOVED
    }


def _heard(entry: StoredEntry) -> Said | None:
    """Return all that held by an entry. Those of older versions do not say all of it, or not what was left out."""
    said = _object(entry.content.get(SAID_IN[entry.kind]))
    if said is None or "names" not in entry.content:
        return None
    if is_digest(said):
        return said
    if entry.kind == OPTIONS:
        return _options(said)
    return said if entry.content.get("camera") is None else _rules(said)


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _object(value: Json) -> dict[str, Any] | None:
    return value if isinstance(value, dict) else None


def is_same(one: Setting | None, other: Setting | None) -> bool:
    """Return whether the same holds; where not all that held was heard, nobody can say so."""
    if one is None or other is None:
        return one is other
    if one.said is None or other.said is None:
        return False
    return not what_differs(one.said, other.said)


def what_differs(old: Said, new: Said) -> Said:
    """Return what held before of what is different; of what the record has only the digest of, that."""
    if is_digest(old):
        return {} if old == digest(new) else old
    return {
        name: old.get(name)
        for name in {**old, **new}
        if _chosen(old.get(name)) != _chosen(new.get(name))
    }


def _chosen(value: Json) -> Json:
    return None if value in NOTHING else value


def digest(value: Json) -> Said | None:
    """Return what stands in the record for what it cannot hold; None stands for itself."""
    if value is None:
        return None
    written = json.dumps(value, sort_keys=True)
    return {DIGEST: sha256(written.encode()).hexdigest()}


def is_digest(value: object) -> bool:
    """Return whether this only stands for what the record could not hold."""
    return isinstance(value, Mapping) and value.keys() == {DIGEST}
