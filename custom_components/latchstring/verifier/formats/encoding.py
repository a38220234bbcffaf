"""JSON, hex, base64 and times, each read only in its one canonical form."""

from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
import json
import re
from typing import Any, Final

MAX_CONTENT_BYTES: Final = 32_768
MAX_TEXT_SHOWN: Final = 120
HASH_BYTES: Final = 32

_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_HASH: Final = re.compile(r"[0-9a-f]{64}")


class Malformed(ValueError):
    """A value is not of the form it must have."""


def read_json(data: bytes) -> Any:
    """Parse JSON that every parser reads alike: no duplicate members, no fractions, no endless nesting."""
    try:
        return json.loads(
            str(data, "utf-8"),
            object_pairs_hook=unique_members,
            parse_float=_refuse,
            parse_constant=_refuse,
        )
    except (ValueError, RecursionError) as error:
        raise Malformed("it is not valid JSON") from error


def read_object(data: bytes) -> dict[str, Any]:
    """Read a JSON object."""
    value = read_json(data)
    if not isinstance(value, dict):
        raise Malformed("it is not a JSON object")
    return value


def canonical(value: object) -> bytes:
    """Return canonical JSON (RFC 8785), of values with ASCII names and no fractions."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.encode()


def read_canonical(data: bytes) -> dict[str, Any]:
    """Parse an object that is canonical JSON: written again, it has the same bytes."""
    if len(data) > MAX_CONTENT_BYTES:
        raise Malformed("it is too long")
    try:
        value = json.loads(data, parse_float=_refuse, parse_constant=_refuse)
        if type(value) is dict and canonical(value) == data:
            return value
    except (ValueError, RecursionError) as error:
        raise Malformed("it is not JSON") from error
    raise Malformed("it is not canonical JSON")


def read_hash(text: object) -> bytes:
    """Read a hash in lower-case hex."""
    if not isinstance(text, str) or not _HASH.fullmatch(text):
        raise Malformed("it is not a hash")
    return bytes.fromhex(text)


def read_time(text: object) -> datetime:
    """Read an RFC 3339 time in UTC with milliseconds."""
    if not isinstance(text, str) or not _TIME.fullmatch(text):
        raise Malformed("it is not a time")
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise Malformed("it is not a time") from error


def milliseconds(at: datetime) -> int:
    """Return the milliseconds since 1970."""
    return round(at.timestamp() * 1000)


def of_seconds(seconds: int) -> datetime:
    """Return the time so many seconds after 1970."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise Malformed("it is not a time") from error


def of_milliseconds(milliseconds: int) -> datetime:
    """Return the time so many milliseconds after 1970."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)


def say_time(at: datetime) -> str:
    """Return a time in the form that `read_time` reads."""
    text = at.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def base64(data: bytes) -> str:
    """Return base64."""
    return b64encode(data).decode()


def read_base64(text: str) -> bytes:
    """Read base64 in its one form."""
    return _decode(text, b64decode, base64)


def base64url(data: bytes) -> str:
    """Return base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def read_base64url(text: str) -> bytes:
    """Read base64url without padding in its one form."""
    return _decode(
        text,
        lambda given: urlsafe_b64decode(given + "=" * (-len(given) % 4)),
        base64url,
    )


def printable(text: object) -> str:
    """Return text without control characters, shortened, so that a terminal only displays it."""
    plain = "".join(each if each.isprintable() else "?" for each in str(text))
    return plain if len(plain) <= MAX_TEXT_SHOWN else f"{plain[:MAX_TEXT_SHOWN]}..."


def member(value: Mapping[str, Any], name: str, kind: type) -> Any:
    """Return a member of an object, of exactly this type."""
    if type(found := value.get(name)) is not kind:
        raise Malformed(f"{name!r} is missing or has the wrong type")
    return found


def _decode(
    text: str, decode: Callable[[str], bytes], write: Callable[[bytes], str]
) -> bytes:
    try:
        data = decode(text)
    except ValueError as error:
        raise Malformed("it is not base64") from error
    if write(data) != text:
        raise Malformed("it is not base64 in its canonical form")
    return data


def unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the members of an object; Malformed for duplicates, of which parsers take different ones."""
    read = dict(pairs)
    if len(read) != len(pairs):
        raise Malformed("a member appears twice")
    return read


def _refuse(text: str) -> Any:
    raise Malformed(f"{text[:MAX_TEXT_SHOWN]} is not an integer")
