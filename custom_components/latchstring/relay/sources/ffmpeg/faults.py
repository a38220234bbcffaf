"""What FFmpeg's errors say of a camera. Their texts contain its address, credentials included."""

from collections.abc import Mapping
import re
from typing import Final

from av.error import (
    FFmpegError,
    HTTPBadRequestError,
    HTTPForbiddenError,
    HTTPNotFoundError,
    HTTPOtherClientError,
    HTTPServerError,
    HTTPUnauthorizedError,
    InvalidDataError,
    OSError as FFmpegOSError,
)
import av.logging

from ...errors import (
    ADDRESS_WRONG,
    BUSY,
    CERTIFICATE_INVALID,
    NO_VIDEO,
    REFUSED,
    UNAUTHORIZED,
    UNREACHABLE,
    UNREADABLE,
)

_BUSY = (re.compile(r"failed: (453|503)\b"), BUSY)
_CODES_BY_MESSAGE: Final[
    Mapping[type[FFmpegError], tuple[tuple[re.Pattern[str], str], ...]]
] = {
    HTTPServerError: (_BUSY,),
    HTTPOtherClientError: (
        _BUSY,
        # PLAY without a SETUP, because the camera described no video
        (re.compile(r"method PLAY failed: (454|455)\b"), NO_VIDEO),
    ),
    FFmpegOSError: (
        (re.compile(r"method SETUP failed: 461\b"), REFUSED),
        (
            re.compile(r"certificate (verify failed|failed verification)"),
            CERTIFICATE_INVALID,
        ),
    ),
}
"""Codes by FFmpeg's log message, where the type of its error is ambiguous."""

_FAULTS: Final[Mapping[type[FFmpegError], str]] = {
    HTTPUnauthorizedError: UNAUTHORIZED,
    HTTPForbiddenError: REFUSED,
    HTTPNotFoundError: ADDRESS_WRONG,
    HTTPBadRequestError: REFUSED,
    HTTPOtherClientError: REFUSED,
    HTTPServerError: REFUSED,
    InvalidDataError: UNREADABLE,
}

if av.logging.get_level() is None:
    # Without a level PyAV adds no log message to its errors. Home Assistant's stream integration sets the same.
    av.logging.set_level(av.logging.FATAL)


def fault_of(error: FFmpegError) -> str:
    """Return the code."""
    message = error.log[2] if error.log else ""
    for pattern, code in _CODES_BY_MESSAGE.get(type(error), ()):
        if pattern.search(message):
            return code
    return _FAULTS.get(type(error), UNREACHABLE)
