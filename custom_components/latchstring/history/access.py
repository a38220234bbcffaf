"""Who may read which entries of the record.

Administrators read everything. Other users read who wanted to watch the cameras that they have access to, without case
numbers and without what the hub signed; what others of the household did is for administrators.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.exceptions import UnknownUser

from ..const import DOMAIN
from ..internals import has_all_entities
from ..settings.shares import shares_of
from ..tracking.reference import entity_id_of

if TYPE_CHECKING:
    from homeassistant.auth.models import User
    from homeassistant.core import Context, HomeAssistant

VIEWER_KINDS: Final = frozenset(
    {"session_started", "session_ended", "requested", "request_decided", "refusals"}
)
"""The kinds for everybody. Refusals belong to no single camera: users with only some cameras don't read them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAccess:
    """The entries that somebody may read: of these kinds, about cameras of these ids at the hubs. None: no limit."""

    kinds: frozenset[str] | None = None
    cameras: frozenset[str] | None = None

    @property
    def is_unlimited(self) -> bool:
        """Return whether the whole record may be read."""
        return self.kinds is None


async def async_read_access(hass: HomeAssistant, context: Context) -> ReadAccess:
    """Return what the caller of an action may read. Only administrators write automations."""
    if context.user_id is None:
        return ReadAccess()
    if (user := await hass.auth.async_get_user(context.user_id)) is None:
        raise UnknownUser(context=context)
    return read_access_of(hass, user)


def read_access_of(hass: HomeAssistant, user: User) -> ReadAccess:
    """Return what a user may read."""
    if user.is_admin:
        return ReadAccess()
    if has_all_entities(user, POLICY_READ):
        return ReadAccess(kinds=VIEWER_KINDS)
    return ReadAccess(
        kinds=VIEWER_KINDS,
        cameras=frozenset(
            share.camera_id
            for entry in hass.config_entries.async_entries(DOMAIN)
            for share in shares_of(entry).values()
            if (entity_id := entity_id_of(hass, share.camera)) is not None
            and user.permissions.check_entity(entity_id, POLICY_READ)
        ),
    )
