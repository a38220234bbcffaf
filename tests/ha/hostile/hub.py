"""A hub of which every word is a test's."""

from typing import Any

from tests.hub.rude import RudeHub
from tests.reference_hub import Agency, Authority, Options
from tests.reference_hub.homes import Home
from tests.reference_hub.presence import INGEST


class HostileHub(RudeHub):
    """Says nothing of itself: no receipt after a session, no cosignature of a checkpoint.

    Only while no camera is open it cosigns, or none would ever be.
    """

    def __init__(
        self,
        authority: Authority,
        options: Options | None = None,
        agency: Agency | None = None,
    ) -> None:
        super().__init__(authority, {}, options)
        self.presence.agency = agency or self.presence.agency
        self._honest = self.control.heard
        self.control.heard = self._hear

    def behave(self) -> None:
        """Answer from now on what homes say, as the document has it."""
        self.control.heard = self._honest

    @property
    def uploads(self) -> int:
        """How many uploads were tried, taken or not."""
        return sum(request.path.startswith(INGEST) for request in self.requests)

    def said_by_homes(self) -> list[str]:
        """All control messages that came, as they came."""
        return [each.text for each in self.transcript if each.direction == "from home"]

    def _hear(self, home: Home, method: str, params: dict[str, Any]) -> None:
        is_open = any(each["state"] == "open" for each in home.cameras)
        if method == "checkpoint" and not is_open:
            self._honest(home, method, params)
        session = self.sessions.get(params.get("session", ""))
        if method == "session.ended" and session is not None:
            session.ended = params
