"""What the statuses of RTSP and HTTP, and the errors of a connection, say of a camera."""

from collections.abc import Mapping
from http.client import HTTPException
import logging
import ssl
from types import MappingProxyType
from typing import Final

from ..errors import (
    ADDRESS_WRONG,
    BUSY,
    CERTIFICATE_INVALID,
    REFUSED,
    SLOW,
    UNAUTHORIZED,
    UNREACHABLE,
    UNREADABLE,
)
from ..rtsp.message import MalformedMessageError

_LOGGER = logging.getLogger(__name__)

OK: Final = 200
LOGIN_WANTED: Final = 401
REDIRECTS: Final = frozenset({301, 302, 303, 305, 307, 308})
_BY_STATUS: Final[Mapping[int, str]] = MappingProxyType(
    {
        LOGIN_WANTED: UNAUTHORIZED,
        404: ADDRESS_WRONG,
        410: ADDRESS_WRONG,
        429: BUSY,
        453: BUSY,
        503: BUSY,
    }
)
_BY_ERROR: Final[Mapping[type[Exception], str]] = MappingProxyType(
    {
        TimeoutError: SLOW,
        ssl.SSLCertVerificationError: CERTIFICATE_INVALID,
        OSError: UNREACHABLE,
        HTTPException: UNREADABLE,
        MalformedMessageError: UNREADABLE,
    }
)
"""Codes by the error, the more exact ones first."""


def fault_of_status(status: int) -> str:
    """Return why a camera that answers with this status is of no use: the code."""
    return _BY_STATUS.get(status, REFUSED)


def fault_of_error(error: Exception) -> str | None:
    """Return why a connection that fails with this error is of no use: the code; None: it is no error of one."""
    return next(
        (code for kind, code in _BY_ERROR.items() if isinstance(error, kind)), None
    )


def fault_unforeseen(camera: str, error: Exception) -> str:
    """Log the kind of an error that nobody foresaw, as its text could hold an address; return the code."""
    _LOGGER.warning("Reading camera %s failed: %s", camera, type(error).__name__)
    return UNREACHABLE
