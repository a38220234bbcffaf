"""RTSP messages as values, and the connection on which they alternate with RTP (RFC 2326, section 10.12).

What a camera writes is read as Latin-1, which keeps every byte, and without control characters: what it is told back
cannot break a line. What is sent is written as Latin-1 too.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
import re
from typing import Final

_USER_AGENT: Final = "Latchstring/1"

_LONGEST_HEAD: Final = 16_384
_MOST_LINES: Final = 256
_LONGEST_BODY: Final = 262_144
_MOST_GARBAGE: Final = 65_536
"""Bytes in a row that are neither frame nor message."""
_MOST_MESSAGES: Final = 512
"""Messages that end in what is fed: a camera has reason for a few."""
_MOST_AT_ONCE: Final = 512
"""Frames, lines of messages, and gaps that are read at once."""

_FRAME: Final = ord("$")
_FRAME_HEAD: Final = 4
_VERSION: Final = b"RTSP/"
_LONGEST_BEGIN: Final = 32
"""More bytes than it takes to see that a frame or message begins."""
_BEGIN: Final = re.compile(
    # a frame on one of the first channels, at least as long as the shortest report, with the version of RTP
    rb"\$[\x00-\x07](?:[^\x00].|\x00[\x08-\xff])[\x80-\xbf]"
    rb"|[Rr][Tt][Ss][Pp]/[0-9]"
    rb"|(?:ANNOUNCE|DESCRIBE|GET_PARAMETER|OPTIONS|PAUSE|PLAY|PLAY_NOTIFY|RECORD|REDIRECT|SETUP|SET_PARAMETER|TEARDOWN)"
    rb" (?:[Rr][Tt][Ss][Pp][Ss]?:|\*)",
    re.DOTALL,
)
_LINE_ENDS: Final = re.compile(rb"[\r\n]+")
_HEAD_END: Final = re.compile(rb"\n\r?\n")

_STATUS: Final = re.compile(r"RTSP/[0-9.]+[ \t]+([0-9]{3})(?![0-9])", re.IGNORECASE)
_METHOD: Final = re.compile(r"([A-Z_]+)[ \t]")
_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_FOLD: Final = re.compile(r"\n[ \t]+")
_CONTROLS: Final = bytes({*range(0x20), 0x7F} - {*b"\t\n"})

_WORD: Final = re.compile(r"[!-~]+")
_TEXT: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")

type Headers = Mapping[str, tuple[str, ...]]
"""Values by the name in lower case, in the order in which they came."""


class MalformedMessageError(ValueError):
    """Bytes that are not RTSP, or a message larger than a camera has reason to send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RtspRequest:
    """A request to a camera; its repr shows neither address nor login."""

    method: str
    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def encode(self, sequence: int) -> bytes:
        """Return the request as it is sent; ValueError where a part of it would break a line (RFC 2326, section 6)."""
        fields = (
            ("CSeq", str(sequence)),
            ("User-Agent", _USER_AGENT),
            *self.headers,
        )
        if not (
            _WORD.fullmatch(self.method)
            and _WORD.fullmatch(self.url)
            and all(_TEXT.fullmatch(part) for each in fields for part in each)
        ):
            raise ValueError("a part of the request does not fit into its line")
        lines = (
            f"{self.method} {self.url} RTSP/1.0",
            *(f"{name}: {value}" for name, value in fields),
            "",
        )
        return "".join(f"{line}\r\n" for line in lines).encode("latin-1")


@dataclass(frozen=True, slots=True, kw_only=True)
class RtspResponse:
    """What a camera answered; `sequence` is None where it does not say to which request."""

    status: int
    sequence: int | None
    headers: Headers = field(repr=False)
    body: bytes = field(repr=False)

    def first(self, name: str) -> str:
        """Return the first header of this name in lower case, or an empty text."""
        return next(iter(self.all(name)), "")

    def all(self, name: str) -> tuple[str, ...]:
        """Return all headers of this name in lower case."""
        return self.headers.get(name, ())


class InterleavedReader:
    """Reads the frames and messages of one connection, however they are split.

    Between them it skips what some cameras put there. How much it reads at once is bounded: while `has_more`, what is
    fed next is read behind what is left, be it nothing.
    """

    def __init__(
        self,
        on_frame: Callable[[int, bytes], None],
        on_message: Callable[[RtspResponse], None],
        on_request: Callable[[str, int | None], None],
    ) -> None:
        """Take what is called with channel and packet, with a response, and with a request's method and CSeq."""
        self._on_frame = on_frame
        self._on_message = on_message
        self._on_request = on_request
        self.has_more = False
        """Whether something of what was fed has not been read, although it could be."""
        self._rest = bytearray()
        self._wanted = 0
        self._messages = 0
        self._left = 0
        self._garbage = 0
        self._is_rtsp = False
        self._is_lost = False

    @property
    def is_incomplete(self) -> bool:
        """Return whether a frame may have begun of which the end has not been fed; garbage alone is none."""
        return _FRAME in self._rest

    def feed(self, data: bytes) -> None:
        """Read what has arrived; MalformedMessageError where it is not RTSP, after which nothing more can be read."""
        if data:
            self._messages = 0
        if self._rest:
            if len(self._rest) + len(data) < self._wanted:
                self._rest += data
                return
            data = b"".join((self._rest, data))
            self._rest.clear()
        self._rest += memoryview(data)[self._read(data) :]

    def _read(self, data: bytes) -> int:
        """Return where what has not been read begins; `_wanted` is then how much of it is needed."""
        at, size = 0, len(data)
        self._left = _MOST_AT_ONCE
        self.has_more = False
        while at < size:
            if self._left <= 0:
                self._wanted, self.has_more = 0, True
                break
            self._left -= 1
            is_frame = data[at] == _FRAME and self._is_rtsp and not self._is_lost
            end = (self._read_frames if is_frame else self._read_other)(data, at)
            if end == at:
                break
            at = end
        return at

    def _read_frames(self, data: bytes, at: int) -> int:
        on_frame, size, begin = self._on_frame, len(data), at
        self._wanted = _FRAME_HEAD
        while size - at >= _FRAME_HEAD and data[at] == _FRAME:
            end = at + _FRAME_HEAD + (data[at + 2] << 8 | data[at + 3])
            if end > size:
                self._wanted = end - at
                break
            on_frame(data[at + 1], data[at + _FRAME_HEAD : end])
            at = end
            self._left -= 1
            if self._left <= 0:
                break
        if at > begin:
            self._garbage = 0
        return at

    def _read_other(self, data: bytes, at: int) -> int:
        if ends := _LINE_ENDS.match(data, at):
            return ends.end()
        if not self._is_rtsp:
            return self._read_first(data, at)
        begin = _BEGIN.search(data, at, at + _MOST_GARBAGE)
        self._is_lost = begin is None
        if begin is None:
            return self._skip(at, max(at, len(data) - _LONGEST_BEGIN), len(data))
        if begin.start() > at:
            return self._skip(at, begin.start(), len(data))
        is_frame = data[at] == _FRAME
        return (self._read_frames if is_frame else self._read_message)(data, at)

    def _read_first(self, data: bytes, at: int) -> int:
        """Read the first message: a server of anything else is noticed by its first bytes."""
        begin = data[at : at + len(_VERSION)].upper()
        if not _VERSION.startswith(begin):
            raise MalformedMessageError("it does not begin with RTSP")
        self._wanted = len(_VERSION)
        return self._read_message(data, at) if begin == _VERSION else at

    def _skip(self, at: int, end: int, size: int) -> int:
        self._garbage += end - at
        if self._garbage > _MOST_GARBAGE:
            raise MalformedMessageError("neither frames nor messages")
        self._wanted = size - end + 1
        return end

    def _read_message(self, data: bytes, at: int) -> int:
        body_at = _end_of_head(data, at)
        if body_at is None:
            self._wanted = len(data) - at + 1
            return at
        first, *lines = _lines(data[at:body_at])
        headers = _headers(lines)
        end = body_at + _body_length(headers)
        if end > len(data):
            self._wanted = end - at
            return at
        self._garbage = 0
        self._count_message(len(lines))
        self._deliver(first, headers, data[body_at:end])
        return end

    def _count_message(self, lines: int) -> None:
        self._left -= lines
        self._messages += 1
        if self._messages > _MOST_MESSAGES:
            raise MalformedMessageError("too many messages in too few bytes")

    def _deliver(self, first: str, headers: Headers, body: bytes) -> None:
        sequence = _sequence(headers)
        if status := _STATUS.match(first):
            self._is_rtsp = True
            self._on_message(
                RtspResponse(
                    status=int(status[1]), sequence=sequence, headers=headers, body=body
                )
            )
        elif method := _METHOD.match(first):
            self._on_request(method[1], sequence)
        else:
            raise MalformedMessageError("a response without a status")


def _end_of_head(data: bytes, at: int) -> int | None:
    """Return where the empty line of a message ends, or None where it has not come yet."""
    limit = at + _LONGEST_HEAD
    if (found := _HEAD_END.search(data, at, limit)) is not None:
        return found.end()
    if len(data) >= limit:
        raise MalformedMessageError("a head without an end")
    return None


def _lines(head: bytes) -> list[str]:
    """Return the lines of a head, the folded ones in one, without control characters."""
    text = head.translate(None, _CONTROLS).decode("latin-1")
    lines = _FOLD.sub(" ", text).split("\n", _MOST_LINES)
    if len(lines) > _MOST_LINES:
        raise MalformedMessageError("too many headers")
    return lines


def _headers(lines: Iterable[str]) -> Headers:
    headers: dict[str, list[str]] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            headers.setdefault(name.strip().lower(), []).append(value.strip())
    return {name: tuple(values) for name, values in headers.items()}


def _body_length(headers: Headers) -> int:
    text = next(iter(headers.get("content-length", ())), "") or "0"
    if not _NUMBER.fullmatch(text) or int(text) > _LONGEST_BODY:
        raise MalformedMessageError("a body of an impossible length")
    return int(text)


def _sequence(headers: Headers) -> int | None:
    number = _NUMBER.match(next(iter(headers.get("cseq", ())), ""))
    return int(number[0]) if number else None
