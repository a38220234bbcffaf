"""The aiohttp client session for all requests to one hub.

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
from .address import AddressRefused, CheckedResolver, NotLocal, checked_socket

USER_AGENT: Final = "Latchstring/1"
TIMEOUT: Final = ClientTimeout(total=15, sock_connect=10)
JSON: Final = "application/json"

MAX_READ_BYTES: Final = 1_048_576
"""The most bytes read of one answer, counting its head, framing and TLS: a body has 256 KB at most."""

_connecting_to: ContextVar[str] = ContextVar("connecting_to", default="")
"""The host of the current request: the socket factory is only given an address."""

_is_websocket: ContextVar[bool] = ContextVar("is_websocket", default=False)
"""Whether the current request becomes a WebSocket, which bounds by itself what it reads."""


class AnswerTooLarge(ConnectionError):
    """A server has sent more than any answer may have."""


class _BoundedSocket(socket.socket):
    """A socket that reads no more than one short answer, whatever a server does with HTTP."""

    remaining = MAX_READ_BYTES

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
        self.remaining -= count
        if self.remaining < 0:
            raise AnswerTooLarge


class Redirected(ClientError):
    """The hub answered that it is somewhere else."""


_PROBLEMS: Final[tuple[tuple[type[Exception], PairingProblem], ...]] = (
    (Redirected, PairingProblem.REDIRECTED),
    (AddressRefused, PairingProblem.ADDRESS_PRIVATE),
    (NotLocal, PairingProblem.ADDRESS_PUBLIC),
    (AnswerTooLarge, PairingProblem.NOT_A_HUB),
    (ClientSSLError, PairingProblem.CERTIFICATE_INVALID),
    (ClientResponseError, PairingProblem.NOT_A_HUB),
    (InvalidURL, PairingProblem.NOT_A_HUB),
    (ClientError, PairingProblem.HUB_UNREACHABLE),
    (OSError, PairingProblem.HUB_UNREACHABLE),
)
"""The problem of an error, by the first exception type that matches. A TimeoutError is an OSError."""


def client_session(
    *,
    typed_host: str,
    only_local: bool,
    resolver: AbstractResolver | None = None,
    timeout: ClientTimeout = TIMEOUT,
) -> ClientSession:
    """Return a session for the hub whose host the owner typed. The caller closes it.

    `only_local` connects to that host by private addresses only.
    """
    return ClientSession(
        connector=TCPConnector(
            ssl=get_default_context(),
            resolver=CheckedResolver(
                typed_host=typed_host, only_local=only_local, resolver=resolver
            ),
            use_dns_cache=False,
            force_close=True,  # each socket serves one request, by whose host it was checked
            socket_factory=partial(_socket, typed_host=typed_host),
        ),
        middlewares=(_refuse_redirects,),
        cookie_jar=DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        timeout=timeout,
        headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
    )


async def _refuse_redirects(
    request: ClientRequest, handler: ClientHandlerType
) -> ClientResponse:
    """Pass the host on to the socket factory, and refuse redirects.

    `allow_redirects` would not do: a WebSocket's handshake cannot set it.
    """
    with (
        _connecting_to.set(request.url.host or ""),
        _is_websocket.set(hdrs.UPGRADE in request.headers),
    ):
        response = await handler(request)
    if HTTPStatus.MULTIPLE_CHOICES <= response.status < HTTPStatus.BAD_REQUEST:
        response.close()
        raise Redirected
    return response


def _socket(info: AddrInfoType, *, typed_host: str) -> socket.socket:
    kind = socket.socket if _is_websocket.get() else _BoundedSocket
    return checked_socket(info, _connecting_to.get(), typed_host=typed_host, kind=kind)


@contextmanager
def pairing_problems() -> Iterator[None]:
    """Translate network errors into PairingError."""
    try:
        yield
    except (OSError, ClientError) as error:
        raise PairingError(_problem(error)) from error


def _problem(error: BaseException) -> PairingProblem:
    """Return the problem of an error or its cause: the connector wraps what resolver and socket raised."""
    causes = (error.__cause__, error)
    return next(
        problem
        for kind, problem in _PROBLEMS
        if any(isinstance(cause, kind) for cause in causes)
    )


async def read_json(
    response: ClientResponse, *, max_bytes: int, problem: PairingProblem
) -> bytes:
    """Return a JSON body of at most `max_bytes` bytes; PairingError(`problem`) for any other."""
    if response.content_type != JSON:
        raise PairingError(problem)
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > max_bytes:
            raise PairingError(problem)
    return bytes(body)
