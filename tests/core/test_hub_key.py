"""A hub's key leads to another where each one on the way has named the next, and nowhere else."""

from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
import pytest

from custom_components.latchstring.core.errors import PairingError
from custom_components.latchstring.core.pairing import parse_discovery
from custom_components.latchstring.core.signatures.hub_key import successions_between
from custom_components.latchstring.core.signatures.jose import (
    TokenType,
    jwk,
    public_key,
    sign_token,
    thumbprint,
)

from . import vectors
from .document import example
from .parties import DISCOVERY, ORIGIN
from .test_pairing import DOCUMENT, written

FIRST, SECOND, THIRD, STRANGER = (Ed25519PrivateKey.generate() for _ in range(4))


def names(
    key: Ed25519PrivateKey,
    successor: Ed25519PrivateKey,
    typ: TokenType = TokenType.HUB_SUCCESSION,
    **changed: Any,
) -> str:
    """Sign by one key that another one follows it."""
    claims: dict[str, Any] = {
        "iss": thumbprint(key.public_key()),
        "iat": 1795456800,
        "former": jwk(key.public_key()),
        "assertion": jwk(successor.public_key()),
    }
    return sign_token(key, typ, {**claims, **changed})


ONE: Final = names(FIRST, SECOND)
TWO: Final = names(SECOND, THIRD)


@pytest.mark.parametrize(
    ("tokens", "known", "key", "followed"),
    [
        ([ONE], FIRST, SECOND, (ONE,)),
        ([ONE, TWO], FIRST, THIRD, (ONE, TWO)),
        ([ONE, TWO], SECOND, THIRD, (TWO,)),
        ([ONE, TWO], FIRST, SECOND, (ONE,)),
        ([names(STRANGER, FIRST), ONE], FIRST, SECOND, (ONE,)),
        ([names(FIRST, STRANGER), names(STRANGER, SECOND)], FIRST, SECOND, None),
    ],
)
def test_each_key_names_the_next(
    tokens: list[str],
    known: Ed25519PrivateKey,
    key: Ed25519PrivateKey,
    followed: tuple[str, ...] | None,
) -> None:
    expected = tuple(tokens) if followed is None else followed
    assert (
        successions_between(tokens, known=known.public_key(), key=key.public_key())
        == expected
    )


@pytest.mark.parametrize(
    "tokens",
    [
        [],
        ["x"],
        [TWO],
        [TWO, ONE],
        [names(STRANGER, THIRD)],
        [names(STRANGER, THIRD, iss=thumbprint(FIRST.public_key()))],
        [names(FIRST, THIRD, iss=thumbprint(STRANGER.public_key()))],
        [names(FIRST, THIRD, TokenType.SUCCESSION)],
        [names(FIRST, THIRD, aud="everybody")],
        [names(FIRST, THIRD, former=jwk(STRANGER.public_key()))],
        [names(FIRST, THIRD, assertion=thumbprint(THIRD.public_key()))],
        [names(FIRST, THIRD)[:-2]],
    ],
)
def test_nothing_else_leads_to_another_key(tokens: list[str]) -> None:
    known, key = FIRST.public_key(), THIRD.public_key()
    assert successions_between(tokens, known=known, key=key) == ()


def test_the_succession_of_the_document_leads_to_its_next_key() -> None:
    tokens = example("discovery-successions").value["successions"]
    document = written(DOCUMENT | {"successions": tokens})

    offer = parse_discovery(document, origin=ORIGIN)

    successor = public_key(vectors.jwk("next-assertion"))
    known = DISCOVERY.assertion_key
    assert successions_between(offer.successions, known=known, key=successor) == tuple(
        tokens
    )


@pytest.mark.parametrize(
    "tokens",
    [None, ONE, [1], [None], [ONE] * 9, ["x" * 1025]],
    ids=["none", "one", "a number", "nothing", "too many", "too long"],
)
def test_successions_of_no_such_form_are_no_hubs(tokens: object) -> None:
    with pytest.raises(PairingError):
        parse_discovery(written(DOCUMENT | {"successions": tokens}), origin=ORIGIN)
