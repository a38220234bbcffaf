"""The shares of a hub, read from its config entry's subentries."""

from typing import TYPE_CHECKING, Any, Final

from ..const import (
    CONF_ALERTS_ANYWAY,
    CONF_CAMERA,
    CONF_CAMERA_ID,
    CONF_CASE_REQUIRED,
    CONF_LABEL,
    CONF_LIMITS,
    CONF_MINUTES,
    CONF_NEVER,
    CONF_OPENINGS,
    CONF_PURPOSES,
    CONF_SESSIONS_A_DAY,
    CONF_STAYS_CONNECTED,
    CONF_VIEWERS,
    SUBENTRY_SHARE,
)
from ..core.decision import mixes, openings_in_force
from ..core.model import Limits, Opening, Share

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.config_entries import ConfigEntry, ConfigSubentry


DEFAULT_LIMITS: Final = Limits()


def shares_of(entry: ConfigEntry) -> dict[str, Share]:
    """Return every share of a hub, by its subentry's id."""
    return {
        subentry.subentry_id: _share(subentry)
        for subentry in entry.get_subentries_of_type(SUBENTRY_SHARE)
    }


def stored_openings(data: Mapping[str, Any]) -> tuple[Opening, ...]:
    """Return the openings as they are stored; `openings_in_force` are those that count."""
    return tuple(map(Opening, data[CONF_OPENINGS]))


def _share(subentry: ConfigSubentry) -> Share:
    data = subentry.data
    openings = stored_openings(data)
    return Share(
        share_id=subentry.subentry_id,
        camera=data[CONF_CAMERA],
        camera_id=data[CONF_CAMERA_ID],
        label=data[CONF_LABEL],
        openings=openings_in_force(openings),
        is_mixed=mixes(openings),
        has_never=bool(data.get(CONF_NEVER)),
        alerts_anyway=data.get(CONF_ALERTS_ANYWAY, False) is True,
        stays_connected=data.get(CONF_STAYS_CONNECTED, False) is True,
        limits=_limits(data.get(CONF_LIMITS) or {}),
    )


def _limits(data: Mapping[str, Any]) -> Limits:
    purposes = data.get(CONF_PURPOSES)
    return Limits(
        viewers=data.get(CONF_VIEWERS, DEFAULT_LIMITS.viewers),
        minutes=data.get(CONF_MINUTES, DEFAULT_LIMITS.minutes),
        sessions_a_day=data.get(CONF_SESSIONS_A_DAY),
        case_required=data.get(CONF_CASE_REQUIRED, False),
        purposes=None if purposes is None else frozenset(purposes),
    )
