"""The connections to cameras that are kept while nobody watches, where their owner wants that."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from homeassistant.core import callback

from ..relay import CameraStream, Fragment, VideoFormat

if TYPE_CHECKING:
    from ..controls.sharing import Sharing
    from ..gate import Decisions
    from .share_list import ShareList


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeptConnection:
    """An outlet that keeps a camera connected, and from which nothing goes anywhere.

    `source` is the fingerprint of the source that was consented to.
    """

    stream: CameraStream
    source: str

    def begin(self, video: VideoFormat) -> None:
        """Take the format, and do nothing."""

    def feed(self, fragment: Fragment) -> None:
        """Take the picture, and do nothing."""


class WarmConnections:
    """Keeps the cameras of one hub connected that their owner wants to be, while their switch is on."""

    def __init__(
        self, shares: ShareList, decisions: Decisions, sharing: Sharing
    ) -> None:
        self._shares = shares
        self._decisions = decisions
        self._sharing = sharing
        self._kept: dict[str, KeptConnection] = {}

    @callback
    def update(self, share_id: str) -> None:
        """Connect to the camera of a share, or let go of it, as the switch, the option and the camera are now."""
        source = self._source(share_id)
        kept = self._kept.get(share_id)
        if kept is not None and kept.source != source:
            self._let_go(share_id)
        if source is not None and share_id not in self._kept:
            self._connect(share_id, source)

    @callback
    def stop(self) -> None:
        """Let go of all."""
        for share_id in tuple(self._kept):
            self._let_go(share_id)

    def _source(self, share_id: str) -> str | None:
        """Return the source to stay connected to, if any."""
        share = self._shares.now().get(share_id)
        if share is None or not share.stays_connected:
            return None
        is_on = self._decisions.facts(share_id).camera_sharing
        return self._sharing.shown_source(share) if is_on else None

    def _connect(self, share_id: str, source: str) -> None:
        consented = self._sharing.source(self._shares.now()[share_id])
        kept = KeptConnection(stream=consented.stream, source=source)
        self._kept[share_id] = kept
        kept.stream.attach(kept, consented.is_consented)

    def _let_go(self, share_id: str) -> None:
        kept = self._kept.pop(share_id)
        kept.stream.detach(kept)
