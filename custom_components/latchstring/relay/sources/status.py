"""Statuses of answers, of RTSP and of HTTP, and what they say of a camera."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ..errors import ADDRESS_WRONG, BUSY, REFUSED, UNAUTHORIZED

OK: Final = 200
LOGIN_WANTED: Final = 401
REDIRECTS: Final = frozenset({301, 302, 303, 305, 307, 308})
_CODES: Final[Mapping[int, str]] = MappingProxyType(
    {
        LOGIN_WANTED: UNAUTHORIZED,
        404: ADDRESS_WRONG,
        410: ADDRESS_WRONG,
        429: BUSY,
        453: BUSY,
        503: BUSY,
    }
)


def code_of(status: int) -> str:
    """Return why a camera that answers with this status is of no use."""
    return _CODES.get(status, REFUSED)
