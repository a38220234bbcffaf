"""What of the record somebody may read.

Administrators read everything. Everybody else reads who wanted to watch the cameras that they may see, without case
numbers and without what the hub signed; what others of the household did is not theirs to read.
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

WATCHING: Final = frozenset(
    {"session_started", "session_ended", "requested", "request_decided", "refusals"}
)
"""What everybody may read. Refusals are of no single camera: who may see only some cameras doesn't read them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAccess:
    """What somebody may read: entries of these kinds, about cameras of these ids at the hubs. None: no limit."""

    kinds: frozenset[str] | None = None
    cameras: frozenset[str] | None = None

    @property
    def is_whole(self) -> bool:
        """Return whether nothing is kept from whoever reads."""
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
        return ReadAccess(kinds=WATCHING)
    return ReadAccess(
        kinds=WATCHING,
        cameras=frozenset(
            share.camera_id
            for entry in hass.config_entries.async_entries(DOMAIN)
            for share in shares_of(entry).values()
            if (entity_id := entity_id_of(hass, share.camera)) is not None
            and user.permissions.check_entity(entity_id, POLICY_READ)
        ),
    )
