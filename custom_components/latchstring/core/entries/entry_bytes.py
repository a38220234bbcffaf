"""The bytes of an entry: canonical JSON, parsed again, and hashed into a leaf."""

from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
import json
from types import NoneType, UnionType
from typing import Any, Final, TypeAliasType, get_args, get_origin

from ..canonical import Json, canonical_json, parse_base64url, parse_rfc3339, rfc3339
from ..tree import leaf_hash
from .base import LATER
from .hub import Requested, SessionStarted
from .kinds import KINDS, Entry

SALT_BYTES: Final = 32
MAX_CONTENT_BYTES: Final = 32_768


UNBELIEVED: Final = {"clock": "unbelieved"}
"""Marks an entry of the household's log whose time was computed, because the clock was in doubt."""


class ContentError(ValueError):
    """An entry that cannot be written, or bytes that are no entry."""


UNREADABLE_ENTRY: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""The exceptions of reading an entry that is not of the form of its kind."""


class OneTimeId(StrEnum):
    """The ids that a hub may use only once, ever, in the log of one pairing."""

    ASSERTION = "assertion"
    SESSION = "session"
    REQUEST = "request"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asserted:
    """The claims of a recorded assertion about its viewer; None where one is missing or not text."""

    name: str | None = None
    viewer_id: str | None = None
    agency: str | None = None
    purpose: str | None = None
    case: str | None = None


CLAIMS: Final = {"viewer_id": "sub"}
"""The claims that have another name than in `Asserted`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """An entry and when it was written."""

    at: datetime
    entry: Entry


def content(entry: Entry, at: datetime, *, is_clock_believed: bool = True) -> bytes:
    """Return an entry as it is hashed: canonical JSON, marked where its time is not the clock's."""
    mark = {} if is_clock_believed else UNBELIEVED
    written = canonical_json(
        {"kind": entry.kind, "at": _moment(at), **mark, **_members(entry)}
    )
    if len(written) > MAX_CONTENT_BYTES:
        raise ContentError
    return written


def parse_content(written: bytes) -> Content:
    """Parse an entry; ContentError for what this version does not know."""
    try:
        members = json.loads(written)
        entry = KINDS[members.pop("kind")]
        at = parse_rfc3339(members.pop("at"))
        for name in members.keys() & UNBELIEVED:
            if members.pop(name) != UNBELIEVED[name]:
                raise ContentError
        return Content(at=at, entry=_build(entry, members))
    except UNREADABLE_ENTRY as error:
        raise ContentError from error


def leaf(written: bytes, salt: bytes) -> bytes:
    """Return the leaf of an entry: hashed with a salt, so that it confirms no guess at the content."""
    if len(salt) != SALT_BYTES:
        raise ContentError
    return leaf_hash(salt + written)


def claims(assertion: str) -> dict[str, Json]:
    """Return the claims of a recorded assertion, which was verified before it was recorded."""
    try:
        _, payload, _ = assertion.split(".")
        decoded = json.loads(parse_base64url(payload))
    except (RecursionError, ValueError) as error:
        raise ContentError from error
    if not isinstance(decoded, dict):
        raise ContentError
    return decoded


def asserted(assertion: str) -> Asserted:
    """Return the claims of a recorded assertion about its viewer, or raise ContentError."""
    values = claims(assertion)
    texts = {
        field.name: values.get(CLAIMS.get(field.name, field.name))
        for field in fields(Asserted)
    }
    return Asserted(
        **{name: text for name, text in texts.items() if isinstance(text, str)}
    )


def one_time_ids(entry: Entry) -> dict[OneTimeId, str]:
    """Return the ids that can't be used again once this entry is written, the assertion first."""
    match entry:
        case SessionStarted():
            return {
                OneTimeId.ASSERTION: _jti(entry.assertion),
                OneTimeId.SESSION: entry.session,
            }
        case Requested():
            return {
                OneTimeId.ASSERTION: _jti(entry.assertion),
                OneTimeId.REQUEST: entry.request,
            }
    return {}


def _jti(assertion: str) -> str:
    match claims(assertion):
        case {"jti": str(jti)}:
            return jti
    raise ContentError


def _members(value: Any) -> dict[str, Json]:
    values = {field: getattr(value, field.name) for field in fields(value)}
    return {
        _name(field.name): _plain(each)
        for field, each in values.items()
        if not (_came_later(field) and each is None)
    }


def _came_later(field: Field[Any]) -> bool:
    return field.metadata.keys() >= LATER.keys()


def _name(field: str) -> str:
    """Return the name of a member: it may be a Python keyword (`from`)."""
    return field.rstrip("_")


def _moment(at: datetime) -> str:
    # One without a zone would be taken for local time and written as another time.
    if at.tzinfo is None:
        raise ContentError
    return rfc3339(at)


def _plain(value: Any) -> Json:
    """Return a field as JSON; `canonical_json` refuses what is none."""
    for kind, write in WRITERS.items():
        if isinstance(value, kind):
            return write(value)
    return _members(value) if is_dataclass(value) else value


WRITERS: Final[Mapping[Any, Callable[[Any], Json]]] = {
    bytes: bytes.hex,
    datetime: _moment,
    Mapping: lambda value: {key: _plain(item) for key, item in value.items()},
    list | tuple: lambda value: [_plain(item) for item in value],
}


def _build(kind: Any, members: object) -> Any:
    """Return a value of the dataclass `kind` from exactly its members; those marked LATER may be missing."""
    if not isinstance(members, dict):
        raise ContentError
    expected = {
        _name(field.name): field
        for field in fields(kind)
        if not (_came_later(field) and members.get(_name(field.name)) is None)
    }
    if members.keys() != expected.keys():
        raise ContentError
    return kind(
        **{
            field.name: _read(field.type, members[name])
            for name, field in expected.items()
        }
    )


def _read(hint: Any, value: Json) -> object:
    if isinstance(hint, UnionType):
        present = next(choice for choice in get_args(hint) if choice is not NoneType)
        return None if value is None else _read(present, value)
    if isinstance(hint, TypeAliasType):
        return value
    if read_all := CONTAINERS.get(get_origin(hint)):
        return read_all(get_args(hint), value)
    if reader := READERS.get(hint):
        return reader(value)
    if issubclass(hint, StrEnum):
        return hint(value)
    return _build(hint, value)


def _read_each(hints: tuple[Any, ...], value: Json) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise ContentError
    return tuple(_read(hints[0], item) for item in value)


def _read_mapping(hints: tuple[Any, ...], value: Json) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ContentError
    return {key: _read(hints[1], item) for key, item in value.items()}


def _exactly[T](kind: type[T]) -> Callable[[object], T]:
    def read(value: object) -> T:
        # `bool` is an `int` to isinstance.
        if type(value) is not kind:
            raise ContentError
        return value

    return read


CONTAINERS: Final[Mapping[Any, Callable[[tuple[Any, ...], Json], object]]] = {
    Mapping: _read_mapping,
    tuple: _read_each,
}
READERS: Final[Mapping[Any, Callable[[Any], object]]] = {
    str: _exactly(str),
    int: _exactly(int),
    bool: _exactly(bool),
    bytes: bytes.fromhex,
    datetime: parse_rfc3339,
}
