"""What a wiretap kept, read as what it is: HTTP, WebSocket frames, and one long upload."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import h11

_FRAMES = {0x81, 0x88, 0x89, 0x8A}
_MASKED = 0x80
_SIZES = {126: 2, 127: 8}
_ANSWER = h11.Response(status_code=200, headers=[("Content-Length", "0")])


class Kind(StrEnum):
    """What a request was for, by its path."""

    DISCOVERY = "discovery"
    PAIRING = "pairing"
    CONTROL = "control"
    MEDIA = "media"


_KINDS = {
    b"/.well-known/latchstring": Kind.DISCOVERY,
    b"/latchstring/pairing": Kind.PAIRING,
    b"/latchstring/control": Kind.CONTROL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request: its head as it came, its body, and what was said after an upgrade."""

    kind: Kind
    head: bytes
    body: bytes
    messages: tuple[bytes, ...]

    @property
    def texts(self) -> tuple[bytes, ...]:
        """All that is no video."""
        body = () if self.kind is Kind.MEDIA else (self.body,)
        return (self.head, *body, *self.messages)


def requests_in(calls: Iterable[bytes | bytearray]) -> list[Request]:
    """Read everything. Whatever is not understood fails: nothing is overlooked."""
    return [request for call in calls for request in _requests(bytes(call))]


def _requests(call: bytes) -> Iterator[Request]:
    http = h11.Connection(h11.SERVER)
    http.receive_data(call)
    while isinstance(event := http.next_event(), h11.Request):
        body = bytearray()
        while isinstance(part := http.next_event(), h11.Data):
            body += part.data
        is_upgrade = (b"upgrade", b"websocket") in event.headers
        yield Request(
            kind=_KINDS.get(event.target, Kind.MEDIA),
            head=_head(event),
            body=bytes(body),
            messages=tuple(_messages(http.trailing_data[0])) if is_upgrade else (),
        )
        if is_upgrade or not isinstance(part, h11.EndOfMessage):
            return
        for answer in (_ANSWER, h11.EndOfMessage()):
            http.send(answer)
        if http.our_state is h11.MUST_CLOSE:  # it was told to be the only one
            assert not http.trailing_data[0]
            return
        http.start_next_cycle()
    assert event is h11.NEED_DATA, event
    assert not http.trailing_data[0]


def _head(request: h11.Request) -> bytes:
    lines = [b"%b: %b" % pair for pair in request.headers.raw_items()]
    return b"\r\n".join((request.method + b" " + request.target, *lines))


def _messages(data: bytes) -> Iterator[bytes]:
    """Take the mask off what was said; no message comes in pieces or compressed."""
    while data:
        length = data[1] & 0x7F
        assert data[0] in _FRAMES, "not a whole text, close, ping or pong"
        assert data[1] & _MASKED, "a home masks what it sends"
        at = 2 + (size := _SIZES.get(length, 0))
        length = int.from_bytes(data[2:at]) if size else length
        mask, content = data[at : at + 4], data[at + 4 : at + 4 + length]
        assert len(content) == length, "the last frame is cut short"
        yield bytes(byte ^ mask[n % 4] for n, byte in enumerate(content))
        data = data[at + 4 + length :]
