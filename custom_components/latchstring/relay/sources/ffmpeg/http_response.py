"""One response of a server of HTTP, read as it arrives, and no longer than somebody waits for it."""

from collections.abc import Buffer, Callable
from http.client import HTTPException, HTTPResponse
import io
import socket
from typing import Final, override

_STEP: Final = 0.25
"""Seconds between two looks at whether somebody still waits."""
_PLAYLIST: Final = b"#EXTM3U"
_LONGEST_PLAYLIST: Final = 2 * 1024 * 1024
"""FFmpeg keeps all that a playlist names."""


class _InterruptibleStream(io.RawIOBase):
    """What arrives at a socket. `check` is called again and again with the seconds waited; it raises to end that."""

    def __init__(self, sock: socket.socket, check: Callable[[float], None]) -> None:
        self._sock, self._check = sock, check
        self._held = sock.makefile("rb", buffering=0)  # the socket stays open as long

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer) -> int:
        """Wait for some bytes; none: the server has ended it."""
        self._sock.settimeout(_STEP)
        waited = 0.0
        while True:
            self._check(waited)
            try:
                return self._sock.recv_into(buffer)
            except TimeoutError:
                waited += _STEP

    @override
    def close(self) -> None:
        self._held.close()
        super().close()


class InterruptibleResponse(HTTPResponse):
    """A response that keeps its socket open until it is closed."""

    def __init__(self, sock: socket.socket, check: Callable[[float], None]) -> None:
        """Read the head; raises what `check` raises, OSError, and HTTPException where it is not HTTP."""
        super().__init__(sock, method="GET")
        self.fp.close()
        self.fp = io.BufferedReader(_InterruptibleStream(sock, check))
        try:
            self.begin()
        except BaseException:
            self.close()
            raise


class Body:
    """What follows the head, as a file for FFmpeg: it ends where it breaks off, and is empty without a response."""

    def __init__(
        self,
        response: HTTPResponse | None = None,
        *,
        on_close: Callable[[Body], None] = lambda _body: None,
    ) -> None:
        """Raises like InterruptibleResponse, as it waits for the first bytes; then the response is closed."""
        self._response = response
        self._on_close = on_close
        try:
            self._begin = response.read(len(_PLAYLIST)) if response else b""
        except BaseException:
            self.close()
            raise
        self.playlist = self._whole() if self._begin == _PLAYLIST else None
        """All of it where it is a playlist, as far as one may be long."""

    def read(self, size: int) -> bytes:
        """Return up to this many bytes of what has arrived, or wait for some."""
        if self._response is None:
            return b""
        if self._begin:
            begun, self._begin = self._begin[:size], self._begin[size:]
            return begun
        if self.playlist is not None:
            return b""
        try:
            return self._response.read1(size)
        except OSError, HTTPException:
            return b""

    def close(self) -> None:
        """Close the connection."""
        if self._response is not None:
            self._response.close()
        self._on_close(self)

    def _whole(self) -> bytes:
        """Return the whole playlist; raises like the constructor."""
        try:
            self._begin += (
                self._response.read(_LONGEST_PLAYLIST) if self._response else b""
            )
        except BaseException:
            self.close()
            raise
        return self._begin
