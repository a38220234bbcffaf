"""The key pairs of this home for one hub."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm
from jwt.exceptions import InvalidKeyError

from ..core.signatures.jose import thumbprint


@dataclass(frozen=True, slots=True, kw_only=True)
class HubKeys:
    """Generated for each hub: two hubs can't tell that they talk to the same home.

    `epoch` is the epoch of the hub log: each has a log key of its own.
    """

    dial_in: Ed25519PrivateKey = field(repr=False)
    log: Ed25519PrivateKey = field(repr=False)
    epoch: int = field(repr=False)

    @classmethod
    def generate(cls, *, epoch: int = 0) -> Self:
        """Return new keys, which no hub has seen."""
        return cls(
            dial_in=Ed25519PrivateKey.generate(),
            log=Ed25519PrivateKey.generate(),
            epoch=epoch,
        )

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Return the keys that `to_data` wrote; raise InvalidKeyError for anything else."""
        return cls(
            dial_in=_read(data["dial_in"]),
            log=_read(data["log"]),
            epoch=int(data["epoch"]),
        )

    def to_data(self) -> dict[str, Any]:
        """Return private JWKs (RFC 8037) and the epoch, to be stored."""
        return {
            "dial_in": _write(self.dial_in),
            "log": _write(self.log),
            "epoch": self.epoch,
        }

    @property
    def home_id(self) -> str:
        """Return the pseudonym by which this hub knows the home."""
        return thumbprint(self.dial_in.public_key())


def _read(jwk: Mapping[str, Any]) -> Ed25519PrivateKey:
    key = OKPAlgorithm.from_jwk(dict(jwk))
    # Older PyJWT does not notice a public half that belongs to another key.
    if not isinstance(key, Ed25519PrivateKey) or _write(key) != {**jwk}:
        raise InvalidKeyError
    return key


def _write(key: Ed25519PrivateKey) -> dict[str, Any]:
    return OKPAlgorithm.to_jwk(key, as_dict=True)
