"""One client of an odd camera, and what it is answered."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
import math
import re
import secrets
import socket
import struct
from typing import Final

from tests.cameras.description import channel_asked
from tests.cameras.message import (
    MalformedRequest,
    Request,
    Response,
    next_request,
)

from .camera import OddCamera
from .description import description
from .feed import OddFeed
from .film import shots_of
from .oddities import Oddities
from .ways import Interleaved, Way, datagrams
from .wording import worded

_LEAD: Final = 0.1
"""Seconds by which pictures can come before the answer to PLAY."""

_PORTS: Final = re.compile(r"client_port=(\d+)-(\d+)")
_RECEIVER_REPORT: Final = 201
_AT_ONCE: Final = struct.pack("ii", 1, 0)
"""SO_LINGER that has a connection reset instead of closed."""


class _HangUp(Exception):
    """The client gets no answer but the end of its connection."""


class OddClient:
    """Lives as long as its connection."""

    def __init__(
        self,
        camera: OddCamera,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """Wait for what it asks."""
        self._camera = camera
        self._oddities: Oddities = camera.oddities
        self._reader, self._writer = reader, writer
        self._nonce = secrets.token_hex(16)
        self._spent = ""
        self._is_stale = False
        self._session = secrets.token_hex(8)
        self._way: Way | None = None
        self._playing: asyncio.Task[None] | None = None
        self._expiry: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Answer until one of both has enough."""
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError, _HangUp):
                await self._converse()
        finally:
            await self._end()

    async def _converse(self) -> None:
        while True:
            try:
                request = await next_request(self._reader, self._hear)
            except MalformedRequest, asyncio.LimitOverrunError:
                if self._oddities.asks_every:
                    continue  # it is the answer
                return
            self._camera.take(request)
            self._stay()
            await self._take_time(request)
            response = await self._answer(request)
            answer = response.encode(request.sequence)
            plays = request.method == "PLAY" and response.status == 200
            if plays and self._oddities.plays_before_it_answers:
                self._play()
                await asyncio.sleep(_LEAD)
            self._writer.write(worded(self._oddities.wording, answer))
            if plays:
                self._play()

    def _hear(self, report: bytes) -> None:
        if len(report) > 1 and report[1] == _RECEIVER_REPORT:
            self._camera.receiver_reports += 1

    async def _take_time(self, request: Request) -> None:
        delay = self._oddities.delays.get(request.method, 0)
        if delay == math.inf:
            await self._reader.read()
            raise _HangUp
        await asyncio.sleep(delay)

    async def _answer(self, request: Request) -> Response:
        method = _METHODS.get(request.method)
        if method is None:
            return Response(status=501)
        is_open = request.method == "OPTIONS" and not self._oddities.guards_options
        if not is_open and not self._admits(request):
            challenges = self._camera.credentials.challenges(
                self._nonce, is_stale=self._is_stale
            )
            return Response(status=401, headers=challenges)
        status = self._oddities.statuses.get(request.method, 200)
        return await method(self, request) if status == 200 else Response(status=status)

    def _admits(self, request: Request) -> bool:
        if not self._oddities.login:
            return True
        credentials = self._camera.credentials
        is_admitted = credentials.admit(request, self._nonce)
        self._is_stale = bool(self._spent) and credentials.admit(request, self._spent)
        if self._oddities.is_nonce_spent_at_once:
            self._spent, self._nonce = self._nonce, secrets.token_hex(16)
        if self._is_stale:
            return False
        if not is_admitted and "authorization" in request.headers:
            self._camera.wrong_logins += 1
        return is_admitted

    async def options(self, _request: Request) -> Response:
        known = [name for name in _METHODS if self._knows(name)]
        public = (("Public", ", ".join(known)),) if self._oddities.has_public else ()
        return Response(headers=public)

    def _knows(self, method: str) -> bool:
        return method != "GET_PARAMETER" or self._oddities.keep_alive != "unknown"

    async def describe(self, request: Request) -> Response:
        if self._camera.is_busy:
            return self._refuse(self._oddities.busy_status)
        if self._oddities.redirect:
            where = (("Location", self._camera.redirect),)
            return Response(status=302, headers=where)
        units = shots_of(self._oddities.film)[0].units
        return Response(
            headers=(("Content-Type", "application/sdp"), *self._base(request.url)),
            body=description(self._oddities, request.url, units),
        )

    def _base(self, url: str) -> tuple[tuple[str, str], ...]:
        match self._oddities.base:
            case "slash":
                return (("Content-Base", url.rstrip("/") + "/"),)
            case "bare":
                return (("Content-Base", url),)
            case _:
                return ()

    async def set_up(self, request: Request) -> Response:
        asked = request.headers.get("transport", "")
        self._camera.transports_asked.append(asked)
        channel, ports = channel_asked(asked), _PORTS.search(asked)
        status = self._oddities.udp_status
        if channel is not None:
            status = self._oddities.tcp_status
        if status != 200 or (channel is None and ports is None):
            return Response(status=status if status != 200 else 461)
        way = await self._way_to(channel, ports)
        self._way = self._way or way
        return Response(headers=(("Transport", way.answer), *self._session_header()))

    async def _way_to(self, channel: int | None, ports: re.Match[str] | None) -> Way:
        if channel is not None:
            shifted = channel + self._oddities.channel_shift
            return Interleaved(self._writer.transport, shifted)
        assert ports is not None
        peer = self._writer.get_extra_info("peername")[0]
        asked = int(ports[1]), int(ports[2])
        return await datagrams(self._oddities, peer, asked, self._hear)

    async def play(self, _request: Request) -> Response:
        if self._way is None:
            return Response(status=455)
        return Response(headers=(("Range", "npt=0-"), *self._session_header()))

    async def keep_alive(self, _request: Request) -> Response:
        match self._oddities.keep_alive:
            case "hangs up":
                raise _HangUp
            case "unknown" | "refused":
                return Response(status=501)
            case _:
                return Response(headers=self._session_header())

    async def tear_down(self, _request: Request) -> Response:
        await self._stop()
        return Response(headers=self._session_header())

    def _session_header(self) -> tuple[tuple[str, str], ...]:
        if not self._oddities.has_session:
            return ()
        timeout = self._oddities.session_timeout
        return (
            ("Session", self._session + (f";timeout={timeout}" if timeout else "")),
        )

    def _refuse(self, status: int) -> Response:
        if not status:
            self._reset()
            raise _HangUp
        return Response(status=status)

    def _reset(self) -> None:
        link: socket.socket = self._writer.get_extra_info("socket")
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self._writer.transport.abort()

    def _play(self) -> None:
        if self._playing is None and self._way is not None:
            self._camera.playing += 1
            self._camera.most_playing = max(
                self._camera.most_playing, self._camera.playing
            )
            feed = OddFeed(self._camera, self._way, self._writer)
            self._playing = asyncio.create_task(self._show(feed, self._way))

    async def _show(self, feed: OddFeed, way: Way) -> None:
        await feed.run()
        match self._oddities.ends_by:
            case "reset":
                self._reset()
            case "bye":
                way.report(feed.goodbye())
            case _:
                self._writer.close()

    def _stay(self) -> None:
        """Drop a client that asks nothing for as long as its session lasts."""
        if self._expiry is not None:
            self._expiry.cancel()
        if self._oddities.keep_alive == "enforced":
            self._expiry = asyncio.get_running_loop().call_later(
                self._oddities.session_timeout, self._writer.transport.abort
            )

    async def _stop(self) -> None:
        playing, self._playing = self._playing, None
        if playing is not None:
            playing.cancel()
            await asyncio.wait([playing])
            self._camera.leave()
            if not playing.cancelled():
                playing.result()
        if self._way is not None:
            self._way.close()
        self._way = None

    async def _end(self) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
        await self._stop()
        self._writer.close()


_METHODS: Final[Mapping[str, Callable[[OddClient, Request], Awaitable[Response]]]] = {
    "OPTIONS": OddClient.options,
    "DESCRIBE": OddClient.describe,
    "SETUP": OddClient.set_up,
    "PLAY": OddClient.play,
    "TEARDOWN": OddClient.tear_down,
    "GET_PARAMETER": OddClient.keep_alive,
    "SET_PARAMETER": OddClient.keep_alive,
}
