"""Reading a hub's agreement and accepting it: the one way into a pairing."""

from dataclasses import dataclass
from typing import Any, Self

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .const import (
    CONF_ACCEPTED_AT,
    CONF_ACCEPTED_BY,
    CONF_COUNTERSIGNATURE,
    CONF_DISCOVERY,
    CONF_KEYS,
    CONF_ORIGIN,
    CONF_RECEIPT,
    CONF_SUCCESSION,
    CONF_TYPED_HOST,
    DOMAIN,
)
from .core.address import Origin, parse_origin
from .core.canonical import rfc3339
from .core.errors import PairingError, PairingProblem
from .core.pairing import Discovery, Invitation
from .hub.discovery import discover
from .hub.keys import HubKeys
from .hub.pairing import Predecessor, pair
from .hub.session import client_session
from .paired import accepted_offer, proof_of_key
from .permission import acting_person


@dataclass(frozen=True, slots=True, kw_only=True)
class HubAddress:
    """Where a hub is and which one it must be; None: it is seen once it is read."""

    origin: Origin
    typed_host: str
    hub_id: str | None

    @classmethod
    def invited(cls, invitation: Invitation) -> Self:
        """Take an invitation's."""
        return cls(
            origin=invitation.origin,
            typed_host=invitation.typed_host,
            hub_id=invitation.hub_id,
        )

    @classmethod
    def paired(cls, entry: ConfigEntry) -> Self:
        """Take a paired hub's, which may have another key by now."""
        return cls(
            origin=parse_origin(entry.data[CONF_ORIGIN]),
            typed_host=entry.data[CONF_TYPED_HOST],
            hub_id=None,
        )


async def read_offer(hub: HubAddress) -> Discovery:
    """Read what the hub offers now. Raises PairingError."""
    async with client_session(typed_host=hub.typed_host) as session:
        return await discover(
            session, hub.origin, at=dt_util.utcnow(), hub_id=hub.hub_id
        )


async def accept(
    hub: HubAddress,
    offer: Discovery,
    keys: HubKeys,
    *,
    invitation: Invitation | None,
    predecessor: Predecessor | None = None,
) -> dict[str, Any]:
    """Have both sides sign, and give what an entry keeps of it. Raises PairingError."""
    at = dt_util.utcnow()
    async with client_session(typed_host=hub.typed_host) as session:
        paired = await pair(
            session, invitation, offer, keys, at=at, predecessor=predecessor
        )
    return {
        CONF_ORIGIN: str(hub.origin),
        CONF_TYPED_HOST: hub.typed_host,
        CONF_KEYS: keys.to_data(),
        CONF_DISCOVERY: offer.document,
        CONF_RECEIPT: paired.receipt,
        CONF_COUNTERSIGNATURE: paired.countersignature,
        CONF_SUCCESSION: paired.succession,
        CONF_ACCEPTED_AT: rfc3339(at),
        CONF_ACCEPTED_BY: acting_person().user_id,
    }


def is_paired_elsewhere(hass: HomeAssistant, entry: ConfigEntry, hub_id: str) -> bool:
    """Return whether another entry is the pairing with this hub."""
    other = hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, hub_id)
    return other is not None and other.entry_id != entry.entry_id


def check_successor(entry: ConfigEntry, offer: Discovery) -> None:
    """Raise PairingError unless this is the hub that was paired, by its key or by what that one has signed."""
    is_same = offer.hub_id == accepted_offer(entry).hub_id
    if not is_same and not proof_of_key(entry, offer):
        raise PairingError(PairingProblem.HUB_KEY_MISMATCH)


def title_after(entry: ConfigEntry, offer: Discovery) -> str:
    """Give the hub's new name, unless the owner calls the hub something else."""
    return offer.name if entry.title == accepted_offer(entry).name else entry.title
