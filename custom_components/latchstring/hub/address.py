"""Name resolution for connections to hubs, and the check of every address that comes of it.

Two ways to fail: leaving a hub unreached whose name also has a private address, and
reaching into the home's own network for a stranger. The second is worse, so one
address that is not permitted refuses the whole name.
"""

import asyncio
from functools import partial
import socket
from typing import Final, override

from aiohttp import AddrInfoType, ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult

from ..core.address import is_public, permitted

TIMEOUT_SECONDS: Final = 10.0

type _Query = tuple[str, int, socket.AddressFamily]


class AddressRefused(OSError):
    """A private address of a host that the owner did not type."""


class NotLocal(OSError):
    """The name has no address in a private network, which is where its hub is."""


class Unresolvable(OSError):
    """The name could not be resolved to any address."""


class _WrappedResolver(AbstractResolver):
    """Resolves by another resolver: the system's, unless one is given."""

    def __init__(self, resolver: AbstractResolver | None = None) -> None:
        self._resolver = resolver or ThreadedResolver()

    @override
    async def close(self) -> None:
        await self._resolver.close()


class SharedResolver(_WrappedResolver):
    """Resolves each name once at a time; concurrent callers share the same look-up.

    A look-up cannot be cancelled: it holds a thread of Home Assistant's as long as the hub's
    own name server likes. Otherwise a hub that opens and closes sessions would get all threads.
    """

    def __init__(self, resolver: AbstractResolver | None = None) -> None:
        super().__init__(resolver)
        self._lookups: dict[_Query, asyncio.Task[list[ResolveResult]]] = {}

    @override
    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,
    ) -> list[ResolveResult]:
        query = (host, port, family)
        if (lookup := self._lookups.get(query)) is None:
            resolving = self._resolver.resolve(host, port, family)
            lookup = self._lookups[query] = asyncio.create_task(resolving)
            lookup.add_done_callback(partial(self._done, query))
        await asyncio.wait({lookup})  # the look-up goes on where a caller is cancelled
        return lookup.result()

    def _done(self, query: _Query, lookup: asyncio.Task[list[ResolveResult]]) -> None:
        del self._lookups[query]
        if not lookup.cancelled():
            lookup.exception()  # retrieved here, because all callers may be gone


class CheckedResolver(_WrappedResolver):
    """Resolves names and refuses those with an address that a home may not connect to.

    `only_local`: of the host that the owner typed it returns private addresses only.
    """

    def __init__(
        self,
        *,
        typed_host: str,
        only_local: bool,
        resolver: AbstractResolver | None = None,
    ) -> None:
        super().__init__(resolver)
        self._typed_host = typed_host
        self._only_local = only_local

    @override
    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,
    ) -> list[ResolveResult]:
        found = await self._ask(host, port, family)
        for result in found:
            check(result["host"], host, typed_host=self._typed_host)
        if not self._only_local or host != self._typed_host:
            return found
        local = [result for result in found if not is_public(result["host"])]
        if not local:
            raise NotLocal(host)
        return local

    async def _ask(
        self, host: str, port: int, family: socket.AddressFamily
    ) -> list[ResolveResult]:
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                found = await self._resolver.resolve(host, port, family)
        except OSError as error:  # and a TimeoutError is one
            raise Unresolvable(host) from error
        if not found:
            raise Unresolvable(host)
        return found


def check(address: str, host: str, *, typed_host: str) -> None:
    """Raise AddressRefused unless the home may connect to this address of the host."""
    if not permitted(address, host, typed_host):
        raise AddressRefused(host)


def checked_socket(
    info: AddrInfoType,
    host: str,
    *,
    typed_host: str,
    kind: type[socket.socket] = socket.socket,
) -> socket.socket:
    """Return a socket for one address; raise AddressRefused if the home may not connect to it."""
    family, how, protocol, _, address = info
    check(str(address[0]), host, typed_host=typed_host)
    return kind(family, how, protocol)


async def resolve(
    host: str,
    port: int,
    *,
    typed_host: str,
    only_local: bool,
    resolver: AbstractResolver | None = None,
) -> tuple[str, ...]:
    """Return the checked addresses of a host, be it a name or an address.

    Raises AddressRefused, NotLocal or Unresolvable.
    """
    checked = CheckedResolver(
        typed_host=typed_host, only_local=only_local, resolver=resolver
    )
    found = await checked.resolve(host, port)
    return tuple(dict.fromkeys(result["host"] for result in found))
