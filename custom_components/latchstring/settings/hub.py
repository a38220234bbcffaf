"""The pairing in a hub's config entry: the hub, the home's log for it, and where it is reached."""

from typing import Any, Final

from homeassistant.config_entries import ConfigEntry

from ..const import (
    CONF_COUNTERSIGNATURE,
    CONF_DISCOVERY,
    CONF_FORMER_PAIRINGS,
    CONF_HUB_SUCCESSIONS,
    CONF_ORIGIN,
    CONF_RECEIPT,
)
from ..core.address import parse_origin
from ..core.canonical import Json
from ..core.model import Hub
from ..core.pairing import Discovery, parse_accepted
from ..core.receipt import log_origin, pins, receipt_identities
from ..core.signatures.hub_key import successions_between
from ..core.signatures.jose import jwk
from ..hub.control import Pairing
from ..hub.keys import HubKeys
from ..record import LogIdentity

MOST_FORMER_PAIRINGS: Final = 50
"""How many former pairings are kept."""


def accepted_offer(entry: ConfigEntry) -> Discovery:
    """Return the offer that the owner has accepted."""
    document: str = entry.data[CONF_DISCOVERY]
    origin = parse_origin(entry.data[CONF_ORIGIN])
    return parse_accepted(document, origin=origin)


def home_id_of(entry: ConfigEntry) -> str:
    """Return the pseudonym by which the hub knows this home; its keys go by it in `household/hub_keys.py`."""
    home_id, _ = receipt_identities(entry.data[CONF_RECEIPT])
    return home_id


def hub_of(entry: ConfigEntry) -> Hub:
    """Return the hub as its owner accepted it."""
    accepted = accepted_offer(entry)
    return Hub(
        log=entry.entry_id,
        name=accepted.name,
        hub_id=accepted.hub_id,
        home_id=home_id_of(entry),
        assertion_key=accepted.assertion_key,
        witness_key=accepted.witness_key,
        ingest_origins=accepted.ingest_origins,
        purposes={
            purpose.purpose: purpose.label
            for purpose in accepted.agreement.terms.purposes
        },
        agreement=accepted.agreement.sha256,
    )


def log_of(entry: ConfigEntry, keys: HubKeys) -> LogIdentity:
    """Return the log of this hub."""
    return LogIdentity(
        log=entry.entry_id,
        epoch=keys.epoch,
        origin=log_origin(keys.log.public_key()),
        key=keys.log,
    )


def keys_of(accepted: Discovery) -> dict[str, Json]:
    """Return the keys that an accepted offer pins, as the hub publishes them."""
    return {
        "assertion": jwk(accepted.assertion_key),
        "witness": jwk(accepted.witness_key),
    }


def pairing_papers(entry: ConfigEntry) -> dict[str, Any]:
    """Return the pairing of now as both sides signed it, and the `origin` of the log that it is about."""
    accepted = accepted_offer(entry)
    pairing = {
        "name": accepted.name,
        "keys": keys_of(accepted),
        "receipt": entry.data[CONF_RECEIPT],
        "countersignature": entry.data[CONF_COUNTERSIGNATURE],
    }
    if successions := entry.data.get(CONF_HUB_SUCCESSIONS):
        pairing["hub_successions"] = list(successions)
    _, origin = receipt_identities(entry.data[CONF_RECEIPT])
    return {"origin": origin, "pairing": pairing}


def proof_of_key(entry: ConfigEntry, offer: Discovery) -> tuple[str, ...]:
    """Return what leads from the key that was accepted to another that is offered; nothing if nothing does."""
    return successions_between(
        offer.successions,
        known=accepted_offer(entry).assertion_key,
        key=offer.assertion_key,
    )


def is_proven(entry: ConfigEntry, offer: Discovery) -> bool:
    """Return whether an offer is of the hub that was paired, by its key or by what that one has signed."""
    is_same_key = offer.hub_id == accepted_offer(entry).hub_id
    return is_same_key or bool(proof_of_key(entry, offer))


def kept_of_former(entry: ConfigEntry, offer: Discovery) -> dict[str, Any]:
    """Return what is kept of a hub's former keys once an offer is accepted: what they signed is still in the record."""
    former = list(entry.data.get(CONF_FORMER_PAIRINGS, []))
    successions = list(entry.data.get(CONF_HUB_SUCCESSIONS, []))
    accepted = accepted_offer(entry)
    if keys_of(accepted) != keys_of(offer):
        former.append(pairing_papers(entry))
    if accepted.hub_id != offer.hub_id:
        successions = list(proof_of_key(entry, offer))
    return {
        CONF_FORMER_PAIRINGS: former[-MOST_FORMER_PAIRINGS:],
        CONF_HUB_SUCCESSIONS: successions,
    }


def pairing_of(entry: ConfigEntry, keys: HubKeys) -> Pairing:
    """Return where the hub is, what was accepted of it, and the keys by which it knows this home."""
    return Pairing(
        origin=parse_origin(entry.data[CONF_ORIGIN]),
        pins=pins(accepted_offer(entry)),
        keys=keys,
    )
