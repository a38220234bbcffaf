"""What a home signs to pair with a hub and to reach it, and what the hub signs back."""

from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from .canonical import canonical_json
from .errors import PairingError, PairingProblem
from .pairing import VERSION, Discovery
from .schema import MalformedError, constant, integer, members, strict_json, string
from .signatures.jose import (
    TokenType,
    jwk,
    read_token,
    sign_token,
    thumbprint,
    unchecked_claims,
)

DIAL_IN_SECONDS: Final = 60

REFUSALS: Final = frozenset(
    {
        PairingProblem.INVITATION_UNKNOWN,
        PairingProblem.INVITATION_USED,
        PairingProblem.RECEIPT_INVALID,
        PairingProblem.AGREEMENT_CHANGED,
        PairingProblem.CLOCK_SKEW,
        PairingProblem.HOME_UNKNOWN,
    }
)
"""What a hub may refuse to pair for; anything else is a fault of the hub."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """What an owner accepts of a hub. Anything else closes every camera for it."""

    assertion: str
    witness: str
    control_url: str
    pairing_url: str
    ingest_origins: tuple[str, ...]
    agreement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEnd:
    """What is there of a log that goes on under another key; no `root` where its tree is broken."""

    origin: str
    size: int
    root: bytes | None


def pins(discovery: Discovery) -> Pins:
    """Return what is pinned of a hub, as both sides sign it."""
    return Pins(
        assertion=discovery.hub_id,
        witness=thumbprint(discovery.witness_key),
        control_url=discovery.control_url,
        pairing_url=discovery.pairing_url,
        ingest_origins=tuple(map(str, discovery.ingest_origins)),
        agreement=discovery.agreement.sha256,
    )


def receipt_identities(receipt: str) -> tuple[str, str]:
    """Return the home id and the log's origin in a receipt of our own, which nobody needs to check."""
    claims = unchecked_claims(receipt)
    return str(claims["iss"]), str(claims["log_origin"])


def log_origin(log_key: Ed25519PublicKey) -> str:
    """Name the log that this key signs."""
    return f"latchstring/{thumbprint(log_key)}"


def sign_receipt(
    key: Ed25519PrivateKey,
    discovery: Discovery,
    log_key: Ed25519PublicKey,
    at: datetime,
) -> str:
    """Sign what this home pins of the hub, and the two keys it shows it."""
    return sign_token(
        key,
        TokenType.PAIRING,
        {
            "iss": thumbprint(key.public_key()),
            "aud": discovery.hub_id,
            "iat": int(at.timestamp()),
            "version": VERSION,
            "dial_in": jwk(key.public_key()),
            "log": jwk(log_key),
            "log_origin": log_origin(log_key),
            **asdict(pins(discovery)),
        },
    )


def sign_succession(
    key: Ed25519PrivateKey,
    *,
    hub_id: str,
    receipt: str,
    ended: LogEnd,
    at: datetime,
) -> str:
    """Sign by the old dial-in key that this home goes on under the keys in `receipt`."""
    return sign_token(
        key,
        TokenType.SUCCESSION,
        {
            "iss": thumbprint(key.public_key()),
            "aud": hub_id,
            "iat": int(at.timestamp()),
            "receipt": sha256(receipt.encode()).hexdigest(),
            "log_origin": ended.origin,
            "size": ended.size,
            "root": None if ended.root is None else ended.root.hex(),
        },
    )


def pairing_request(
    receipt: str, *, code: str | None, succession: str | None = None
) -> bytes:
    """Write what is posted to the hub; without a code, a known home accepts anew or changes its keys."""
    given = {"code": code, "succession": succession, "receipt": receipt}
    return canonical_json(
        {name: value for name, value in given.items() if value is not None}
    )


def parse_pairing_response(data: bytes) -> str:
    """Read the countersignature out of a hub's consent; hub_fault if there is none."""
    return _member(data, "countersignature")


def parse_pairing_error(data: bytes) -> PairingProblem:
    """Read why a hub refused; hub_fault if it gives no reason of ours."""
    try:
        problem = PairingProblem(_member(data, "error"))
    except ValueError, PairingError:
        return PairingProblem.HUB_FAULT
    return problem if problem in REFUSALS else PairingProblem.HUB_FAULT


def _member(data: bytes, name: str) -> str:
    try:
        value: str = members({name: string})(strict_json(str(data, "utf-8")))[name]
    except ValueError as error:
        raise PairingError(PairingProblem.HUB_FAULT) from error
    return value


def verify_countersignature(
    token: str, *, hub_key: Ed25519PublicKey, receipt: str, home_id: str, hub_id: str
) -> None:
    """Raise PairingError unless the hub signed this very receipt for this home."""
    expected = {
        "iss": constant(hub_id),
        "aud": constant(home_id),
        "iat": integer(0),
        "receipt": constant(sha256(receipt.encode()).hexdigest()),
    }
    try:
        signed = read_token(token, typ=TokenType.COUNTERSIGNATURE, key=hub_key)
        members(expected)(signed)
    except MalformedError as error:
        raise PairingError(PairingProblem.RECEIPT_INVALID) from error


def dial_in_token(
    key: Ed25519PrivateKey, *, hub_id: str, at: datetime, jti: str
) -> str:
    """Sign the token that opens one connection to the hub."""
    issued = int(at.timestamp())
    return sign_token(
        key,
        TokenType.HOME,
        {
            "iss": thumbprint(key.public_key()),
            "aud": hub_id,
            "iat": issued,
            "exp": issued + DIAL_IN_SECONDS,
            "jti": jti,
        },
    )
