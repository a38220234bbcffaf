"""What a hub's config entry says of the pairing: the hub, the home's log for it, and where it is reached."""

from homeassistant.config_entries import ConfigEntry

from .const import (
    CONF_COUNTERSIGNATURE,
    CONF_DISCOVERY,
    CONF_KEYS,
    CONF_ORIGIN,
    CONF_RECEIPT,
)
from .core.address import parse_origin
from .core.canonical import Json
from .core.jose import jwk
from .core.model import Hub
from .core.pairing import Discovery, parse_kept
from .core.receipt import log_origin, pins
from .export import HubPapers
from .hub.control import Pairing
from .hub.keys import HubKeys
from .record import LogIdentity
from .shares import shares_of


def accepted_offer(entry: ConfigEntry) -> Discovery:
    """Return the offer that the owner has accepted."""
    document: str = entry.data[CONF_DISCOVERY]
    origin = parse_origin(entry.data[CONF_ORIGIN])
    return parse_kept(document, origin=origin)


def hub_of(entry: ConfigEntry) -> Hub:
    """Read from its entry what the owner accepted of a hub."""
    accepted = accepted_offer(entry)
    return Hub(
        log=entry.entry_id,
        name=accepted.name,
        hub_id=accepted.hub_id,
        home_id=HubKeys.from_data(entry.data[CONF_KEYS]).home_id,
        assertion_key=accepted.assertion_key,
        witness_key=accepted.witness_key,
        ingest_origins=accepted.ingest_origins,
        purposes={
            purpose.purpose: purpose.label
            for purpose in accepted.agreement.terms.purposes
        },
        agreement=accepted.agreement.sha256,
    )


def log_of(entry: ConfigEntry) -> LogIdentity:
    """Give the log that is kept for this hub and no other."""
    keys = HubKeys.from_data(entry.data[CONF_KEYS])
    return LogIdentity(
        log=entry.entry_id,
        epoch=keys.epoch,
        origin=log_origin(keys.log.public_key()),
        key=keys.log,
    )


def keys_of(accepted: Discovery) -> dict[str, Json]:
    """Give the keys that an accepted offer pins, as the hub publishes them."""
    return {
        "assertion": jwk(accepted.assertion_key),
        "witness": jwk(accepted.witness_key),
    }


def papers_of(entry: ConfigEntry) -> HubPapers:
    """Give what an export needs of a hub beside its log."""
    accepted = accepted_offer(entry)
    return HubPapers(
        origin=log_of(entry).origin,
        pairing={
            "name": accepted.name,
            "keys": keys_of(accepted),
            "receipt": entry.data[CONF_RECEIPT],
            "countersignature": entry.data[CONF_COUNTERSIGNATURE],
        },
        labels={share.camera_id: share.label for share in shares_of(entry).values()},
    )


def pairing_of(entry: ConfigEntry) -> Pairing:
    """Say where the hub is, what was accepted of it, and by which keys this home is known to it."""
    return Pairing(
        origin=parse_origin(entry.data[CONF_ORIGIN]),
        pins=pins(accepted_offer(entry)),
        keys=HubKeys.from_data(entry.data[CONF_KEYS]),
    )
