"""When what is read of a camera can have arrived at the earliest."""

import select


class ArrivalBound:
    """`after` is a moment before which nothing had arrived of what is read from now on, but for what has begun."""

    def __init__(self, now: float) -> None:
        self.after = self._emptied_at = now

    def emptied(self, now: float, *, is_encrypted: bool) -> None:
        """Take note that nothing was left unread at this moment.

        Of TLS a part of the next record may have been here unread: it counts when this is called the next time.
        """
        self.after = self._emptied_at if is_encrypted else now
        self._emptied_at = now


def has_more(file: int) -> bool:
    """Return whether a socket has more for us to read, be it an empty datagram in front of others, or its end."""
    asked = select.poll()
    asked.register(file, select.POLLIN)
    return bool(asked.poll(0))
