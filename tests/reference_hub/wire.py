"""How the protocol writes things down: JSON, canonical JSON, base64, times, hashes."""

from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from hashlib import sha256
import json
import re
import secrets
from typing import Any, Never

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)


def parse_json(data: str | bytes) -> Any:
    """Read JSON as the document wants it: no duplicate member, no NaN.

    Raises ValueError.
    """
    if isinstance(data, bytes):
        data = data.decode("utf-8")
    try:
        return json.loads(
            data, object_pairs_hook=_once_each, parse_constant=_no_such_number
        )
    except RecursionError as error:
        raise ValueError from error


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        msg = "duplicate member"
        raise ValueError(msg)
    return members


def _no_such_number(text: str) -> Never:
    raise ValueError(text)


def canonical(value: object) -> bytes:
    """RFC 8785, for ASCII member names and no floating-point numbers."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()


def b64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def from_b64url(text: str) -> bytes:
    """Raises ValueError for anything that `b64url` wouldn't have written."""
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64url(data) != text:
        msg = "not base64url"
        raise ValueError(msg)
    return data


def b64(data: bytes) -> str:
    return b64encode(data).decode()


def from_b64(text: str) -> bytes:
    return b64decode(text, validate=True)


def digest(data: bytes | str) -> str:
    return sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def new_id(prefix: str = "") -> str:
    return prefix + secrets.token_urlsafe(16)


def rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def is_rfc3339(text: str) -> bool:
    if not TIME.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
