"""Every entry that the record can hold, from the dataclasses themselves: with all that may be left out, and without."""

from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, fields, is_dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from itertools import count
from types import NoneType, UnionType
from typing import Any, Final, TypeAliasType, get_args, get_origin

from custom_components.latchstring.core.entries import (
    HUB_KINDS,
    KINDS,
    Entry,
    EpochBegun,
    Requested,
    SessionStarted,
)
from custom_components.latchstring.core.entries.entry_bytes import claims
from custom_components.latchstring.record import HOUSEHOLD
from tests.core.test_assertion import VIEWER, code_of, signed
from tests.core.test_entries import assertion

AT: Final = datetime(2026, 11, 21, 18, 4, 5, 123_000, tzinfo=UTC)

OPTIONAL_CLAIMS: Final = tuple(
    claim
    for claim in VIEWER
    if code_of(signed({name: VIEWER[name] for name in VIEWER if name != claim})) is None
)
"""What a hub may leave out of an assertion, as the one who checks assertions says."""

TEXTS: Final[Mapping[str, str]] = {
    "reason": "always",
    "how": "hub_closed",
    "switch": "sharing",
}
"""Members that are words of ours; any other text can be anything."""

BEGINNINGS: Final = {"session": SessionStarted, "request": Requested}
"""The member of an entry that names its session or request, and the kind of entry that begins it."""

type Written = tuple[str, Entry]


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Whom the entries are about: the log of a hub, and a camera by its id there."""

    hub: str
    camera: str

    def entries(self, *, times: int = 1) -> Iterator[Written]:
        """Give each entry so many times, each time after what it goes on with, which leaves out all it may."""
        number = count()
        for kind in [*KINDS.values()] * times:
            for each in _values(kind, self):
                yield from self._told(each, next(number))

    def _told(self, entry: Any, number: int) -> Iterator[Written]:
        """Give each session and request an id of its own: a hub uses none twice."""
        names = {field.name for field in fields(entry)}
        for name, begins in BEGINNINGS.items():
            if name in names:
                own = {name: f"{name}-{number}"}
                entry = replace(entry, **own)
                if isinstance(entry, begins):
                    entry = _once(entry)
                else:
                    first = next(_values(begins, self))
                    yield self.hub, _once(replace(first, **own))
        yield self._log(entry), entry

    def _log(self, entry: Entry) -> str:
        if isinstance(entry, EpochBegun):
            return HOUSEHOLD
        return self.hub if entry.kind in HUB_KINDS else HOUSEHOLD


def _once(begins: Any) -> Any:
    """Give the assertion an id of its own, as its hub has to."""
    said = {**claims(begins.assertion), "jti": f"jti-{begins}"}
    return replace(begins, assertion=assertion(**said))


def _values(kind: Any, house: House) -> Iterator[Any]:
    """Give a value without all it may lack, one with everything, and for each member one that differs from either."""
    choices = {field.name: _choices(field, house) for field in fields(kind)}
    least = {name: each[0] for name, each in choices.items()}
    most = {name: each[-1] for name, each in choices.items()}
    yield kind(**least)
    for name, each in choices.items():
        for other in each[1:]:
            yield kind(**{**least, name: other})
        for other in each[:-1]:
            yield kind(**{**most, name: other})
    yield kind(**most)


def _choices(field: Field[Any], house: House) -> list[Any]:
    """Give what a member can be: left out first, where it may be."""
    if field.name == "assertion":
        return _assertions()
    return _of(field.type, field.name, house)


def _of(hint: Any, name: str, house: House) -> list[Any]:
    if isinstance(hint, UnionType):
        present = next(each for each in get_args(hint) if each is not NoneType)
        return [None, *_of(present, name, house)]
    if isinstance(hint, TypeAliasType):
        return [f"any {name}"]
    if origin := get_origin(hint):
        held = _of(get_args(hint)[-1 if origin is Mapping else 0], name, house)[-1]
        return [{}, {"code": held}] if origin is Mapping else [(), (held,)]
    if is_dataclass(hint):
        return list(_values(hint, house))
    if issubclass(hint, StrEnum):
        return list(hint)
    known = {"hub": house.hub, "log": house.hub, "camera": house.camera}
    text = {**known, **TEXTS}.get(name, f"a {name}")
    return SIMPLE.get(hint, [text])


def _assertions() -> list[str]:
    """Give what a hub may sign: without all claims that may be missing, without each of them, and with all."""
    left_out = [OPTIONAL_CLAIMS, *((claim,) for claim in OPTIONAL_CLAIMS), ()]
    return [
        assertion(**{name: VIEWER[name] for name in VIEWER if name not in without})
        for without in left_out
    ]


SIMPLE: Final[Mapping[Any, list[Any]]] = {
    int: [1],
    bool: [False, True],
    bytes: [bytes(32)],
    datetime: [AT],
}
