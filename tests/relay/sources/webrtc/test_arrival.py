"""When what aioice hands on can have arrived at the earliest: real sockets, read by asyncio as aioice reads them."""

import asyncio
import socket
import time
from typing import override

from aioice.stun import Class, Message, Method
import pytest

from custom_components.latchstring.relay.sources.webrtc.arrival import LoopArrival
from custom_components.latchstring.relay.sources.webrtc.ice import IceTransport
from tests.relay.news import News


class Reader(asyncio.DatagramProtocol):
    """Hands each datagram on by a queue, and keeps the bound that it had then."""

    def __init__(self, arrival: LoopArrival) -> None:
        self.bounds: dict[bytes, float] = {}
        self.news = News()
        self._arrival = arrival
        self._queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._task = asyncio.create_task(self._hand_on())

    @override
    def datagram_received(self, data: bytes, addr: object) -> None:
        self._queue.put_nowait(data)

    async def _hand_on(self) -> None:
        while True:
            data = await self._queue.get()
            self._arrival.hand_on()
            self.bounds[data] = self._arrival.after
            self.news.tell()

    def close(self) -> None:
        self._task.cancel()


@pytest.mark.parametrize("waiting", [0, 1, 7, 60])
async def test_nothing_that_waits_in_the_socket_counts_as_arrived_later(
    waiting: int,
) -> None:
    loop = asyncio.get_running_loop()
    arrival = LoopArrival(loop)
    transport, reader = await loop.create_datagram_endpoint(
        lambda: Reader(arrival), local_addr=("127.0.0.1", 0)
    )
    renewed = News()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as camera:
        camera.connect(transport.get_extra_info("sockname"))
        for number in range(waiting):
            camera.send(b"before %d" % number)
        time.sleep(0.01)  # noqa: ASYNC251  # the loop is held up while they arrive
        asked_at = loop.time()
        arrival.renew(renewed.tell)
        await renewed.until(lambda: arrival.after >= asked_at)
        camera.send(b"after")
        await reader.news.until(lambda: b"after" in reader.bounds)
    assert len(reader.bounds) == waiting + 1
    for data, bound in reader.bounds.items():
        assert (bound >= asked_at) == (data == b"after"), data
    reader.close()
    transport.close()


async def test_who_looks_no_more_is_told_nothing() -> None:
    arrival = LoopArrival(asyncio.get_running_loop())
    told = News()
    before = arrival.after
    arrival.renew(told.tell)
    arrival.close()
    for _ in range(20):
        await asyncio.sleep(0)
    assert arrival.after == before


@pytest.mark.parametrize("stun", [0, 9, 100])
async def test_nothing_that_waits_behind_stun_counts_as_arrived_later(
    stun: int,
) -> None:
    """Anybody may send it, and aioice drops it without a word."""
    loop = asyncio.get_running_loop()
    arrival = LoopArrival(loop)
    ice = IceTransport((), arrival.hand_on)
    await ice.gather()
    (own,) = ice.candidates
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as anybody:
        anybody.connect(("127.0.0.1", int(own.split()[5])))
        for _ in range(stun):
            anybody.send(bytes(Message(Method.BINDING, Class.RESPONSE)))
        anybody.send(b"\x80 before")
        time.sleep(0.01)  # noqa: ASYNC251  # the loop is held up while they arrive
        asked_at = loop.time()
        renewed = News()
        arrival.renew(renewed.tell)
        await ice.receive()
        bound = arrival.after
        await renewed.until(lambda: arrival.after >= asked_at)
    await ice.async_close()
    assert bound < asked_at
