"""The tokens of pairing and dialling in: the home's receipt and succession, the hub's countersignature."""

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
"""The problems for which a hub may refuse to pair; any other is HUB_FAULT."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """What is pinned of a hub when its owner accepts it. Any change closes every camera for it."""

    assertion: str
    witness: str
    control_url: str
    pairing_url: str
    ingest_origins: tuple[str, ...]
    agreement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEnd:
    """The end of a log that continues under another key; `root` is None where its tree is broken."""

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
    """Return the home id and the log's origin in a receipt of our own, without verifying it."""
    claims = unchecked_claims(receipt)
    return str(claims["iss"]), str(claims["log_origin"])


def log_origin(log_key: Ed25519PublicKey) -> str:
    """Return the origin of the log that this key signs."""
    return f"latchstring/{thumbprint(log_key)}"


def sign_receipt(
    key: Ed25519PrivateKey,
    discovery: Discovery,
    log_key: Ed25519PublicKey,
    at: datetime,
) -> str:
    """Return the home's receipt: the pins of the hub, and the home's two keys for it."""
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
    """Return the succession, signed by the old dial-in key: this home continues with the keys in `receipt`."""
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
    """Return the body of the pairing request; without a code it is of a home that the hub knows already."""
    given = {"code": code, "succession": succession, "receipt": receipt}
    return canonical_json(
        {name: value for name, value in given.items() if value is not None}
    )


def parse_pairing_response(data: bytes) -> str:
    """Return the countersignature in a hub's response; raise HUB_FAULT if there is none."""
    return _member(data, "countersignature")


def parse_pairing_error(data: bytes) -> PairingProblem:
    """Return why a hub refused; HUB_FAULT for any reason that is not in REFUSALS."""
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
    """Raise PairingError unless the hub countersigned this receipt for this home."""
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
    """Return the token that authenticates one connection to the hub."""
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
