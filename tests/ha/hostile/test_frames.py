"""A frame that can be no message ends the connection, and nothing but the connection."""

from collections.abc import Callable, Mapping
from typing import Final

from aiohttp import WSMsgType
import pytest

from tests.ha.watching import watch
from tests.hub.presence import CONTROL, DISCOVERY

from .honest import to_watch, written
from .house import House, difference

MAX_BYTES: Final = 65_536

type Spoil = Callable[[bytes], tuple[WSMsgType, bytes]]

FRAMES: Final[Mapping[str, Spoil]] = {
    "right, but binary": lambda right: (WSMsgType.BINARY, right),
    "right, but a blank too long": lambda right: (
        WSMsgType.TEXT,
        right.ljust(MAX_BYTES + 1),
    ),
    "right, with a megabyte of blanks": lambda right: (
        WSMsgType.TEXT,
        right.ljust(1 << 20),
    ),
    "a megabyte": lambda _: (WSMsgType.TEXT, b"x" * (1 << 20)),
    "no UTF-8": lambda right: (WSMsgType.TEXT, right + b"\xff"),
}


@pytest.mark.parametrize("spoil", FRAMES.values(), ids=FRAMES)
async def test_a_frame_that_is_no_message_ends_the_connection_and_nothing_else(
    house: House, spoil: Spoil
) -> None:
    watched = await watch(house.hub)
    before, asked = await house.snapshot(), len(house.hub.requests)
    kind, frame = spoil(written("session.open", to_watch(house)).encode())

    await house.hub.control.home().connected().socket.send_frame(frame, kind)

    await house.hub.home_disconnected()
    await house.comes_back()
    paths = [request.path for request in house.hub.requests[asked:]]
    assert paths == [DISCOVERY, CONTROL]
    assert difference(before, await house.snapshot()) == {}
    await house.shows_on(watched.session)


async def test_a_message_may_be_as_long_as_it_says(house: House) -> None:
    right = to_watch(house)

    said = await house.told(written("session.open", right).ljust(MAX_BYTES))

    assert '"result"' in said[0]
    await house.hub.said_by_home(
        lambda message: message.get("method") == "session.ended"
    )  # the hub expected no upload
