"""Canonical forms of what is hashed, signed or compared: JSON (RFC 8785), times, base64url."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
import json
from typing import Final

type Json = str | int | bool | Sequence[Json] | Mapping[str, Json] | None

MAX_INTEGER: Final = 2**53 - 1
"""The largest integer that RFC 8785's numbers, being JavaScript's, hold exactly."""


class NotCanonicalError(ValueError):
    """A value without canonical JSON: a defect of ours, never of a hub."""


def canonical_json(value: Json) -> bytes:
    """Return a value as canonical JSON (RFC 8785), or raise NotCanonicalError.

    Only what needs no JavaScript arithmetic is supported: ASCII member names, integers.
    """
    if not _is_canonical(value):
        raise NotCanonicalError
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    try:
        return text.encode()
    except UnicodeEncodeError as lone_surrogate:
        raise NotCanonicalError from lone_surrogate


def _is_canonical(value: Json) -> bool:
    match value:
        case None | bool() | str():
            return True
        case int():
            return abs(value) <= MAX_INTEGER
        case list() | tuple():
            return all(map(_is_canonical, value))
        case dict():
            return all(map(_is_member_name, value)) and all(
                map(_is_canonical, value.values())
            )
    return False


def _is_member_name(name: object) -> bool:
    return isinstance(name, str) and name.isascii()


def rfc3339(at: datetime) -> str:
    """Return a time in UTC, truncated to milliseconds; ValueError if it has no time zone."""
    if at.tzinfo is None:
        raise ValueError(at)
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_rfc3339(text: str) -> datetime:
    """Parse exactly what `rfc3339` returns, or raise ValueError."""
    at = datetime.fromisoformat(text)
    if not text.endswith("Z") or rfc3339(at) != text:
        raise ValueError(text)
    return at


def base64url(data: bytes) -> str:
    """Return bytes as base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def parse_base64url(text: str) -> bytes:
    """Parse exactly what `base64url` returns, or raise ValueError."""
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64url(data) != text:
        raise ValueError(text)
    return data
