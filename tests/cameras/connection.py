"""One client of the cameras, and what it asks for."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
import secrets
from typing import Final

from .camera import Camera
from .credentials import Credentials
from .description import TRACK, TRANSPORT, channel_asked, session_description
from .encoder import ParameterSets
from .feed import Feed
from .message import MalformedRequest, Request, Response, next_request

_OPEN_TO_ALL: Final = "OPTIONS"


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What all connections share."""

    cameras: Mapping[str, Camera]
    parameter_sets: ParameterSets
    credentials: Credentials | None
    most_waiting: int


class Connection:
    """Lives as long as its client, and has at most one session: a camera's feed."""

    def __init__(
        self, house: House, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Wait for what the client asks."""
        self._house = house
        self._reader = reader
        self._writer = writer
        self._nonce = secrets.token_hex(16)
        self._session = secrets.token_hex(8)
        self._feed: Feed | None = None

    async def run(self) -> None:
        """Answer until the client goes, or says what is not RTSP."""
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                await self._converse()
        finally:
            self._end_feed()
            self._writer.close()

    async def _converse(self) -> None:
        try:
            while True:
                request = await next_request(self._reader)
                self._writer.write(self._answer(request).encode(request.sequence))
                await self._writer.drain()
        except MalformedRequest, asyncio.LimitOverrunError:
            self._writer.write(Response(status=400).encode("0"))

    def _answer(self, request: Request) -> Response:
        method = _METHODS.get(request.method)
        if method is None:
            return Response(status=501)
        guard = self._house.credentials if request.method != _OPEN_TO_ALL else None
        if guard and not guard.admit(request, self._nonce):
            return Response(status=401, headers=guard.challenges(self._nonce))
        return method(self, request)

    def options(self, _request: Request) -> Response:
        return Response(headers=(("Public", ", ".join(_METHODS)),))

    def describe(self, request: Request) -> Response:
        camera = self._house.cameras.get(request.camera)
        if camera is None:
            return Response(status=404)
        headers = (
            ("Content-Type", "application/sdp"),
            ("Content-Base", request.url.rstrip("/") + "/"),
        )
        return Response(
            headers=headers,
            body=session_description(camera.name, self._house.parameter_sets),
        )

    def set_up(self, request: Request) -> Response:
        camera = self._house.cameras.get(request.camera)
        if camera is None:
            return Response(status=404)
        if self._feed:
            return Response(status=455)
        channel = channel_asked(request.headers.get("transport", ""))
        if channel is None:
            return Response(status=461)
        self._feed = Feed(
            camera,
            self._writer.transport,
            channel=channel,
            most_waiting=self._house.most_waiting,
        )
        transport = f"{TRANSPORT};unicast;interleaved={channel}-{channel + 1}"
        return Response(headers=(("Transport", transport), ("Session", self._session)))

    def play(self, request: Request) -> Response:
        feed = self._feed_of(request)
        if isinstance(feed, Response):
            return feed
        feed.play()
        info = f"url={request.url.rstrip('/')}/{TRACK};seq={feed.stream.sequence}"
        headers = (("Range", "npt=now-"), ("RTP-Info", info))
        return Response(headers=(("Session", self._session), *headers))

    def pause(self, request: Request) -> Response:
        feed = self._feed_of(request)
        if isinstance(feed, Response):
            return feed
        feed.pause()
        return Response(headers=(("Session", self._session),))

    def tear_down(self, request: Request) -> Response:
        feed = self._feed_of(request)
        if isinstance(feed, Response):
            return feed
        self._end_feed()
        return Response()

    def keep_alive(self, _request: Request) -> Response:
        """Clients ask for no parameter but that the session stays."""
        return Response(headers=(("Session", self._session),) if self._feed else ())

    def _feed_of(self, request: Request) -> Feed | Response:
        if self._feed is None:
            return Response(status=455)
        if request.headers.get("session", "").partition(";")[0] != self._session:
            return Response(status=454)
        return self._feed

    def _end_feed(self) -> None:
        if self._feed:
            self._feed.pause()
        self._feed = None


_METHODS: Final[Mapping[str, Callable[[Connection, Request], Response]]] = {
    _OPEN_TO_ALL: Connection.options,
    "DESCRIBE": Connection.describe,
    "SETUP": Connection.set_up,
    "PLAY": Connection.play,
    "PAUSE": Connection.pause,
    "TEARDOWN": Connection.tear_down,
    "GET_PARAMETER": Connection.keep_alive,
    "SET_PARAMETER": Connection.keep_alive,
}
