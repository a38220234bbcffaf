"""The HTTP session that all requests to one hub go through.

Every socket is made in one place, and only for a permitted address; no redirect,
cookie, proxy or netrc entry of the environment leads anywhere else.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from http import HTTPStatus
import socket
from typing import Any, Final, override

from aiohttp import (
    AddrInfoType,
    ClientError,
    ClientHandlerType,
    ClientRequest,
    ClientResponse,
    ClientResponseError,
    ClientSession,
    ClientSSLError,
    ClientTimeout,
    DummyCookieJar,
    InvalidURL,
    TCPConnector,
    hdrs,
)
from aiohttp.abc import AbstractResolver
from homeassistant.util.ssl import get_default_context

from ..core.errors import PairingError, PairingProblem
from .address import AddressRefused, CheckedResolver, Elsewhere, checked_socket

USER_AGENT: Final = "Latchstring/1"
TIMEOUT: Final = ClientTimeout(total=15, sock_connect=10)
JSON: Final = "application/json"

MOST_READ: Final = 1_048_576
"""So many bytes of an answer are read, its head, its framing and TLS among them: 256 KB of them may mean something."""

_connecting_to: ContextVar[str] = ContextVar("connecting_to", default="")
"""The host of the request under way; a socket alone only knows an address."""

_is_lasting: ContextVar[bool] = ContextVar("is_lasting", default=False)
"""Whether the request under way becomes a WebSocket, which bounds by itself what it reads."""


class TooMuch(ConnectionError):
    """A server has sent more than anything that it can have to say."""


class _Rationed(socket.socket):
    """A socket for one short answer: whatever a server makes of HTTP, no more comes in than that."""

    left = MOST_READ

    @override
    def recv(self, *args: Any) -> bytes:
        data = super().recv(*args)
        self._count(len(data))
        return data

    @override
    def recv_into(self, *args: Any) -> int:
        count = super().recv_into(*args)
        self._count(count)
        return count

    def _count(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise TooMuch


class Redirected(ClientError):
    """The hub answered that it is somewhere else."""


_PROBLEMS: Final[tuple[tuple[type[Exception], PairingProblem], ...]] = (
    (Redirected, PairingProblem.REDIRECTED),
    (AddressRefused, PairingProblem.ADDRESS_PRIVATE),
    (Elsewhere, PairingProblem.ADDRESS_PUBLIC),
    (TooMuch, PairingProblem.NOT_A_HUB),
    (ClientSSLError, PairingProblem.CERTIFICATE_INVALID),
    (ClientResponseError, PairingProblem.NOT_A_HUB),
    (InvalidURL, PairingProblem.NOT_A_HUB),
    (ClientError, PairingProblem.HUB_UNREACHABLE),
    (OSError, PairingProblem.HUB_UNREACHABLE),
)
"""The first kind that fits says what to tell the owner. TimeoutErrors are OSErrors."""


def client_session(
    *,
    typed_host: str,
    only_local: bool = False,
    resolver: AbstractResolver | None = None,
    timeout: ClientTimeout = TIMEOUT,
) -> ClientSession:
    """Open a session for the hub whose owner typed this host. The caller closes it.

    `only_local` goes to none but the private addresses of that host.
    """
    return ClientSession(
        connector=TCPConnector(
            ssl=get_default_context(),
            resolver=CheckedResolver(
                typed_host=typed_host, only_local=only_local, resolver=resolver
            ),
            use_dns_cache=False,
            force_close=True,  # each socket is for one request, and knows for which
            socket_factory=partial(_socket, typed_host=typed_host),
        ),
        middlewares=(_straight,),
        cookie_jar=DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        timeout=timeout,
        headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
    )


async def _straight(
    request: ClientRequest, handler: ClientHandlerType
) -> ClientResponse:
    """Tell the socket factory the host, and follow no redirect.

    Here rather than by `allow_redirects`, which a WebSocket's handshake has no say in.
    """
    with (
        _connecting_to.set(request.url.host or ""),
        _is_lasting.set(hdrs.UPGRADE in request.headers),
    ):
        response = await handler(request)
    if HTTPStatus.MULTIPLE_CHOICES <= response.status < HTTPStatus.BAD_REQUEST:
        response.close()
        raise Redirected
    return response


def _socket(info: AddrInfoType, *, typed_host: str) -> socket.socket:
    kind = socket.socket if _is_lasting.get() else _Rationed
    return checked_socket(info, _connecting_to.get(), typed_host=typed_host, kind=kind)


@contextmanager
def pairing_problems() -> Iterator[None]:
    """Turn what the network raises into what the owner is told."""
    try:
        yield
    except (OSError, ClientError) as error:
        raise PairingError(_problem(error)) from error


def _problem(error: BaseException) -> PairingProblem:
    """Look at the cause first: the connector wraps what resolver and socket raised."""
    causes = (error.__cause__, error)
    return next(
        problem
        for kind, problem in _PROBLEMS
        if any(isinstance(cause, kind) for cause in causes)
    )


async def read_json(
    response: ClientResponse, *, at_most: int, otherwise: PairingProblem
) -> bytes:
    """Read a body that says it is JSON, and stop reading where it grows too long."""
    if response.content_type != JSON:
        raise PairingError(otherwise)
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > at_most:
            raise PairingError(otherwise)
    return bytes(body)
