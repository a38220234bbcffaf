"""The actions of automations and dashboards. They target cameras, and each checks by itself who calls."""

from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Final

from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.const import Platform
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .const import ATTR_HUB, DOMAIN
from .explanation import REACH, explained
from .exports import async_setup_exports
from .household import HOUSEHOLD_KEY
from .loaded import waiting_request
from .openings import CAP
from .own import own_entity_id
from .permission import (
    async_may_read,
    async_require_access,
    async_require_may_open,
)
from .share_now import async_require_unblocked
from .targets import Targets, hubs_of, targets_of
from .words import Words

ATTR_DURATION: Final = "duration"
ATTR_ALSO_SWITCH_OFF: Final = "also_switch_off"
ATTR_AT: Final = "at"
ATTR_REQUEST: Final = "request"
ATTR_ONCE: Final = "once"

SHARE_NOW_SCHEMA: Final = vol.Schema(
    {
        **cv.ENTITY_SERVICE_FIELDS,
        vol.Optional(ATTR_HUB): cv.string,
        vol.Optional(ATTR_DURATION): vol.All(
            cv.positive_time_period, vol.Range(min=timedelta(seconds=1), max=CAP)
        ),
    }
)
STOP_SHARING_SCHEMA: Final = vol.Schema(
    {
        **cv.ENTITY_SERVICE_FIELDS,
        vol.Optional(ATTR_HUB): cv.string,
        vol.Optional(ATTR_ALSO_SWITCH_OFF, default=False): cv.boolean,
    }
)
EXPLAIN_SCHEMA: Final = vol.Schema(
    {
        **cv.ENTITY_SERVICE_FIELDS,
        vol.Optional(ATTR_HUB): cv.string,
        vol.Optional(ATTR_AT): cv.datetime,
    }
)

ALLOW_REQUEST_SCHEMA: Final = vol.Schema(
    {
        vol.Required(ATTR_REQUEST): cv.string,
        vol.Optional(ATTR_HUB): cv.string,
        vol.Optional(ATTR_DURATION): vol.All(
            cv.positive_time_period, vol.Range(min=timedelta(seconds=1), max=CAP)
        ),
        vol.Optional(ATTR_ONCE, default=False): cv.boolean,
    }
)
REFUSE_REQUEST_SCHEMA: Final = vol.Schema(
    {vol.Required(ATTR_REQUEST): cv.string, vol.Optional(ATTR_HUB): cv.string}
)

JUST_NOW: Final = timedelta(minutes=1)
"""How old a moment may be that a template took for now."""


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register every action, whether or not a hub is loaded."""
    hass.services.async_register(
        DOMAIN, "share_now", _async_share_now, schema=SHARE_NOW_SCHEMA
    )
    hass.services.async_register(
        DOMAIN, "stop_sharing", _async_stop_sharing, schema=STOP_SHARING_SCHEMA
    )
    hass.services.async_register(
        DOMAIN,
        "explain",
        _async_explain,
        schema=EXPLAIN_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )
    hass.services.async_register(
        DOMAIN, "allow_request", _async_allow_request, schema=ALLOW_REQUEST_SCHEMA
    )
    hass.services.async_register(
        DOMAIN, "refuse_request", _async_refuse_request, schema=REFUSE_REQUEST_SCHEMA
    )
    async_setup_exports(hass)


async def _async_share_now(call: ServiceCall) -> None:
    """Open what can be opened for a while, and name the rest; nothing where the caller may not open all of it."""
    targets = targets_of(call)
    targets.require_all()
    await _async_require(call, targets, Platform.SWITCH, "share_now", POLICY_CONTROL)
    for runtime in targets.shares:
        await async_require_may_open(call.hass, runtime.entry, call.context)
    blocked = [
        each
        for runtime, shares in targets.shares.items()
        for each in await runtime.share_now.async_open_some(
            shares, call.context, length=call.data.get(ATTR_DURATION)
        )
    ]
    await _async_shown(call)
    await async_require_unblocked(call.hass, blocked)


async def _async_stop_sharing(call: ServiceCall) -> None:
    """End what opened the cameras for a while, and with `also_switch_off` whatever else does; then write that down.

    Without a target that is every camera: whoever wants to stop need not know of which.
    """
    targets = targets_of(call, untargeted_is_all=True)
    await _async_require(call, targets, Platform.SWITCH, "sharing", POLICY_CONTROL)
    if call.data[ATTR_ALSO_SWITCH_OFF]:
        with ExitStack() as closing:  # whichever fails, all others are closed
            for runtime, share in targets:
                closing.callback(runtime.sharing.close, share)
        actor = await async_actor(call.hass, call.context)
        for runtime, share in targets:
            await runtime.sharing.async_keep_closed(share, actor)
    else:
        with ExitStack() as closing:
            for runtime, shares in targets.shares.items():
                closing.callback(runtime.share_now.stop, shares)
        for runtime, shares in targets.shares.items():
            await runtime.share_now.async_note_stopped(shares, call.context)
    await _async_shown(call)
    targets.require_all()


async def _async_explain(call: ServiceCall) -> ServiceResponse:
    """Say of each share whether it is open and why, and how the coming week goes on."""
    targets = targets_of(call)
    targets.require_all()
    await _async_require(call, targets, Platform.BINARY_SENSOR, "viewable", POLICY_READ)
    now = dt_util.utcnow()
    at = _within_reach(call.data.get(ATTR_AT), now)
    words = await Words.load(call.hass)
    may_read = await async_may_read(call.hass, call.context)
    return {
        "shares": [
            explained(runtime, share, now=now, at=at, words=words, may_read=may_read)
            for runtime, share in targets
        ]
    }


async def _async_allow_request(call: ServiceCall) -> None:
    """Let the viewer of a request in, for as long as was asked or as is said here, or for one look."""
    runtime, request = waiting_request(hubs_of(call), call.data[ATTR_REQUEST])
    await runtime.answers.async_allow(
        request.request_id,
        call.context,
        length=call.data.get(ATTR_DURATION),
        once=call.data[ATTR_ONCE],
    )
    await _async_shown(call)


async def _async_refuse_request(call: ServiceCall) -> None:
    """Say no to a request."""
    runtime, request = waiting_request(hubs_of(call), call.data[ATTR_REQUEST])
    await runtime.answers.async_refuse(request.request_id, call.context)
    await _async_shown(call)


async def _async_shown(call: ServiceCall) -> None:
    """Wait until the entities show what an action has turned, so that whoever called it can go by them."""
    await call.hass.data[HOUSEHOLD_KEY].show.async_shown()


def _within_reach(moment: datetime | None, now: datetime) -> datetime:
    """Give the moment that is asked about in UTC, or raise ServiceValidationError where nobody can know yet."""
    at = dt_util.as_utc(moment) if moment else now
    if not now - JUST_NOW <= at <= now + REACH:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="moment_out_of_reach"
        )
    return max(at, now)


async def _async_require(
    call: ServiceCall, targets: Targets, platform: Platform, key: str, policy: str
) -> None:
    """Raise Unauthorized unless the caller has this access to the entity `key` of every share."""
    entity_ids = [
        own_entity_id(call.hass, platform, share.share_id, key) for _, share in targets
    ]
    await async_require_access(call.hass, call.context, entity_ids, policy)
