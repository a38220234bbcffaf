"""Rotation of a hub's key: successions, by which each key names the next one.

They prove that whoever had the old key wanted the new one in its place, and no more: whether the owner accepts it as
the same hub is theirs to decide.
"""

from collections.abc import Sequence
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ..schema import MalformedError, bounded, each, integer, members, string
from .jose import TokenType, public_key, read_token, thumbprint

MAX_SUCCESSIONS: Final = 8
MAX_SUCCESSION_CHARS: Final = 1024

successions: Final = each(bounded(MAX_SUCCESSION_CHARS), MAX_SUCCESSIONS)
"""Parses a hub's successions, the oldest first; nothing is verified."""

_CLAIMS: Final = members(
    {
        "iss": string,
        "iat": integer(0),
        "former": public_key,
        "assertion": public_key,
    }
)


def successions_between(
    tokens: Sequence[str], *, known: Ed25519PublicKey, key: Ed25519PublicKey
) -> tuple[str, ...]:
    """Return the successions that lead from a known key to another; none if they don't."""
    followed: list[str] = []
    reached = known
    for token in tokens:
        if (successor := _successor(token, reached)) is not None:
            followed.append(token)
            reached = successor
        if reached == key:
            return tuple(followed)
    return ()


def _successor(token: str, key: Ed25519PublicKey) -> Ed25519PublicKey | None:
    """Return the key that this one names as its successor; None where it did not sign the token."""
    try:
        parsed = _CLAIMS(read_token(token, typ=TokenType.HUB_SUCCESSION, key=key))
    except MalformedError:
        return None
    if parsed["former"] != key or parsed["iss"] != thumbprint(key):
        return None
    successor: Ed25519PublicKey = parsed["assertion"]
    return successor
