"""The actor of a call or of a dialog, for the record."""

import asyncio
from typing import TYPE_CHECKING

from homeassistant.components.http import KEY_HASS_USER
from homeassistant.helpers.http import current_request

from ..core.entries import ADMINISTRATOR, Actor, ActorKind
from ..internals import user_of_connection
from ..tracking.causes import CAUSES_KEY

if TYPE_CHECKING:
    from homeassistant.auth.models import User
    from homeassistant.core import Context, HomeAssistant


def acting_person() -> Actor:
    """Return who acts by a browser or an app: in a dialog, or on Home Assistant's registries and config entries.

    Home Assistant names no user to an integration there. The current HTTP request or WebSocket connection does, while
    it is handled. A task that outlives it still has it in its context, and must not ask.
    """
    user = user_of_connection() or _user_of_request()
    return _person(user) if user else ADMINISTRATOR


async def async_actor(hass: HomeAssistant, context: Context | None) -> Actor:
    """Return the actor of a call. One without a user is made by an automation of administrators, or a voice satellite.

    Unless somebody ran the automation by hand, past its triggers and its conditions: then it is that user.
    """
    if (user_id := await async_acting_user_id(hass, context)) is None:
        return Actor(kind=ActorKind.AUTOMATION)
    if (user := await hass.auth.async_get_user(user_id)) is None:
        return Actor(kind=ActorKind.USER, user_id=user_id)
    return _person(user)


async def async_acting_user_id(
    hass: HomeAssistant, context: Context | None
) -> str | None:
    """Return the id of the user who acts: the context's, or of whoever ran by hand the automation that acts."""
    if context is None:
        return None
    if context.user_id is None and context.parent_id is not None:
        # Home Assistant may still be dispatching an event, and the one that led here waits behind it.
        await asyncio.sleep(0)
        return hass.data[CAUSES_KEY].user_behind(context)
    return context.user_id


def _user_of_request() -> User | None:
    request = current_request.get()
    return request.get(KEY_HASS_USER) if request else None


def _person(user: User) -> Actor:
    # Add-ons and the cloud's voice assistants act by users that Home Assistant made for itself.
    if user.system_generated:
        return Actor(kind=ActorKind.AUTOMATION)
    return Actor(kind=ActorKind.USER, user_id=user.id, name=user.name)
