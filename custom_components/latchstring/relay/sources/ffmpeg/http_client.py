"""HTTP for FFmpeg: what is at a camera's address, and nothing else.

FFmpeg's own would follow a playlist or a redirect to another camera, or to a service of this machine: the owner has
agreed to share this one.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from http.client import HTTPException
import socket
import ssl
import threading
from typing import Final
from urllib.parse import urljoin

from ....core.address import is_public
from ...errors import (
    ADDRESS_WRONG,
    CODEC_UNSUPPORTED,
    REDIRECTED,
    SLOW,
    UNAUTHORIZED,
    UNREACHABLE,
    UNREADABLE,
    SourceUnusable,
)
from ..address import CameraAddress
from ..arrival import ArrivalBound, has_more
from ..faults import (
    LOGIN_WANTED,
    OK,
    REDIRECTS,
    fault_of_error,
    fault_of_status,
)
from ..login import Login
from ..tls import context_of
from .http_address import HttpAddress, read_http_address
from .http_response import Body, InterruptibleResponse
from .limits import READ_TIMEOUT
from .segments import SegmentAges

_MOST_REDIRECTS: Final = 5
_MOST_LOGINS: Final = 3
_MOST_PEERS: Final = 4
_PARTIAL: Final = 206
_UNUSABLE_TYPES: Final[Mapping[str, str]] = {
    "multipart/x-mixed-replace": CODEC_UNSUPPORTED,
    "image/jpeg": CODEC_UNSUPPORTED,
    "video/webm": CODEC_UNSUPPORTED,
    "text/html": UNREADABLE,
}
"""Codes by the media type of what FFmpeg is not given, because it cannot be relayed."""


class HttpClient:
    """Opens URLs for FFmpeg, on its thread: those of the camera's host, and of others only between public servers."""

    def __init__(
        self,
        address: CameraAddress,
        stopped: threading.Event,
        *,
        time: Callable[[], float],
        timeout: float,
    ) -> None:
        """Raises SourceUnusable where it is no address of HTTP. What is opened first has `timeout` seconds for it."""
        try:
            self._camera = read_http_address(address.url)
        except ValueError:
            raise SourceUnusable(ADDRESS_WRONG) from None
        self.fault: str | None = None
        """Why something could not be had: the code."""
        self._arrival = ArrivalBound(time())
        self._ages = SegmentAges()
        self._context = context_of(address)
        self._login = Login(self._camera.credentials)
        self._camera_peers = frozenset[str]()
        self._bodies: set[Body] = set()
        self._is_opening = False
        self._stopped = stopped
        self._time = time
        self._deadline: float | None = time() + timeout

    @property
    def taken_after(self) -> float:
        """Return a moment before which no picture was taken of what is read now, as far as it was new then."""
        return min(self._arrival.after, self._ages.taken_after)

    def succeed(self) -> None:
        """Go on without a deadline: there is video."""
        self._deadline = None

    def close(self) -> None:
        """Close what FFmpeg has left open, as it does where it fails."""
        for body in tuple(self._bodies):
            body.close()

    def open(self, url: str, _flags: int, options: Mapping[str, str]) -> Body:
        """Return what is at a URL; nothing where it can't be had, and then `fault` is set.

        An error would be FFmpeg's end, while it goes on after an empty segment. Raises SourceUnusable where it must
        not: it is stopped, it is too late, or there is no video yet and something could not be had before.
        """
        self._check(0)
        if self.fault is not None and self._deadline is not None:
            raise SourceUnusable(self.fault)
        self._is_opening = True
        try:
            return self._found(url, options)
        except SourceUnusable as unusable:
            self.fault = unusable.code
        except (OSError, HTTPException, ValueError) as error:
            self.fault = fault_of_error(error) or ADDRESS_WRONG
        finally:
            self._is_opening = False
        self._check(0)
        return Body()

    def _found(self, url: str, options: Mapping[str, str]) -> Body:
        asked_at = self._time()
        body = self._body(self._get(url, _span(options)))
        if body.playlist is None:
            self._ages.read(url)
        else:
            self._ages.listed(url, body.playlist, asked_at)
        return body

    def _body(self, response: InterruptibleResponse) -> Body:
        body = Body(response, on_close=self._bodies.discard)
        self._bodies.add(body)
        return body

    def _wait(self, sock: socket.socket, waited: float) -> None:
        """Check before more is read, and see whether nothing is left, where this is all that FFmpeg reads."""
        if not waited and len(self._bodies) + self._is_opening == 1:
            self._look(sock)
        self._check(waited)

    def _look(self, sock: socket.socket) -> None:
        """Look whether something is unread. The time is taken before: on a thread more may come at any moment."""
        now, tls = self._time(), sock if isinstance(sock, ssl.SSLSocket) else None
        if not (has_more(sock.fileno()) or (tls and tls.pending())):
            self._arrival.emptied(now, is_encrypted=tls is not None)

    def _check(self, waited: float) -> None:
        """Raise where it is to be waited no longer."""
        if self._stopped.is_set():
            raise SourceUnusable(UNREACHABLE)
        if self._deadline is not None and self._time() >= self._deadline:
            raise SourceUnusable(SLOW)
        if self._deadline is None and waited >= READ_TIMEOUT:
            raise TimeoutError

    def _get(self, url: str, span: Mapping[str, str]) -> InterruptibleResponse:
        for _ in range(_MOST_REDIRECTS + 1):
            response = self._ask(read_http_address(url), span)
            if response.status not in REDIRECTS:
                return _usable(response)
            response.close()
            url = urljoin(url, response.headers.get("Location", ""))
        raise SourceUnusable(REDIRECTED)

    def _ask(
        self, address: HttpAddress, span: Mapping[str, str]
    ) -> InterruptibleResponse:
        """Return the response to one request, logged in where the camera itself wants that."""
        if address.host != self._camera.host:
            return self._request(address, span)
        for _ in range(_MOST_LOGINS):
            login = self._login.headers("GET", address.target)
            response = self._request(address, {**span, **login})
            if response.status != LOGIN_WANTED:
                return response
            response.close()
            self._login.take(response.headers.get_all("WWW-Authenticate", []))
        raise SourceUnusable(UNAUTHORIZED)

    def _request(
        self, address: HttpAddress, headers: Mapping[str, str]
    ) -> InterruptibleResponse:
        fields = {
            "Host": address.authority,
            "User-Agent": "Latchstring/1",
            "Accept": "*/*",
            "Connection": "close",
            **headers,
        }
        lines = (
            f"GET {address.target} HTTP/1.1",
            *(f"{name}: {value}" for name, value in fields.items()),
            "\r\n",
        )
        with self._connect(address) as sock:
            sock.sendall("\r\n".join(lines).encode("latin-1"))
            return InterruptibleResponse(sock, partial(self._wait, sock))

    def _connect(self, address: HttpAddress) -> socket.socket:
        if self._camera.is_tls and not address.is_tls:
            raise SourceUnusable(REDIRECTED)
        sock = self._connected(self._peers(address), address.port)
        if not address.is_tls:
            return sock
        with sock:  # it is another one that stays open
            return self._context.wrap_socket(sock, server_hostname=address.host)

    def _connected(self, peers: Sequence[str], port: int) -> socket.socket:
        """Connect to the first of these that takes it; OSError where none does."""
        error = OSError()
        for peer in peers[:_MOST_PEERS]:
            try:
                return socket.create_connection((peer, port), self._connect_timeout())
            except OSError as refused:
                error = refused
        raise error

    def _connect_timeout(self) -> float:
        if self._deadline is None:
            return READ_TIMEOUT
        return max(0.1, self._deadline - self._time())

    def _peers(self, address: HttpAddress) -> list[str]:
        """Return whom to connect to: the camera's host, or a public server that a public one has named."""
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
        peers = [str(each[4][0]) for each in found]
        if address.host == self._camera.host:
            self._camera_peers = frozenset(peers)
            return peers
        is_public_camera = all(map(is_public, self._camera_peers))
        permitted = [
            peer
            for peer in peers
            if peer in self._camera_peers or (is_public_camera and is_public(peer))
        ]
        if not permitted:
            raise SourceUnusable(REDIRECTED)
        return permitted


def _usable(response: InterruptibleResponse) -> InterruptibleResponse:
    """Return a response that may be video; raises SourceUnusable for another."""
    if response.status not in {OK, _PARTIAL}:
        code: str | None = fault_of_status(response.status)
    else:
        code = _UNUSABLE_TYPES.get(response.headers.get_content_type())
    if code is not None:
        response.close()
        raise SourceUnusable(code)
    return response


def _span(options: Mapping[str, str]) -> Mapping[str, str]:
    """Return the header that asks for a part, where a playlist names one."""
    begin, end = int(options.get("offset", "0")), int(options.get("end_offset", "0"))
    if not begin and not end:
        return {}
    return {"Range": f"bytes={begin}-{end - 1 if end else ''}"}
