"""When the pictures of HLS were taken: a segment holds the seconds before it was listed (RFC 8216)."""

from math import inf
from typing import Final
from urllib.parse import urljoin

_MOST_PLAYLISTS: Final = 16


class SegmentAges:
    """Follows which segments playlists list, and which are read. Pure: time is an argument."""

    def __init__(self) -> None:
        self.taken_after = inf
        """A moment before which no picture of the segment read now was taken; infinite without a playlist."""
        self._listings: dict[str, tuple[float, dict[str, float]]] = {}
        self._unlisted_at: dict[str, float] = {}
        self._of_next = -inf

    def listed(self, url: str, playlist: bytes, at: float) -> None:
        """Take a playlist that was asked for at this moment: what it did not list the last time was not whole then."""
        if not self._listings:
            self.taken_after = -inf
        asked_at, before = self._listings.pop(url, (-inf, {}))
        lines = map(str.strip, playlist.decode(errors="replace").splitlines())
        names = (line for line in lines if line and not line.startswith("#"))
        now = {
            each: before.get(each, asked_at)
            for each in (urljoin(url, name) for name in names)
        }
        self._listings[url] = at, now
        if len(self._listings) > _MOST_PLAYLISTS:
            del self._listings[next(iter(self._listings))]
        self._unlisted_at = now

    def read(self, url: str) -> None:
        """Take that this is read now: its pictures were taken after the segment before it was whole."""
        if (unlisted_at := self._unlisted_at.get(url)) is not None:
            self.taken_after, self._of_next = self._of_next, unlisted_at
