"""A frame that can be no message ends the connection, and nothing but the connection."""

from collections.abc import Callable, Mapping
from itertools import batched
from typing import Final

from aiohttp import WSMsgType
import pytest

from tests.ha.watching import opened, watch
from tests.reference_hub.presence import CONTROL, DISCOVERY

from .honest import to_watch, written
from .house import House, difference

MAX_BYTES: Final = 65_536
RESERVED: Final = 3
COMPRESSED: Final = 0x40
FINAL: Final = 0x80
CONTINUED: Final = 0

type Spoil = Callable[[bytes], bytes]


def frame(kind: int, data: bytes, *, first: int = FINAL, announced: int = 0) -> bytes:
    """Write a WebSocket frame as RFC 6455 lays it out, of any kind and claiming any length."""
    length = announced or len(data)
    if length < 126:
        return bytes((first | kind, length)) + data
    if length < 1 << 16:
        return bytes((first | kind, 126)) + length.to_bytes(2) + data
    return bytes((first | kind, 127)) + length.to_bytes(8) + data


def text(data: bytes) -> bytes:
    return frame(WSMsgType.TEXT, data)


def in_pieces(data: bytes, size: int = 1000) -> bytes:
    """Write one message as many frames."""
    first, *rest = (bytes(piece) for piece in batched(data, size, strict=False))
    frames = [frame(WSMsgType.TEXT, first, first=0)]
    frames += [frame(CONTINUED, piece, first=0) for piece in rest[:-1]]
    return b"".join([*frames, frame(CONTINUED, rest[-1])])


FRAMES: Final[Mapping[str, Spoil]] = {
    "right, but binary": lambda right: frame(WSMsgType.BINARY, right),
    "right, but a blank too long": lambda right: text(right.ljust(MAX_BYTES + 1)),
    "right, with a megabyte of blanks": lambda right: text(right.ljust(1 << 20)),
    "right, in pieces, but a blank too long": lambda right: in_pieces(
        right.ljust(MAX_BYTES + 1)
    ),
    "right, but compressed, or so it says": lambda right: frame(
        WSMsgType.TEXT, right, first=FINAL | COMPRESSED
    ),
    "right, but of a kind that is none": lambda right: frame(RESERVED, right),
    "right, but the rest of nothing": lambda right: frame(CONTINUED, right),
    "right, within another that has begun": lambda right: (
        frame(WSMsgType.TEXT, b"{", first=0) + text(right)
    ),
    "right, but a ping": lambda right: frame(WSMsgType.PING, right),
    "right, but a goodbye": lambda right: frame(WSMsgType.CLOSE, right),
    "no UTF-8": lambda right: text(right + b"\xff"),
    "a megabyte": lambda _: text(b"x" * (1 << 20)),
    "a terabyte that begins": lambda right: frame(
        WSMsgType.TEXT, right, announced=1 << 40
    ),
    "no frame": lambda _: b"\xff" * 64,
    "a goodbye": lambda _: frame(WSMsgType.CLOSE, b""),
}


def send(house: House, data: bytes) -> None:
    """Put bytes on the control connection behind all that was said."""
    control = next(
        each for each in reversed(house.hub.requests) if each.path == CONTROL
    )
    assert control.transport is not None
    control.transport.write(data)


@pytest.mark.parametrize("spoil", FRAMES.values(), ids=FRAMES)
async def test_a_frame_that_is_no_message_ends_the_connection_and_nothing_else(
    house: House, spoil: Spoil
) -> None:
    watched = await watch(house.hub)
    before, asked = await house.snapshot(), len(house.hub.requests)

    send(house, spoil(written("session.open", to_watch(house)).encode()))

    await house.hub.home_disconnected()
    await house.comes_back()
    paths = [request.path for request in house.hub.requests[asked:]]
    assert paths == [DISCOVERY, CONTROL]
    assert difference(before, await house.snapshot()) == {}
    await house.shows_on(watched.session)


@pytest.mark.parametrize("write", [text, in_pieces], ids=["whole", "in pieces"])
async def test_a_message_may_be_as_long_as_it_says(house: House, write: Spoil) -> None:
    watched = await opened(house.hub)
    right = to_watch(house)

    send(house, write(written("session.open", right, "long").encode().ljust(MAX_BYTES)))

    said = await house.hub.said_by_home(lambda message: message.get("id") == "long")
    assert said["result"]["carried_by"] == watched.session
    await house.hub.close_session(watched.session)
    await house.hub.request("session.close", {"session": right["session"]})
    await house.is_quiet()
