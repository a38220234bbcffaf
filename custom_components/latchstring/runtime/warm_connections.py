"""The connections to cameras that are kept while nobody watches, where their owner wants that."""

from typing import TYPE_CHECKING

from homeassistant.core import callback

from ..relay import WarmConnection

if TYPE_CHECKING:
    from ..controls.sharing import Sharing
    from ..gate import Decisions
    from .share_list import ShareList


class WarmConnections:
    """Keeps the cameras of one hub connected that their owner wants to be, while their switch and the hub's are on."""

    def __init__(
        self, shares: ShareList, decisions: Decisions, sharing: Sharing
    ) -> None:
        self._shares = shares
        self._decisions = decisions
        self._sharing = sharing
        self._connections: dict[str, tuple[str, WarmConnection]] = {}

    @callback
    def update(self, share_id: str) -> None:
        """Connect to the camera of a share, or let go of it, as the switches, the option and the camera are now."""
        source = self._source(share_id)
        connected, _ = self._connections.get(share_id, (None, None))
        if connected is not None and connected != source:
            self._let_go(share_id)
        if source is not None and share_id not in self._connections:
            share = self._shares.now()[share_id]
            connection = WarmConnection(self._sharing.source(share))
            self._connections[share_id] = (source, connection)

    @callback
    def stop(self) -> None:
        """Let go of all."""
        for share_id in tuple(self._connections):
            self._let_go(share_id)

    def _source(self, share_id: str) -> str | None:
        """Return the fingerprint of the source to stay connected to, if any."""
        share = self._shares.now().get(share_id)
        if share is None or not share.stays_connected:
            return None
        facts = self._decisions.facts(share_id)
        is_on = facts.hub_sharing and facts.camera_sharing
        return self._sharing.shown_source(share) if is_on else None

    def _let_go(self, share_id: str) -> None:
        _, connection = self._connections[share_id]
        connection.close()
        del self._connections[share_id]
