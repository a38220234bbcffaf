"""An odd camera: what all its clients share, and what it has counted of them."""

import asyncio
from collections import defaultdict
import math
from urllib.parse import quote

from tests.cameras.credentials import Credentials
from tests.cameras.message import Request

from .oddities import ITSELF, Oddities


class OddCamera:
    """Begins its film with its first client."""

    def __init__(self, oddities: Oddities) -> None:
        """Say what is odd about it; it listens from `odd_camera` on."""
        self.oddities = oddities
        self.credentials = Credentials(
            user=oddities.user,
            password=oddities.password,
            offers=oddities.login,
            has_quality=oddities.has_quality,
            is_one_header=oddities.is_one_header,
        )
        self.port = 0
        self.connections = 0
        self.requests: list[Request] = []
        self.transports_asked: list[str] = []
        self.wrong_logins = 0
        self.receiver_reports = 0
        self.playing = 0
        self.most_playing = 0
        self.sent: dict[int, list[float]] = defaultdict(list)
        """By a picture's number, the monotonic seconds at which it began to be sent."""
        self.clients: list[asyncio.Task[None]] = []
        self._began: float | None = None

    @property
    def address(self) -> str:
        """Where it is, without a login."""
        return self._url("")

    @property
    def url(self) -> str:
        """Where it is, with the login it wants."""
        odd = self.oddities
        login = f"{quote(odd.user, safe='')}:{quote(odd.password, safe='')}@"
        return self._url(login if odd.login else "")

    @property
    def redirect(self) -> str:
        """Where a client is sent instead."""
        where = self.oddities.redirect
        return self.address if where == ITSELF else where

    @property
    def is_busy(self) -> bool:
        """Whether it takes no more clients."""
        most = self.oddities.most_playing
        return most is not None and self.playing >= most

    def methods(self) -> list[str]:
        """What it was asked, in this order."""
        return [request.method for request in self.requests]

    async def until_left(self) -> None:
        """Wait until all clients have gone that are there; raises what serving them failed of."""
        if clients := tuple(self.clients):
            await asyncio.wait(clients)
        for client in clients:
            if not client.cancelled():
                client.result()

    def hang_up(self) -> None:
        """End every connection."""
        for client in self.clients:
            client.cancel()

    def rewind(self) -> None:
        """Begin the film anew with the next client; there may be none now."""
        self._began = None

    def take(self, request: Request) -> None:
        """Keep what was asked."""
        self.requests.append(request)

    def leave(self) -> None:
        """Count a client as gone, when the camera notices it."""
        asyncio.get_running_loop().call_later(self.oddities.lingers_for, self._forget)

    def next_tick(self) -> int:
        """The number of the next picture's turn; the first client's is 0."""
        now = asyncio.get_running_loop().time()
        if self._began is None:
            self._began = now
        return math.ceil((now - self._began) * self.oddities.pictures_per_second)

    async def until_tick(self, number: int) -> None:
        """Wait until it is this picture's turn."""
        now, began = asyncio.get_running_loop().time(), self._began or 0
        due = began + number / self.oddities.pictures_per_second
        await asyncio.sleep(max(0, due - now))

    def _forget(self) -> None:
        self.playing -= 1

    def _url(self, login: str) -> str:
        odd = self.oddities
        scheme = "rtsps" if odd.tls else "rtsp"
        host = f"[{odd.host}]" if ":" in odd.host else odd.host
        return f"{scheme}://{login}{host}:{self.port}{odd.path}"
