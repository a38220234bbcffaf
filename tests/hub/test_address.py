import asyncio
from collections.abc import Sequence
from contextlib import suppress
import gc
from http import HTTPStatus
import socket
import threading
from typing import Any, override

from aiohttp import ClientError, ClientSession
from aiohttp.abc import ResolveResult
import pytest

from custom_components.latchstring.core.errors import PairingError, PairingProblem
from custom_components.latchstring.hub.address import (
    AddressRefused,
    SharedResolver,
    Unresolvable,
    checked_socket,
    resolve,
)
from custom_components.latchstring.hub.client_session import (
    client_session,
    pairing_problems,
)
from tests.conftest import NAMED
from tests.hub.network import Names, calls
from tests.loop_clock import LoopClock, run_by
from tests.reference_hub import ReferenceHub

TYPED = "hub.example"
PRIVATE = (
    "10.0.0.5",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.1.1",
    "0.0.0.0",  # noqa: S104 - an address to refuse, not one to listen on
    "224.0.0.1",
    "::1",
    "::ffff:192.168.1.1",
    "64:ff9b::c0a8:101",
    "2002:c0a8:101::1",
    "fd00::1",
    "fe80::1",
    "fe80::1%1",
)


async def _problem(session: ClientSession, url: str) -> PairingProblem:
    with pytest.raises(PairingError) as refused, pairing_problems():
        async with session.get(url):
            pass
    return refused.value.problem


@pytest.mark.parametrize("address", PRIVATE)
async def test_a_name_with_a_private_address_is_refused_before_anything_is_tried(
    address: str,
) -> None:
    names = Names({"other.example": [[address]]})
    with calls() as called:
        async with client_session(
            typed_host=TYPED, only_local=False, resolver=names
        ) as session:
            problem = await _problem(session, "https://other.example/")
        with pytest.raises(AddressRefused):
            await resolve(
                "other.example", 443, typed_host=TYPED, only_local=False, resolver=names
            )
    assert problem is PairingProblem.ADDRESS_PRIVATE
    assert names.questions == ["other.example"] * 2
    assert called == []


@pytest.mark.parametrize(
    "addresses", [["1.1.1.1", "10.0.0.5"], ["2606:4700::1111", "1.1.1.1", "fd00::1"]]
)
async def test_one_private_address_refuses_the_public_ones_beside_it(
    addresses: Sequence[str],
) -> None:
    names = Names({"other.example": [addresses]})
    with calls() as called:
        async with client_session(
            typed_host=TYPED, only_local=False, resolver=names
        ) as session:
            problem = await _problem(session, "https://other.example/")
    assert problem is PairingProblem.ADDRESS_PRIVATE
    assert called == []


async def test_a_hub_in_the_homes_network_is_reached_by_its_private_addresses_only(
    hub: ReferenceHub,
) -> None:
    names = Names({NAMED: [["1.1.1.1", "127.0.0.1"]]})
    port = hub.origin.rpartition(":")[2]
    url = f"https://{NAMED}:{port}/.well-known/latchstring"
    with calls() as called:
        async with (
            client_session(
                typed_host=NAMED, only_local=True, resolver=names
            ) as session,
            session.get(url) as response,
        ):
            assert response.status == HTTPStatus.OK
    assert called == ["127.0.0.1"]


async def test_a_hub_that_left_the_homes_network_is_not_reached_elsewhere() -> None:
    names = Names({NAMED: [["1.1.1.1"]]})
    with calls() as called:
        async with client_session(
            typed_host=NAMED, only_local=True, resolver=names
        ) as session:
            problem = await _problem(session, f"https://{NAMED}/")
    assert problem is PairingProblem.ADDRESS_PUBLIC
    assert called == []


@pytest.mark.parametrize(
    "host",
    ["192.168.1.1", "127.0.0.1", "[::1]", "[fd00::1]", "[::ffff:127.0.0.1]"],
)
async def test_a_private_address_in_the_url_is_refused_where_no_name_is_asked_for(
    host: str,
) -> None:
    names = Names({})
    with calls() as called:
        async with client_session(
            typed_host=TYPED, only_local=False, resolver=names
        ) as session:
            problem = await _problem(session, f"https://{host}/")
    assert problem is PairingProblem.ADDRESS_PRIVATE
    assert names.questions == []
    assert called == []


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.1", "0177.0.0.1"])
async def test_a_number_that_some_read_as_an_address_goes_nowhere(host: str) -> None:
    names = Names({host: [["127.0.0.1"]]})
    with calls() as called:
        async with client_session(
            typed_host=TYPED, only_local=False, resolver=names
        ) as session:
            with pytest.raises((ClientError, AddressRefused)):
                await session.get(f"https://{host}/")
    assert called == []


async def test_a_name_that_changes_its_address_after_the_check_is_never_asked_again(
    hub: ReferenceHub,
) -> None:
    names = Names({NAMED: [["127.0.0.1"], ["10.0.0.5"]]})
    port = hub.origin.rpartition(":")[2]
    url = f"https://{NAMED}:{port}/.well-known/latchstring"
    async with client_session(
        typed_host=NAMED, only_local=False, resolver=names
    ) as session:
        with calls() as called:
            async with session.get(url):
                pass
    assert names.questions == [NAMED]
    assert called == ["127.0.0.1"]


async def test_no_answer_of_a_name_server_outlives_its_connection(
    hub: ReferenceHub,
) -> None:
    names = Names({NAMED: [["127.0.0.1"], []]})
    port = hub.origin.rpartition(":")[2]
    url = f"https://{NAMED}:{port}/.well-known/latchstring"
    async with client_session(
        typed_host=NAMED, only_local=False, resolver=names
    ) as session:
        async with session.get(url, headers={"Connection": "close"}):
            pass
        assert await _problem(session, url) is PairingProblem.HUB_UNREACHABLE
    assert names.questions == [NAMED, NAMED]


def test_a_name_server_that_does_not_answer_is_not_waited_for() -> None:
    clockwork = LoopClock()

    class Mute(Names):
        @override
        async def resolve(self, *_: object, **__: object) -> list[ResolveResult]:
            clockwork.jump(11.0)
            answer: asyncio.Future[list[ResolveResult]] = asyncio.Future()
            return await answer

    async def ask() -> None:
        with pytest.raises(Unresolvable):
            await resolve(
                "slow.test", 443, typed_host=TYPED, only_local=False, resolver=Mute({})
            )

    run_by(clockwork, asyncio.wait_for(ask(), 60))


@pytest.mark.parametrize("answers", [{"slow.test": [["1.1.1.1"]]}, {}])
async def test_a_slow_name_server_holds_one_thread_however_often_it_is_asked(
    answers: dict[str, list[list[str]]],
) -> None:
    loop, may_answer, told = asyncio.get_running_loop(), threading.Event(), []
    loop.set_exception_handler(lambda _loop, context: told.append(context))

    class Slow(Names):
        @override
        async def resolve(self, *question: Any, **_: object) -> list[ResolveResult]:
            await loop.run_in_executor(None, may_answer.wait, 60)
            return await super().resolve(*question)

    slow = Slow(answers)
    names = SharedResolver(slow)

    async def ask() -> object:
        return await resolve(
            "slow.test", 443, typed_host=TYPED, only_local=False, resolver=names
        )

    try:
        for _ in range(100):
            given_up = asyncio.create_task(ask())
            await asyncio.sleep(0)
            given_up.cancel()
            await asyncio.wait({given_up})
        async with asyncio.timeout(30):
            assert await asyncio.to_thread(lambda: "there is room") == "there is room"
    finally:
        may_answer.set()
    with suppress(Unresolvable):
        assert await ask() == ("1.1.1.1",)
    asked = len(slow.questions)
    with suppress(Unresolvable):
        assert await ask() == ("1.1.1.1",)

    assert (asked, len(slow.questions)) == (1, 2)
    gc.collect()
    assert told == []


async def test_the_typed_host_may_be_at_home(hub: ReferenceHub) -> None:
    names = Names({NAMED: [["127.0.0.1"]]})
    port = int(hub.origin.rpartition(":")[2])
    assert await resolve(
        NAMED, port, typed_host=NAMED, only_local=False, resolver=names
    ) == ("127.0.0.1",)
    assert await resolve(
        "127.0.0.1", port, typed_host="127.0.0.1", only_local=False
    ) == ("127.0.0.1",)


def test_no_socket_is_made_for_an_address_nobody_typed() -> None:
    info = (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("192.168.1.1", 443))
    with pytest.raises(AddressRefused):
        checked_socket(info, "hub.example.attacker.test", typed_host=TYPED)
    with checked_socket(info, TYPED, typed_host=TYPED) as made:
        assert made.family == socket.AF_INET
