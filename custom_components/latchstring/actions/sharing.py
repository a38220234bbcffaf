"""The actions that open cameras for a while, close them, and answer requests."""

from contextlib import ExitStack
from datetime import timedelta
from typing import Final

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.const import Platform
from homeassistant.core import ServiceCall
from homeassistant.helpers import config_validation as cv
import voluptuous as vol

from ..const import ATTR_HUB
from ..controls.permissions import async_require_may_open
from ..controls.share_now import async_require_unblocked
from ..household.actors import async_actor
from ..household.household import HOUSEHOLD_KEY
from ..rules.timed_openings import CAP
from ..runtime.loaded import waiting_request
from .targets import Targets, hubs_of, targets_of

ATTR_DURATION: Final = "duration"
ATTR_ALSO_SWITCH_OFF: Final = "also_switch_off"
ATTR_REQUEST: Final = "request"
ATTR_ONCE: Final = "once"

DURATION: Final = vol.All(
    cv.positive_time_period, vol.Range(min=timedelta(seconds=1), max=CAP)
)

SHARE_NOW_SCHEMA: Final = vol.Schema(
    {
        **cv.ENTITY_SERVICE_FIELDS,
        vol.Optional(ATTR_HUB): cv.string,
        vol.Optional(ATTR_DURATION): DURATION,
    }
)
STOP_SHARING_SCHEMA: Final = vol.Schema(
    {
        **cv.ENTITY_SERVICE_FIELDS,
        vol.Optional(ATTR_HUB): cv.string,
        vol.Optional(ATTR_ALSO_SWITCH_OFF, default=False): cv.boolean,
    }
)
ALLOW_REQUEST_SCHEMA: Final = vol.Schema(
    {
        vol.Required(ATTR_REQUEST): cv.string,
        vol.Optional(ATTR_HUB): cv.string,
        vol.Optional(ATTR_DURATION): DURATION,
        vol.Optional(ATTR_ONCE, default=False): cv.boolean,
    }
)
REFUSE_REQUEST_SCHEMA: Final = vol.Schema(
    {vol.Required(ATTR_REQUEST): cv.string, vol.Optional(ATTR_HUB): cv.string}
)


async def async_share_now(call: ServiceCall) -> None:
    """Open the targeted cameras for a while, and name those that are blocked; none if the caller may not open all."""
    targets = targets_of(call)
    targets.require_all()
    await targets.async_require_access(
        call, Platform.SWITCH, "share_now", POLICY_CONTROL
    )
    for runtime in targets.shares:
        await async_require_may_open(call.hass, runtime.entry, call.context)
    blocked = [
        each
        for runtime, shares in targets.shares.items()
        for each in await runtime.share_now.async_open_some(
            shares, call.context, length=call.data.get(ATTR_DURATION)
        )
    ]
    await _async_wait_until_shown(call)
    await async_require_unblocked(call.hass, blocked)


async def async_stop_sharing(call: ServiceCall) -> None:
    """Close what was opened for a while, with `also_switch_off` the switches too; then record that."""
    # Stopping must be easy: without a target it stops every camera.
    targets = targets_of(call, untargeted_is_all=True)
    await targets.async_require_access(call, Platform.SWITCH, "sharing", POLICY_CONTROL)
    stop = _async_switch_off if call.data[ATTR_ALSO_SWITCH_OFF] else _async_stop
    await stop(call, targets)
    await _async_wait_until_shown(call)
    targets.require_all()


async def _async_switch_off(call: ServiceCall, targets: Targets) -> None:
    with ExitStack() as closing:  # whichever fails, all others are closed
        for runtime, share in targets:
            closing.callback(runtime.sharing.close, share)
    actor = await async_actor(call.hass, call.context)
    for runtime, share in targets:
        await runtime.sharing.async_keep_closed(share, actor)


async def _async_stop(call: ServiceCall, targets: Targets) -> None:
    with ExitStack() as closing:  # whichever fails, all others are stopped
        for runtime, shares in targets.shares.items():
            closing.callback(runtime.share_now.stop, shares)
    for runtime, shares in targets.shares.items():
        await runtime.share_now.async_note_stopped(shares, call.context)


async def async_allow_request(call: ServiceCall) -> None:
    """Allow a request, for as long as was asked, for a given duration, or for one session."""
    runtime, request = waiting_request(hubs_of(call), call.data[ATTR_REQUEST])
    await runtime.answers.async_allow(
        request.request_id,
        call.context,
        length=call.data.get(ATTR_DURATION),
        once=call.data[ATTR_ONCE],
    )
    await _async_wait_until_shown(call)


async def async_refuse_request(call: ServiceCall) -> None:
    """Refuse a request."""
    runtime, request = waiting_request(hubs_of(call), call.data[ATTR_REQUEST])
    await runtime.answers.async_refuse(request.request_id, call.context)
    await _async_wait_until_shown(call)


async def _async_wait_until_shown(call: ServiceCall) -> None:
    """Wait until the entities show what an action has changed, so that its caller can rely on them."""
    await call.hass.data[HOUSEHOLD_KEY].display_queue.async_settled()
