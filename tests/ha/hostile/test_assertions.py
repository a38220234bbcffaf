"""An open camera is shown on a true assertion about this very message, and on nothing that looks like one."""

from collections.abc import Callable, Iterator, Mapping
import hashlib
import hmac
import time
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
import pytest

from tests.reference_hub import Forgery
from tests.reference_hub.assertion import REQUEST, VIEWER
from tests.reference_hub.jose import jwk, unverified
from tests.reference_hub.wire import b64url, canonical, new_id

from .honest import RECEIPT, to_ask, to_watch, written
from .house import House

type Forge = Callable[[House], Forgery]
type Make = Callable[[House, Forgery | None], dict[str, Any]]

INVALID: Final = "assertion_invalid"
EXPIRED: Final = "assertion_expired"
MISMATCH: Final = "assertion_mismatch"
UNSAFE: Final = "text_unsafe"
STRANGER: Final = Ed25519PrivateKey.generate()


def header(**members: Any) -> Forge:
    return lambda _: Forgery(header=members)


def claim(**claims: Any) -> Forge:
    return lambda _: Forgery(claims=claims)


def valid(since: int, until: int) -> Forge:
    """Be issued and expire so many seconds from now."""

    def forge(_house: House) -> Forgery:
        now = int(time.time())
        return Forgery(claims={"iat": now + since, "exp": now + until})

    return forge


def home_of(house: House) -> str:
    (home,) = house.hub.homes()
    return home


def witness_of(house: House) -> Ed25519PrivateKey:
    return house.hub.presence.identity.witness


FORGED: Final[Mapping[str, tuple[Forge, str]]] = {
    "signed by a stranger": (lambda _: Forgery(key=STRANGER), INVALID),
    "signed by the witness": (lambda house: Forgery(key=witness_of(house)), INVALID),
    "alg none": (header(alg="none"), INVALID),
    "alg in another case": (header(alg="eddsa"), INVALID),
    "alg of a shared secret": (header(alg="HS256"), INVALID),
    "alg of the curve": (header(alg="Ed25519"), INVALID),
    "no alg": (header(alg=None), INVALID),
    "the stranger's key within": (
        lambda _: Forgery(key=STRANGER, header={"jwk": jwk(STRANGER.public_key())}),
        INVALID,
    ),
    "a key to be fetched": (header(jku="https://127.0.0.1/keys"), INVALID),
    "a certificate to be fetched": (header(x5u="https://127.0.0.1/x"), INVALID),
    "a key's name": (header(kid="1"), INVALID),
    "something critical": (header(crit=["exp"]), INVALID),
    "typ of a receipt": (lambda _: Forgery(typ=RECEIPT), INVALID),
    "typ of any token": (lambda _: Forgery(typ="JWT"), INVALID),
    "no issuer": (claim(iss=None), INVALID),
    "another issuer": (claim(iss=new_id()), INVALID),
    "no audience": (claim(aud=None), INVALID),
    "another home's audience": (claim(aud=b64url(bytes(32))), INVALID),
    "an audience of one in a list": (
        lambda house: Forgery(claims={"aud": [home_of(house)]}),
        INVALID,
    ),
    "an audience of several": (
        lambda house: Forgery(claims={"aud": [home_of(house), new_id()]}),
        INVALID,
    ),
    "the issuer's own audience": (
        lambda house: Forgery(claims={"aud": house.hub.hub_id}),
        INVALID,
    ),
    "no jti": (claim(jti=None), INVALID),
    "a jti too short": (claim(jti="x" * 15), INVALID),
    "no name": (claim(name=None), INVALID),
    "no officer": (claim(sub=None), INVALID),
    "a claim more": (claim(admin=True), INVALID),
    "a claim not before": (claim(nbf=0), INVALID),
    "a time in text": (claim(iat="now"), INVALID),
    "a time with a fraction": (claim(exp=time.time() + 60.5), INVALID),
    "expired": (valid(-300, -31), EXPIRED),
    "of the future": (valid(60, 120), EXPIRED),
    "good for too long": (valid(0, 301), EXPIRED),
    "over before it began": (valid(0, -1), EXPIRED),
    "for another camera": (claim(camera=new_id()), MISMATCH),
    "for gossip": (claim(purpose="gossip"), "purpose_unknown"),
    "for no purpose": (claim(purpose=""), "purpose_unknown"),
    "a name read from the right": (claim(name="Officer \u202eeoD"), UNSAFE),
    "a name in two lines": (claim(name="Officer\nDoe"), UNSAFE),
    "a name that rings": (claim(name="Officer \a"), UNSAFE),
    "a name of no width": (claim(name="Officer\u200b Doe"), UNSAFE),
    "a name decomposed": (claim(name="Rene\u0301"), UNSAFE),
    "a name that is blank": (claim(name="\u3164"), UNSAFE),
    "an officer that is blank": (claim(sub=" "), UNSAFE),
    "an agency that is blank": (claim(agency="\u2800"), UNSAFE),
    "a case of marks alone": (claim(case="\u0301" * 8), UNSAFE),
    "a name too long": (claim(name="x" * 81), UNSAFE),
    "an empty name": (claim(name=""), UNSAFE),
    "an officer too long": (claim(sub="x" * 65), UNSAFE),
    "an agency too long": (claim(agency="x" * 81), UNSAFE),
    "a case too long": (claim(case="x" * 65), UNSAFE),
    "a case in lines": (claim(case="1\u20282"), UNSAFE),
    "longer than any token": (claim(name="x" * 4096), INVALID),
}
"""What any assertion can pretend, and the code that names it."""

SPECIAL: Final[Mapping[str, tuple[Make, Mapping[str, tuple[Forge, str]]]]] = {
    "session.open": (
        to_watch,
        {
            "typ of a request": (lambda _: Forgery(typ=REQUEST), INVALID),
            "for another session": (claim(session=new_id("s-")), MISMATCH),
            "for another target": (claim(ingest="https://127.0.0.1/in"), MISMATCH),
            "for another token": (claim(ingest_token_sha256="0" * 64), MISMATCH),
            "for no session": (claim(session=None), INVALID),
            "for minutes": (claim(minutes=15), INVALID),
        },
    ),
    "request.open": (
        to_ask,
        {
            "typ of a viewer": (lambda _: Forgery(typ=VIEWER), INVALID),
            "for another request": (claim(request=new_id("r-")), MISMATCH),
            "for longer": (claim(minutes=16), MISMATCH),
            "for minutes in text": (claim(minutes="15"), INVALID),
            "for a session": (claim(session=new_id("s-")), INVALID),
        },
    ),
}
"""What only an assertion of this message can pretend."""

UNSIGNED: Final[Mapping[str, Callable[[House, list[str]], str]]] = {
    "nothing": lambda _house, _parts: "",
    "a signature less": lambda _house, parts: f"{parts[0]}.{parts[1]}.",
    "a part less": lambda _house, parts: f"{parts[0]}.{parts[1]}",
    "a part more": lambda _house, parts: ".".join((*parts, parts[2])),
    "alg none and no signature": lambda _house, parts: (
        f"{head_of(parts, 'none')}.{parts[1]}."
    ),
    "HS256 by the key's bytes": lambda house, parts: by_secret(
        parts, public_key(house).public_bytes_raw()
    ),
    "HS256 by the key in PEM": lambda house, parts: by_secret(
        parts,
        public_key(house).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    ),
    "padded": lambda _house, parts: ".".join(parts) + "==",
    "longer than any token": lambda _house, parts: ".".join(parts) + "A" * 4096,
}
"""What a token is made into after it was signed."""


def public_key(house: House) -> Any:
    return house.hub.presence.identity.assertion.public_key()


def head_of(parts: list[str], alg: str) -> str:
    typ = VIEWER if "session" in unverified(".".join(parts)) else REQUEST
    return b64url(canonical({"alg": alg, "typ": typ}))


def by_secret(parts: list[str], secret: bytes) -> str:
    """Sign as if everybody who can check could sign."""
    signed = f"{head_of(parts, 'HS256')}.{parts[1]}"
    mac = hmac.digest(secret, signed.encode(), hashlib.sha256)
    return f"{signed}.{b64url(mac)}"


def forgeries(house: House, method: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Give each forged message of a method with its name and code."""
    make, special = SPECIAL[method]
    for name, (forge, code) in {**FORGED, **special}.items():
        yield name, code, make(house, forge(house))
    for name, spoil in UNSIGNED.items():
        params = make(house, None)
        spoilt = spoil(house, params["assertion"].split("."))
        yield name, INVALID, {**params, "assertion": spoilt}


@pytest.mark.parametrize("method", SPECIAL)
async def test_whatever_an_assertion_pretends_it_is_refused_by_name(
    house: House, method: str
) -> None:
    expected: dict[str, str] = {}
    codes: dict[str, str] = {}
    for name, code, params in forgeries(house, method):
        expected[name] = code
        codes[name] = " ".join(await house.refuses(written(method, params)))

    assert codes == expected
    await house.still_serves()


async def test_an_assertion_about_one_message_is_none_about_another(
    house: House,
) -> None:
    right, other = to_watch(house), to_watch(house)
    swapped = {
        "the camera": {"camera": new_id()},
        "the session": {"session": other["session"]},
        "the whole target": {"ingest": other["ingest"]},
        "the target's path": {
            "ingest": {**right["ingest"], "url": other["ingest"]["url"]}
        },
        "the token of another session": {
            "ingest": {**right["ingest"], "token": other["ingest"]["token"]}
        },
        "the assertion": {"assertion": other["assertion"]},
    }

    codes = {
        name: await house.refuses(written("session.open", {**right, **change}))
        for name, change in swapped.items()
    }

    assert codes == {name: [MISMATCH] for name in swapped}
    await house.still_serves()


async def test_an_assertion_of_one_method_is_none_for_the_other(house: House) -> None:
    to_be_seen, to_be_asked = to_watch(house), to_ask(house)
    watching = {**to_be_seen, "assertion": to_be_asked["assertion"]}
    asking = {**to_be_asked, "assertion": to_be_seen["assertion"]}

    assert await house.refuses(written("session.open", watching)) == [INVALID]
    assert await house.refuses(written("request.open", asking)) == [INVALID]
    await house.still_serves()
