"""Listening: TLS on one port, or on a second one for the ingest alone."""

from collections.abc import Sequence
from ipaddress import ip_address
import socket

from aiohttp import web

from .tls import Authority

MAX_BODY = 65_536  # uploads are streamed and have no such limit


class Server:
    """Starts and stops on the same ports, as often as wanted."""

    def __init__(
        self,
        authority: Authority,
        host: str,
        ports: Sequence[int],
        receive_buffer: int | None,
    ) -> None:
        self._tls = authority.server_context()
        self._host = host
        self._ports = list(ports)
        self._receive_buffer = receive_buffer
        self._runner: web.AppRunner | None = None

    @property
    def ports(self) -> Sequence[int]:
        """Where it listens; known once it has been started."""
        return tuple(self._ports)

    async def start(self, routes: Sequence[web.RouteDef]) -> None:
        listening = [self._listen(port) for port in self._ports]
        self._ports = [each.getsockname()[1] for each in listening]
        self._runner = web.AppRunner(
            self._application(routes),
            access_log=None,
            shutdown_timeout=1.0,
            lingering_time=0,  # the ingest does this itself
            # Little is taken in advance, so that a slow reader slows the sender.
            read_bufsize=self._receive_buffer or 2**16,
        )
        await self._runner.setup()
        for each in listening:
            await web.SockSite(self._runner, each, ssl_context=self._tls).start()

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _listen(self, port: int) -> socket.socket:
        version = ip_address(self._host).version
        listening = socket.socket(socket.AF_INET6 if version == 6 else socket.AF_INET)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self._receive_buffer is not None:
            listening.setsockopt(
                socket.SOL_SOCKET, socket.SO_RCVBUF, self._receive_buffer
            )
        listening.bind((self._host, port))
        return listening

    def _application(self, routes: Sequence[web.RouteDef]) -> web.Application:
        application = web.Application(client_max_size=MAX_BODY)
        application.add_routes(routes)
        return application
