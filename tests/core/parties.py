"""The hub and the home of protocol.md's examples, as the core sees them."""

from datetime import UTC, datetime
from typing import Final

from custom_components.latchstring.core.address import parse_origin
from custom_components.latchstring.core.model import Hub
from custom_components.latchstring.core.pairing import parse_discovery

from . import vectors
from .document import example

ORIGIN: Final = parse_origin("https://hub.example")
DISCOVERY: Final = parse_discovery(example("discovery").text.encode(), origin=ORIGIN)

HUB: Final = Hub(
    log="hub",
    name=DISCOVERY.name,
    hub_id=vectors.thumbprint("assertion"),
    home_id=vectors.thumbprint("dial-in"),
    assertion_key=DISCOVERY.assertion_key,
    witness_key=DISCOVERY.witness_key,
    ingest_origins=DISCOVERY.ingest_origins,
    purposes={each.purpose: each.label for each in DISCOVERY.agreement.terms.purposes},
    agreement=DISCOVERY.agreement.sha256,
)

WATCHED_AT: Final = datetime(2026, 11, 21, 18, 4, 5, 123000, tzinfo=UTC)
