"""Logins that a camera has refused, which are not tried again: some cameras lock an address out after five."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
import hashlib
import secrets
from typing import Final
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

from ..errors import UNAUTHORIZED, SourceUnusable
from .address import CameraAddress
from .source import Source

_LONGEST_WAIT: Final = 5.0
"""Seconds that a connection waits for what comes of the same login on another."""


class RefusedLogins:
    """Remembers hashes of host and login, so that a recorder with sixteen channels counts as one camera."""

    def __init__(self) -> None:
        self._salt = secrets.token_bytes(16)
        self._refused: set[bytes] = set()
        self._trials: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()

    def add(self, address: CameraAddress) -> None:
        """Remember that this login was refused."""
        self._refused.add(self._digest(address))

    def discard(self, source: Source) -> None:
        """Forget it: its owner wants it tried once more."""
        if isinstance(source, CameraAddress):
            self._refused.discard(self._digest(source))

    @asynccontextmanager
    async def trial(self, address: CameraAddress) -> AsyncIterator[None]:
        """Have a login given to a camera by one connection at a time, and remember it where it is refused.

        Raises SourceUnusable where it was refused meanwhile. One that is not answered holds up no other for long.
        """
        lock = self._trials.setdefault(self._digest(address), asyncio.Lock())
        async with AsyncExitStack() as stack:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LONGEST_WAIT):
                    await stack.enter_async_context(lock)
            if address in self:
                raise SourceUnusable(UNAUTHORIZED)
            try:
                yield
            except SourceUnusable as unusable:
                if unusable.code == UNAUTHORIZED:
                    self.add(address)
                raise

    def __contains__(self, source: Source) -> bool:
        return isinstance(source, CameraAddress) and (
            self._digest(source) in self._refused
        )

    def _digest(self, address: CameraAddress) -> bytes:
        secret = _known_by(address).encode(errors="surrogatepass")
        return hashlib.blake2b(secret, key=self._salt).digest()


def _known_by(address: CameraAddress) -> str:
    """Return what has to change for another try: the login where it is in front of the host, as RTSP has it."""
    try:
        host = urlsplit(address.url).netloc
    except ValueError:
        host = ""
    is_in_front = "@" in host and address.scheme.startswith("rtsp")
    return host if is_in_front else address.url
