"""The users of this Home Assistant, known at any moment: who may open is also asked in callbacks."""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, Final

from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback

if TYPE_CHECKING:
    from homeassistant.auth.models import User

USER_ADDED: Final = "user_added"
USER_UPDATED: Final = "user_updated"
USER_REMOVED: Final = "user_removed"

type MayOpen = Callable[[str], bool]
"""Takes a user's id, and returns whether they may open."""


def may_open(user: User | None, openers: Collection[str]) -> bool:
    """Return whether a user may open: an administrator, or whom the owner names; nobody who is gone or deactivated."""
    return user is not None and user.is_active and (user.is_admin or user.id in openers)


class Users:
    """All users, as Home Assistant has them."""

    def __init__(self, hass: HomeAssistant, *, on_change: Callable[[], None]) -> None:
        """`on_change` is called when a user is added, removed or changed. Before `async_read` no user is known."""
        self._hass = hass
        self._on_change = on_change
        self._users: dict[str, User] = {}

    def is_person(self, user_id: str) -> bool:
        """Return whether an id is a person's, and not that of a user that Home Assistant made for itself."""
        user = self._users.get(user_id)
        return user is None or not user.system_generated

    def may_open(self, user_id: str, openers: Collection[str]) -> bool:
        """Return whether this user may open. Whoever is not known may not."""
        return may_open(self._users.get(user_id), openers)

    async def async_read(self) -> None:
        """Read all users. Where that fails, no user is known."""
        try:
            users = await self._hass.auth.async_get_users()
        except Exception:
            self._users = {}
            raise
        self._users = {each.id: each for each in users}

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Listen to changes of users. Return a callback to stop."""
        undo = [
            self._hass.bus.async_listen(event_type, self._user_changed)
            for event_type in (USER_ADDED, USER_UPDATED, USER_REMOVED)
        ]

        @callback
        def stop() -> None:
            while undo:
                undo.pop()()

        return stop

    @callback
    def _user_changed(self, event: Event[Any]) -> None:
        if event.event_type == USER_REMOVED:
            self._users.pop(event.data["user_id"], None)
        self._hass.async_create_task(self._async_read_again(), "latchstring users")

    async def _async_read_again(self) -> None:
        try:
            await self.async_read()
        finally:
            self._on_change()
