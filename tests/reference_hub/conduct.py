"""How a hub may misbehave, for tests that ask what a home does then."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """Honest unless told otherwise; see `ReferenceHub.conduct`."""

    versions: tuple[str, ...] = ("1",)
    revision: int = (
        2  # of version 1; 0 says nothing of it, and takes only what it knows
    )
    clock_ahead: timedelta = timedelta(0)  # of the Date header in discovery
    another_assertion_key: Ed25519PrivateKey | None = None  # shown in discovery
    countersigns_with: Ed25519PrivateKey | None = None
    countersigns_other_receipt: bool = False
    # "discovery", "pairing", "control" or "ingest" to a status and where it points
    redirects: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    refuses_pairing_with: str | None = None  # an error code
    loses_pairing: bool = False  # signs and keeps it, but the answer never arrives
    discovery: bytes | None = None  # sent instead of the document
    subprotocol: str | None = "latchstring.v1"
    control_status: int | None = None  # instead of 101
    silent: bool = False  # hears everything, answers nothing, not even pings
    ingest_status: int | None = None  # instead of taking the upload
    cosigns: bool = True


HONEST = Conduct()
