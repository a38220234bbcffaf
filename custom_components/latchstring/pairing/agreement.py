"""Reading and accepting a hub's agreement: the only way into a pairing."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from aiohttp import ClientSession
from aiohttp.abc import AbstractResolver
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from ..const import (
    CONF_ACCEPTED_AT,
    CONF_ACCEPTED_BY,
    CONF_COUNTERSIGNATURE,
    CONF_DISCOVERY,
    CONF_IS_LOCAL,
    CONF_ORIGIN,
    CONF_RECEIPT,
    CONF_SUCCESSION,
    CONF_TYPED_HOST,
    DOMAIN,
)
from ..core.address import Origin, is_permitted_if_an_address, parse_origin
from ..core.canonical import rfc3339
from ..core.errors import PairingError, PairingProblem
from ..core.pairing import Discovery, Invitation
from ..hub.address import AddressRefused, Unresolvable, resolve
from ..hub.client_session import client_session
from ..hub.discovery import discover
from ..hub.ingest_target import ingest_target
from ..hub.keys import HubKeys
from ..hub.pairing import PairingTokens, Predecessor, pair
from ..relay import IngestTarget
from ..settings.hub import is_proven


@dataclass(frozen=True, slots=True, kw_only=True)
class HubAddress:
    """Where a hub is, and its id; None: it is not known before its offer is read.

    `is_local`: whether it is in a private network; None: not known yet.
    """

    origin: Origin
    typed_host: str
    hub_id: str | None
    is_local: bool | None = None

    @classmethod
    def invited(cls, invitation: Invitation) -> Self:
        """Return the address in an invitation."""
        return cls(
            origin=invitation.origin,
            typed_host=invitation.typed_host,
            hub_id=invitation.hub_id,
        )

    @classmethod
    def paired(cls, entry: ConfigEntry) -> Self:
        """Return the address of a paired hub, which may have another key by now."""
        return cls(
            origin=parse_origin(entry.data[CONF_ORIGIN]),
            typed_host=entry.data[CONF_TYPED_HOST],
            hub_id=None,
            is_local=entry.data.get(CONF_IS_LOCAL),
        )

    @property
    def private_host(self) -> str:
        """Return the host whose private addresses may be connected to; none, where the hub was on the internet."""
        return "" if self.is_local is False else self.typed_host


async def _located(hub: HubAddress) -> HubAddress:
    """Return the address, with whether it is in a private network. Raises PairingError.

    The answer of the name server is proven by what comes next: a certificate for that name, at an address of that kind
    and of no other. From then on no name server can lead from the internet into the home's network.
    """
    if hub.is_local is not None:
        return hub
    try:
        await resolve(hub.origin.host, hub.origin.port, typed_host="", only_local=False)
    except AddressRefused:
        return replace(hub, is_local=True)
    except Unresolvable as error:
        raise PairingError(PairingProblem.HUB_UNREACHABLE) from error
    return replace(hub, is_local=False)


def hub_session(
    hub: HubAddress, *, resolver: AbstractResolver | None = None
) -> ClientSession:
    """Return an HTTP session that connects to a hub in its kind of network only. The caller closes it."""
    return client_session(
        typed_host=hub.private_host,
        only_local=hub.is_local is True,
        resolver=resolver,
    )


async def hub_ingest(
    hub: HubAddress, url: str, token: str, *, resolver: AbstractResolver | None = None
) -> IngestTarget:
    """Return the checked target of an upload to a hub; its own host by the same rule. Raises OSError."""
    return await ingest_target(
        url,
        token,
        typed_host=hub.private_host,
        only_local=hub.is_local is True,
        resolver=resolver,
    )


async def read_offer(hub: HubAddress) -> Discovery:
    """Read what the hub offers now. Raises PairingError."""
    async with hub_session(await _located(hub)) as session:
        offer = await discover(
            session, hub.origin, at=dt_util.utcnow(), hub_id=hub.hub_id
        )
    if hub.hub_id is not None:
        check_ingest(offer, hub.typed_host)
    return offer


def check_ingest(offer: Discovery, typed_host: str) -> None:
    """Raise PairingError for ingest addresses that a home never connects to; names are checked when they are used."""
    for origin in offer.ingest_origins:
        if not is_permitted_if_an_address(origin.host, typed_host):
            raise PairingError(PairingProblem.INGEST_UNREACHABLE)


async def async_pin_network(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Store whether a hub that was paired by an older version is in a private network, once it was reached."""
    try:
        hub = await _located(HubAddress.paired(entry))
        await read_offer(hub)
    except PairingError:
        return  # tried again with the next connection
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_IS_LOCAL: hub.is_local}
    )


async def accept(
    hub: HubAddress,
    offer: Discovery,
    keys: HubKeys,
    *,
    accepted_by: str | None,
    invitation: Invitation | None,
    predecessor: Predecessor | None = None,
) -> dict[str, Any]:
    """Pair, and return the data of the entry, with who `accepted_by`. Raises PairingError."""
    at = dt_util.utcnow()
    hub = await _located(hub)
    async with hub_session(hub) as session:
        try:
            paired = await pair(
                session, invitation, offer, keys, at=at, predecessor=predecessor
            )
        except PairingError as error:
            if error.problem is not PairingProblem.INVITATION_USED:
                raise
            paired = await _pair_as_known(session, offer, keys, at=at)
    return {
        CONF_ORIGIN: str(hub.origin),
        CONF_TYPED_HOST: hub.typed_host,
        CONF_IS_LOCAL: hub.is_local,
        CONF_DISCOVERY: offer.document,
        CONF_RECEIPT: paired.receipt,
        CONF_COUNTERSIGNATURE: paired.countersignature,
        CONF_SUCCESSION: paired.succession,
        CONF_ACCEPTED_AT: rfc3339(at),
        CONF_ACCEPTED_BY: accepted_by,
    }


async def _pair_as_known(
    session: ClientSession, offer: Discovery, keys: HubKeys, *, at: datetime
) -> PairingTokens:
    """Pair by keys for which an invitation may have been used already: the answer was lost."""
    try:
        return await pair(session, None, offer, keys, at=at)
    except PairingError as error:
        if error.problem is not PairingProblem.HOME_UNKNOWN:
            raise
        raise PairingError(PairingProblem.INVITATION_USED) from error


def is_paired_elsewhere(hass: HomeAssistant, entry: ConfigEntry, hub_id: str) -> bool:
    """Return whether another entry is the pairing with this hub."""
    other = hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, hub_id)
    return other is not None and other.entry_id != entry.entry_id


def check_successor(entry: ConfigEntry, offer: Discovery) -> None:
    """Raise PairingError unless this is the hub that was paired, by its key or by what that one has signed."""
    if not is_proven(entry, offer):
        raise PairingError(PairingProblem.HUB_KEY_MISMATCH)
