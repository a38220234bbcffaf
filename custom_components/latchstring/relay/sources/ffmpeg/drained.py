"""The moment at which nothing of what a server had sent was left unread."""

from collections.abc import Callable
import socket
import ssl

from ..rtsp.connection import has_more


class Drained:
    """`at` is such a moment, the last one that is known: whatever is read later but what was begun had not arrived."""

    def __init__(self, time: Callable[[], float]) -> None:
        self._time = time
        self._seen = self.at = time()

    def look(self, sock: socket.socket) -> None:
        """Look before more is read. Of TLS a part of the next record may be here unread: one look later."""
        now = self._time()  # beforehand: this is a thread, and something may come
        if has_more(sock.fileno()):
            return
        if not isinstance(sock, ssl.SSLSocket):
            self.at = now
        elif not sock.pending():
            self.at, self._seen = self._seen, now
