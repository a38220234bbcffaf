"""All settings of a hub, as its config entry has them now and as the record has them last.

Entities and people are named by keys that stay when they are renamed, as in the entry.
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
from ..core.decision import openings_in_force
from ..core.entries import Change, ConsentChanged, OptionsChanged
from ..core.model import Opening
from .hub import accepted_offer
from .options import DEFAULT_PEOPLE
from .rules import DEFAULT_RULES
from .shares import DEFAULT_LIMITS, stored_openings

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry

    from ..core.canonical import Json
    from ..record import StoredEntry

CONSENT: Final = ConsentChanged.kind
OPTIONS: Final = OptionsChanged.kind

VALUES_FIELD: Final = {CONSENT: "rules", OPTIONS: "options"}
"""The member of an entry that holds the values."""

DIGEST: Final = "sha256"
"""The one member of what stands for something that the record could not hold."""

KEY: Final = re.compile(r"[0-9a-f]{32}|[0-9A-HJKMNP-TV-Z]{26}")
"""What Home Assistant gives entities and users as ids, and config entries, such as the registration of a phone."""

NOTHING: Final[tuple[Json, ...]] = (None, "", [], {})
"""Values that mean the same as a value left out. False is not one of them."""

type Values = Mapping[str, Json]
type Subject = tuple[str, str | None]
"""The kind of its entries, and which camera (None: the hub itself)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """The values of one subject, and what the ids in them stood for (`names`) when they were recorded.

    `values` None: it is in the record, but not all that holds.
    """

    values: Values | None
    label: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)


type Settings = Mapping[Subject, Setting]


def settings_of(entry: ConfigEntry) -> Settings:
    """Return the settings of a hub's config entry."""
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
        (CONSENT, None): Setting(values=terms),
        (OPTIONS, None): Setting(values=_options(_values(entry.options))),
        **{
            (CONSENT, share.data[CONF_CAMERA_ID]): Setting(
                values=_rules(
                    _values(
                        {**share.data, CONF_OPENINGS: _counting_openings(share.data)}
                    )
                ),
                label=share.data[CONF_LABEL],
            )
            for share in entry.get_subentries_of_type(SUBENTRY_SHARE)
        },
    }


def _counting_openings(data: Mapping[str, Any]) -> list[str]:
    """Return those of the stored openings that count."""
    counting = openings_in_force(stored_openings(data))
    return [each.value for each in Opening if each in counting]


def _options(values: Values) -> Values:
    """Return all options that hold, also those that were left out."""
    return {**DEFAULT_PEOPLE, **values}


def _rules(values: Values) -> Values:
    """Return all that holds for a camera, also what was left out."""
    limits = {**asdict(DEFAULT_LIMITS), **(_object(values.get(CONF_LIMITS)) or {})}
    return {**DEFAULT_RULES, **values, CONF_LIMITS: limits}


def _values(data: Mapping[str, Any]) -> Values:
    return {name: _plain(each) for name, each in data.items()}


def _plain(value: Any) -> Json:
    """Return a value as the record reads it again: a float, such as a coordinate, as text."""
    match value:
        case None | bool() | int():
            return value
        case Mapping():
            return _values(value)
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


def settings_in_record(entries: Iterable[StoredEntry]) -> Settings:
    """Return the settings by the newest entries of the record."""
    return {
        (each.kind, _text(each.content.get("camera"))): Setting(
            values=_recorded_values(each),
            label=_text(each.content.get("label")),
            names=_object(each.content.get("names")) or {},
        )
        for each in entries
        if each.content.get("change") != Change.REMOVED
    }


def _recorded_values(entry: StoredEntry) -> Values | None:
    """Return all that held by an entry. Those of older versions do not have all of it, or not what was left out."""
    values = _object(entry.content.get(VALUES_FIELD[entry.kind]))
    if values is None or "names" not in entry.content:
        return None
    if is_digest(values):
        return values
    if entry.kind == OPTIONS:
        return _options(values)
    return values if entry.content.get("camera") is None else _rules(values)


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _object(value: Json) -> dict[str, Any] | None:
    return value if isinstance(value, dict) else None


def is_same(one: Setting | None, other: Setting | None) -> bool:
    """Return whether the same holds; not where only a part of it is in the record."""
    if one is None or other is None:
        return one is other
    if one.values is None or other.values is None:
        return False
    return not what_differs(one.values, other.values)


def what_differs(old: Values, new: Values) -> Values:
    """Return the old values of what differs; the digest, where the record has only that."""
    if is_digest(old):
        return {} if old == digest(new) else old
    return {
        name: old.get(name)
        for name in {**old, **new}
        if _or_none(old.get(name)) != _or_none(new.get(name))
    }


def _or_none(value: Json) -> Json:
    return None if value in NOTHING else value


def digest(value: Json) -> Values | None:
    """Return the digest that the record has of what it cannot hold; None stays None."""
    if value is None:
        return None
    written = json.dumps(value, sort_keys=True)
    return {DIGEST: sha256(written.encode()).hexdigest()}


def is_digest(value: object) -> bool:
    """Return whether this is only the digest of what the record could not hold."""
    return isinstance(value, Mapping) and value.keys() == {DIGEST}
