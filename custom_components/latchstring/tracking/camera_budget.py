"""The budget of cameras that are connected to for viewers at once, of all hubs of this home."""

from typing import Final

MAX_CAMERAS_AT_ONCE: Final = 32

type SessionKey = tuple[str, str]
"""The hub's id, and the session's."""


class CameraBudget:
    """Which session has which camera connected. A camera counts once, however many watch it."""

    def __init__(self) -> None:
        self._by_session: dict[SessionKey, str] = {}

    @property
    def in_use(self) -> int:
        """Return how many cameras sessions have connected."""
        return len(set(self._by_session.values()))

    def has_room(self, camera: str) -> bool:
        """Return whether one more session may have this camera connected."""
        return self.in_use < MAX_CAMERAS_AT_ONCE or camera in self._by_session.values()

    def begin(self, session: SessionKey, camera: str) -> None:
        """Count the camera of a session that is let in."""
        self._by_session[session] = camera

    def end(self, session: SessionKey) -> None:
        """Count it no more. May be called again."""
        self._by_session.pop(session, None)
