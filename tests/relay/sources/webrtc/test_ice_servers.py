"""The way to a camera, and which servers are asked for it."""

import asyncio
import socket
import time
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.relay.sources.webrtc.description import (
    CameraTransport,
)
from custom_components.latchstring.relay.sources.webrtc.ice import IceTransport
from custom_components.latchstring.relay.sources.webrtc.source import IceServer


def camera_at(transport: IceTransport, *, has_all: bool = True) -> CameraTransport:
    """Give one end as the other one knows it."""
    return CameraTransport(
        username=transport.username,
        password=transport.password,
        is_lite=False,
        candidates=transport.candidates,
        has_all_candidates=has_all,
        fingerprints=[],
        is_client=True,
    )


async def test_datagrams_go_both_ways() -> None:
    one, other = IceTransport([]), IceTransport([])
    await one.gather()
    await other.gather()
    await asyncio.gather(one.connect(camera_at(other)), other.connect(camera_at(one)))
    await one.send(b"there")
    await other.send(b"back")
    assert (await other.receive(), await one.receive()) == (b"there", b"back")
    await one.async_close()
    await other.async_close()


async def test_a_server_that_does_not_answer_holds_nobody_up_for_long() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        transport = IceTransport([IceServer(urls=(f"stun:127.0.0.1:{port}",))])
        begun = time.monotonic()
        await transport.gather()
        assert time.monotonic() - begun < 4  # aioice alone waits for 5
        assert len(transport.candidates) == 1
        await transport.async_close()


@pytest.mark.parametrize(
    ("urls", "chosen"),
    [
        (("stun:stun.example",), {"stun_server": ("stun.example", 3478)}),
        (("stun:stun.example:80", "stun:b"), {"stun_server": ("stun.example", 80)}),
        (("STUN:[2001:db8::1]:5",), {"stun_server": ("2001:db8::1", 5)}),
        (
            ("turn:turn.example?transport=tcp",),
            {"turn_server": ("turn.example", 3478), "turn_transport": "tcp"},
        ),
        (
            ("turns:turn.example",),
            {
                "turn_server": ("turn.example", 5349),
                "turn_ssl": True,
                "turn_transport": "tcp",
            },
        ),
        (("http://stun.example", "stun:", "stuns:x", "turn:a?transport=sctp"), {}),
    ],
)
async def test_the_first_server_of_each_kind_is_asked(
    urls: tuple[str, ...], chosen: dict[str, Any]
) -> None:
    server = IceServer(urls=urls, username="u", credential="c")
    connection = IceTransport([server])._connection  # noqa: SLF001  # nothing else shows it
    told = {
        name: getattr(connection, name)
        for name in ("stun_server", "turn_server", "turn_ssl", "turn_transport")
    }
    assert {name: told[name] for name in chosen} == chosen
    if "turn_server" in chosen:
        assert (connection.turn_username, connection.turn_password) == ("u", "c")
    else:
        assert told["turn_server"] is None
    if "stun_server" not in chosen:
        assert told["stun_server"] is None


@given(st.lists(st.text(max_size=80), max_size=5))
def test_any_address_of_a_server_is_used_or_ignored(urls: list[str]) -> None:
    async def made() -> None:
        IceTransport([IceServer(urls=tuple(urls))])

    asyncio.run(made())
