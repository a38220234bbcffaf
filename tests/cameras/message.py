"""RTSP requests and responses (RFC 2326) as values."""

from asyncio import StreamReader
from collections.abc import Callable, Mapping
from dataclasses import dataclass
import struct
from typing import Final, Self
from urllib.parse import urlsplit

LONGEST_HEAD: Final = 8_192

_LONGEST_BODY: Final = 4_096
_HEAD_END: Final = b"\r\n\r\n"
_INTERLEAVED: Final = b"$"
_BETWEEN_REQUESTS: Final = (_INTERLEAVED, b"\r", b"\n")
_VERSION: Final = "RTSP/1.0"
_REASONS: Final = {
    200: "OK",
    302: "Moved Temporarily",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    406: "Not Acceptable",
    453: "Not Enough Bandwidth",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    461: "Unsupported Transport",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
}


class MalformedRequest(Exception):
    """What arrived is not RTSP, or larger than any camera would take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a client asks; header names are in small letters."""

    method: str
    url: str
    path: str
    headers: Mapping[str, str]
    body_length: int

    @classmethod
    def parse(cls, head: bytes) -> Self:
        """Read everything up to the empty line."""
        try:
            first, *lines = head.decode().removesuffix("\r\n\r\n").split("\r\n")
            method, url, version = first.split(" ")
            fields = [line.split(":", 1) for line in lines]
            headers = {name.strip().lower(): value.strip() for name, value in fields}
            body_length = _length(headers.get("content-length", "0"))
            path = urlsplit(url).path
        except ValueError as error:
            raise MalformedRequest from error
        if version != _VERSION or not all(map(str.isprintable, (first, *lines))):
            raise MalformedRequest
        return cls(
            method=method, url=url, path=path, headers=headers, body_length=body_length
        )

    @property
    def camera(self) -> str:
        """The first part of the path."""
        return self.path.strip("/").partition("/")[0]

    @property
    def sequence(self) -> str:
        """What the answer is told apart by."""
        return self.headers.get("cseq", "0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What the server answers; several headers may have the same name."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""

    def encode(self, sequence: str) -> bytes:
        """The answer to the request of this CSeq."""
        headers = [
            ("CSeq", sequence),
            ("Server", "latchstring demo cameras"),
            *self.headers,
        ]
        if self.body:
            headers.append(("Content-Length", str(len(self.body.encode()))))
        lines = [
            f"{_VERSION} {self.status} {_REASONS[self.status]}",
            *(f"{name}: {value}" for name, value in headers),
        ]
        return "\r\n".join([*lines, "", self.body]).encode()


def _length(text: str) -> int:
    if not 0 <= (length := int(text)) <= _LONGEST_BODY:
        raise MalformedRequest
    return length


async def next_request(
    reader: StreamReader, on_report: Callable[[bytes], None] = lambda _report: None
) -> Request:
    """The next request; `on_report` is given a client's reports of its reception in between."""
    while (first := await reader.readexactly(1)) in _BETWEEN_REQUESTS:
        if first == _INTERLEAVED:
            _channel, length = struct.unpack("!BH", await reader.readexactly(3))
            on_report(await reader.readexactly(length))
    request = Request.parse(first + await reader.readuntil(_HEAD_END))
    await reader.readexactly(request.body_length)
    return request


def interleaved(channel: int, packet: bytes) -> bytes:
    """An RTP or RTCP packet on the connection of the requests."""
    return struct.pack("!cBH", _INTERLEAVED, channel, len(packet)) + packet
