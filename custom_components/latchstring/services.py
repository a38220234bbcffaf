"""The actions: the name, schema, response and function of each."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.helpers.service import async_register_admin_service
import voluptuous as vol

from .actions.explain import EXPLAIN_SCHEMA, async_explain
from .actions.export import EXPORT_RECORD_SCHEMA, async_export_record
from .actions.export_job import async_setup_exports
from .actions.hub import CHANGE_KEYS_SCHEMA, async_change_keys_of_hub
from .actions.record import (
    ERASE_RECORD_SCHEMA,
    GET_RECORD_SCHEMA,
    async_erase_record,
    async_get_record,
)
from .actions.sharing import (
    ALLOW_REQUEST_SCHEMA,
    REFUSE_REQUEST_SCHEMA,
    SHARE_NOW_SCHEMA,
    STOP_SHARING_SCHEMA,
    async_allow_request,
    async_refuse_request,
    async_share_now,
    async_stop_sharing,
)
from .const import DOMAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action. Home Assistant lets only administrators call those `for_admins`; the others check their caller."""

    name: str
    run: Callable[[ServiceCall], Coroutine[Any, Any, ServiceResponse]]
    schema: vol.Schema
    response: SupportsResponse = SupportsResponse.NONE
    for_admins: bool = False


ACTIONS: Final = (
    Action(name="share_now", run=async_share_now, schema=SHARE_NOW_SCHEMA),
    Action(name="stop_sharing", run=async_stop_sharing, schema=STOP_SHARING_SCHEMA),
    Action(name="allow_request", run=async_allow_request, schema=ALLOW_REQUEST_SCHEMA),
    Action(
        name="refuse_request", run=async_refuse_request, schema=REFUSE_REQUEST_SCHEMA
    ),
    Action(
        name="explain",
        run=async_explain,
        schema=EXPLAIN_SCHEMA,
        response=SupportsResponse.ONLY,
    ),
    Action(
        name="get_record",
        run=async_get_record,
        schema=GET_RECORD_SCHEMA,
        response=SupportsResponse.ONLY,
    ),
    Action(
        name="erase_record",
        run=async_erase_record,
        schema=ERASE_RECORD_SCHEMA,
        response=SupportsResponse.OPTIONAL,
        for_admins=True,
    ),
    Action(
        name="export_record",
        run=async_export_record,
        schema=EXPORT_RECORD_SCHEMA,
        response=SupportsResponse.OPTIONAL,
        for_admins=True,
    ),
    Action(
        name="change_keys",
        run=async_change_keys_of_hub,
        schema=CHANGE_KEYS_SCHEMA,
        for_admins=True,
    ),
)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register every action, whether or not a hub is loaded."""
    async_setup_exports(hass)
    register_for_admins = partial(async_register_admin_service, hass)
    for action in ACTIONS:
        register = (
            register_for_admins if action.for_admins else hass.services.async_register
        )
        register(
            DOMAIN,
            action.name,
            action.run,
            schema=action.schema,
            supports_response=action.response,
        )
