"""The gate's callbacks: to look up shares and sources, and to report to."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..core.model import Share
    from ..relay import ConsentedStream, IngestTarget
    from .events import HowEnded
    from .values import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class GateCallbacks:
    """Called anew every time, so that nothing here goes stale.

    `shares` returns the shares by id, `source` the camera of one, `ingest` the checked target for a URL and a token
    (raises OSError where none may be connected to), `has_room` whether this home may have one's camera connected for
    one more viewer. `show` displays a share at once, if it is queued.
    `admitted` is called for each session that is let in, before anything else of it, and `left` for each that is over,
    as soon as all that end with it are cut.
    """

    shares: Callable[[], Mapping[str, Share]]
    source: Callable[[Share], ConsentedStream]
    ingest: Callable[[str, str], Awaitable[IngestTarget]]
    has_room: Callable[[Share], bool]
    show: Callable[[str], None]
    admitted: Callable[[Session], None]
    left: Callable[[Session, HowEnded], None]
