"""The tokens within entries that hubs have signed: valid, about this entry, and by a hub that the home paired with."""

from collections.abc import Collection
from typing import Any, Final

from ..formats.encoding import Malformed, milliseconds, read_time
from ..formats.keys import is_signed, read_token
from .trust import SignedPairing

TOKENS: Final = {
    "session_started": ("assertion", "latchstring-viewer+jwt"),
    "requested": ("assertion", "latchstring-request+jwt"),
    "receipt": ("receipt", "latchstring-receipt+jwt"),
}
"""The kinds of entries with a token of the hub: in which member, and of which type."""

LEEWAY_MS: Final = 60_000
"""The home accepts clocks 30 s apart, and then has to write the entry."""

SAID_TWICE: Final = ("session", "camera", "request", "minutes")


def signer(
    kind: str, entry: dict[str, Any], pairings: Collection[SignedPairing]
) -> str | None:
    """Return the hub that signed an entry's token; None without a pairing to check it by. Malformed if it is wrong."""
    member, typ = TOKENS[kind]
    token = entry.get(member)
    claims = read_token(token, typ, None)
    for name in SAID_TWICE:
        if name in claims and name in entry and claims[name] != entry[name]:
            raise Malformed(f"it is about another {name}")
    if "exp" in claims and not _is_in_time(entry, claims):
        raise Malformed("it was not valid at the time of the entry")
    if not pairings:
        return None
    parties = claims.get("iss"), claims.get("aud")
    possible = [each for each in pairings if (each.hub_id, each.home_id) == parties]
    if not possible:
        raise Malformed("it is from another hub or for another home")
    # All of them have the same key: a hub's id is its thumbprint.
    if not is_signed(str(token), possible[0].assertion):
        raise Malformed("it is not signed by this hub's key")
    return possible[0].hub_id


def _is_in_time(entry: dict[str, Any], claims: dict[str, Any]) -> bool:
    """Return whether the token was valid at the time of the entry."""
    issued, expires = claims.get("iat"), claims["exp"]
    if type(issued) is not int or type(expires) is not int:
        return False
    at = milliseconds(read_time(entry.get("at")))
    return 1000 * issued - LEEWAY_MS <= at <= 1000 * expires + LEEWAY_MS
