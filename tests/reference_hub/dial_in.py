"""Who dials in: the token of a home that wants to connect."""

import time

from . import shapes
from .jose import TokenWrong, public_key, unverified, verify
from .presence import Presence
from .store import PairedHome, Store

LIFETIME = 60
SKEW = 120

CLAIMS = shapes.record(
    {
        "iss": shapes.is_id,
        "aud": shapes.is_id,
        "iat": shapes.COUNT,
        "exp": shapes.COUNT,
        "jti": shapes.is_id,
    }
)


class DialInRefused(Exception):
    """401: this hub doesn't know the home. 403: it does, but not this token."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def admit(authorization: str, presence: Presence, store: Store) -> PairedHome:
    """Find the home that may connect with this header, and use its token up."""
    scheme, _, token = authorization.partition(" ")
    try:
        claimed = unverified(token)
    except TokenWrong as error:
        raise DialInRefused(401) from error
    paired = store.home(str(claimed.get("iss")))
    if scheme != "Bearer" or paired is None:
        raise DialInRefused(401)
    _check(token, paired, presence, store)
    return paired


def _check(token: str, paired: PairedHome, presence: Presence, store: Store) -> None:
    dial_in = public_key(unverified(paired.receipt)["dial_in"])
    try:
        claims = verify(token, dial_in, "latchstring-home+jwt")
    except TokenWrong as error:
        raise DialInRefused(401) from error
    now = int(time.time())
    good = (
        CLAIMS(claims)
        and claims["aud"] == presence.identity.hub_id
        and claims["iat"] <= claims["exp"] <= claims["iat"] + LIFETIME
        and claims["iat"] - SKEW <= now <= claims["exp"] + SKEW
    )
    # Only a token that is good in all else is worth remembering.
    if not good or not store.use_dial_in(
        paired.home, claims["jti"], expires=claims["exp"] + SKEW, now=now
    ):
        raise DialInRefused(403)
