"""Sessions with cameras, opened and closed in every way; by hand for hundreds: see `openings`."""

import socket

from .openings import NOTHING, Left, Way, datagram_sockets, openings, sockets, ways

SOME = 24


async def test_nothing_is_left_of_sessions_however_they_are_broken_off() -> None:
    before = sockets()
    found = await openings(SOME, seed=1)
    assert found.left == []
    assert sum(found.openings.values()) == SOME
    assert sockets() <= before


def test_every_way_to_break_off_has_its_turn() -> None:
    assert {*ways(3 * len(Way), seed=1)} == {*Way}


def test_a_socket_that_is_left_is_seen() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.bind(("127.0.0.1", 0))
        assert datagram_sockets() == 1
    assert datagram_sockets() == 0
    assert Left(sockets=1) != NOTHING
