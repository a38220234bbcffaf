"""Who may open. Whoever may control an entity may close; opening asks for more."""

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING

from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.exceptions import (
    ServiceValidationError,
    Unauthorized,
    UnknownUser,
)

from ..const import CONF_AUTOMATIONS_MAY_OPEN, CONF_OPENERS, DOMAIN
from ..core.entries import ActorKind
from ..household.actors import async_acting_user_id, async_actor
from ..internals import has_all_entities
from ..tracking.causes import FORGOTTEN
from ..tracking.users import may_open

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import Context, HomeAssistant

    from ..core.entries import Actor


async def async_require_may_open(
    hass: HomeAssistant, entry: ConfigEntry, context: Context | None
) -> Actor:
    """Return who opens, or raise ServiceValidationError if the caller may not open."""
    actor = await async_actor(hass, context)
    if actor.kind is ActorKind.AUTOMATION:
        if entry.options.get(CONF_AUTOMATIONS_MAY_OPEN) is not True:
            raise ServiceValidationError(
                translation_domain=DOMAIN, translation_key="may_not_open_automation"
            )
        return actor
    user = await hass.auth.async_get_user(actor.user_id or "")
    if not may_open(user, openers_of(entry)):
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="may_not_open_user"
        )
    return actor


def openers_of(entry: ConfigEntry) -> Collection[str]:
    """Return the ids of the users whom a hub's options let open, besides administrators."""
    openers: Collection[str] = entry.options.get(CONF_OPENERS, ())
    return openers


async def async_may_read(
    hass: HomeAssistant, context: Context
) -> Callable[[str], bool]:
    """Return a function that takes an entity id and returns whether the caller may read that entity.

    An automation may read all, as only administrators write automations; whoever runs one by hand is its caller.
    """
    user_id = await async_acting_user_id(hass, context)
    user = await hass.auth.async_get_user(user_id) if user_id else None

    def may_read(entity_id: str) -> bool:
        return user_id is None or (
            user is not None and user.permissions.check_entity(entity_id, POLICY_READ)
        )

    return may_read


async def async_require_access(
    hass: HomeAssistant,
    context: Context,
    entity_ids: Iterable[str | None],
    policy: str,
) -> None:
    """Raise Unauthorized unless the caller has this access to every entity.

    An automation has it, as only administrators write automations; whoever runs one by hand is its caller. If it is not
    known any more who that was, control is granted: it is all that closing takes, and opening takes more.
    """
    if (user_id := await async_acting_user_id(hass, context)) is None:
        return
    if user_id == FORGOTTEN and policy == POLICY_CONTROL:
        return
    if (user := await hass.auth.async_get_user(user_id)) is None:
        raise UnknownUser(context=context)
    if has_all_entities(user, policy):
        return
    for entity_id in entity_ids:
        if entity_id is None or not user.permissions.check_entity(entity_id, policy):
            raise Unauthorized(context=context, entity_id=entity_id, permission=policy)
