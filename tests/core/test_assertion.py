"""A viewer is let in on the hub's word only if every rule of protocol.md holds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
import hashlib
import hmac
import json
from typing import Any, Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.core.errors import ErrorCode, ProtocolError
from custom_components.latchstring.core.messages import (
    Ingest,
    ReceiptMessage,
    RequestOpen,
    SessionOpen,
)
from custom_components.latchstring.core.protocol import parse_request
from custom_components.latchstring.core.signatures.assertion import (
    RequestAssertion,
    ViewerAssertion,
    verify_receipt,
    verify_request,
    verify_viewer,
)
from custom_components.latchstring.core.text import is_name

from . import vectors
from .document import example
from .mutations import anything
from .parties import HUB, WATCHED_AT

VIEWER: Final = example("viewer-assertion").value
ASKED: Final = example("request-assertion").value
RECEIVED: Final = example("hub-receipt").value
TYP: Final = "latchstring-viewer+jwt"
HEADER: Final = {"alg": "EdDSA", "typ": TYP}
ISSUED: Final = VIEWER["iat"]


def _message[T](kind: type[T], method: str) -> T:
    message = parse_request(example(method).text).message
    assert isinstance(message, kind)
    return message


OPEN: Final = _message(SessionOpen, "session.open")
ASK: Final = _message(RequestOpen, "request.open")
RECEIPT: Final = _message(ReceiptMessage, "receipt")


def signed(claims: Any, typ: str = TYP, **header: Any) -> str:
    return vectors.token(
        "assertion", typ, claims, header={"alg": "EdDSA", "typ": typ} | header
    )


def watch(token: str, *, at: datetime = WATCHED_AT) -> ViewerAssertion:
    return verify_viewer(token, hub=HUB, message=OPEN, at=at)


def ask(token: str) -> RequestAssertion:
    return verify_request(token, hub=HUB, message=ASK, at=WATCHED_AT)


def code_of(token: str, *, at: datetime = WATCHED_AT) -> ErrorCode | None:
    try:
        watch(token, at=at)
    except ProtocolError as error:
        return error.code
    return None


def raw(header: bytes, payload: bytes) -> str:
    """Sign bytes that need not be JSON."""
    text = f"{vectors.base64url(header)}.{vectors.base64url(payload)}"
    signature = vectors.private_key("assertion").sign(text.encode())
    return f"{text}.{vectors.base64url(signature)}"


def resigned(key: bytes, algorithm: str) -> str:
    """Sign with a public key as if it were a shared secret."""
    header = vectors.canonical({"alg": algorithm, "typ": TYP})
    payload = vectors.canonical(VIEWER)
    text = f"{vectors.base64url(header)}.{vectors.base64url(payload)}"
    mac = hmac.digest(key, text.encode(), hashlib.sha256)
    return f"{text}.{vectors.base64url(mac)}"


GOOD: Final = signed(VIEWER)
UNSIGNED: Final = vectors.base64url(vectors.canonical({"alg": "none", "typ": TYP}))
HEAD, PAYLOAD, SIGNATURE = GOOD.split(".")
PEM: Final = HUB.assertion_key.public_bytes(
    Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
)
DOUBLED: Final = vectors.canonical(VIEWER).replace(b'"aud"', b'"aud":"x","aud"', 1)

FORGED: Final = {
    "nothing": "",
    "two parts": f"{HEAD}.{PAYLOAD}",
    "four parts": f"{GOOD}.{SIGNATURE}",
    "no signature": f"{HEAD}.{PAYLOAD}.",
    "a shorter signature": GOOD[:-4],
    "another's signature": f"{HEAD}.{PAYLOAD}.{signed(ASKED).split('.')[2]}",
    "padding": f"{GOOD}==",
    "a space": f"{GOOD} ",
    "a line feed": f"{GOOD}\n",
    "other letters": f"{HEAD}.{PAYLOAD}.{SIGNATURE[:-1]}é",
    "trailing bits": f"{HEAD}.{PAYLOAD}.{SIGNATURE[:-1]}{chr(ord(SIGNATURE[-1]) + 1)}",
    "signed by the witness key": vectors.token("witness", TYP, VIEWER),
    "signed by the home": vectors.token("dial-in", TYP, VIEWER),
    "alg none, unsigned": f"{UNSIGNED}.{PAYLOAD}.",
    "alg none": signed(VIEWER, alg="none"),
    "alg in other case": signed(VIEWER, alg="eddsa"),
    "alg of the curve": signed(VIEWER, alg="Ed25519"),
    "alg a list": signed(VIEWER, alg=["EdDSA"]),
    "public key as secret": resigned(HUB.assertion_key.public_bytes_raw(), "HS256"),
    "public key in PEM as secret": resigned(PEM, "HS256"),
    "public key as secret, alg EdDSA": resigned(PEM, "EdDSA"),
    "typ of a request": signed(VIEWER, "latchstring-request+jwt"),
    "typ of a receipt": signed(VIEWER, "latchstring-receipt+jwt"),
    "typ JWT": signed(VIEWER, "JWT"),
    "typ in other case": signed(VIEWER, TYP.upper()),
    "no typ": vectors.token("assertion", TYP, VIEWER, header={"alg": "EdDSA"}),
    "kid": signed(VIEWER, kid="1"),
    "its own jwk": vectors.token(
        "witness", TYP, VIEWER, header=HEADER | {"jwk": vectors.jwk("witness")}
    ),
    "jwk": signed(VIEWER, jwk=vectors.jwk("assertion")),
    "jku": signed(VIEWER, jku="https://evil.example"),
    "x5u": signed(VIEWER, x5u="https://evil.example"),
    "crit": signed(VIEWER, crit=[]),
    "b64": signed(VIEWER, b64=True),
    "cty": signed(VIEWER, cty="JWT"),
    "too long": signed(VIEWER | {"name": "x" * 4096}),
    "a header with alg twice": raw(
        b'{"alg":"none","alg":"EdDSA","typ":"%s"}' % TYP.encode(), b"{}"
    ),
    "a header that is no object": raw(b"[]", vectors.canonical(VIEWER)),
    "a claim twice": raw(vectors.canonical(HEADER), DOUBLED),
    "claims in a list": signed([VIEWER]),
    "claims that are no JSON": raw(vectors.canonical(HEADER), b"claims"),
    "claims that are no text": raw(vectors.canonical(HEADER), b"\xff\xfe"),
    "claims with NaN": raw(vectors.canonical(HEADER), b'{"iat":NaN}'),
    "claims very deep": raw(vectors.canonical(HEADER), b"[" * 2900),
    "a claim too many": signed(VIEWER | {"admin": True}),
    "a claim not before": signed(VIEWER | {"nbf": ISSUED}),
}

REQUIRED: Final = sorted(VIEWER.keys() - {"case"})

WRONG_TYPES: Final[tuple[Any, ...]] = (None, True, 1.5, [], {}, ["x"])

AUDIENCES: Final = (
    [HUB.home_id],
    [HUB.home_id, "x"],
    HUB.hub_id,
    "",
    HUB.home_id.lower(),
    f"{HUB.home_id} ",
)

TIMES: Final = (
    # issued, expires, now: seconds from the example's `iat`
    (0, 0, 0, True),
    (0, 300, 0, True),
    (0, 301, 0, False),
    (0, -1, 0, False),
    (0, 120, -30, True),
    (0, 120, -31, False),
    (0, 120, 150, True),
    (0, 120, 151, False),
    (-(10**9), 10**9, 0, False),
    (2**52, 2**52, 0, False),
)

MISMATCHES: Final = {
    "another camera": {"camera": "b7LrW0c3Jd9sKf6xVt2hEa"},
    "another session": {"session": "s-0000000000000000"},
    "another ingest target": {"ingest": "https://ingest.hub.example/in/other"},
    "the same target written otherwise": {
        "ingest": VIEWER["ingest"].replace("https", "HTTPS")
    },
    "another token": {"ingest_token_sha256": "0" * 64},
    "the token in upper case": {
        "ingest_token_sha256": VIEWER["ingest_token_sha256"].upper()
    },
}

TOO_LONG: Final = {"sub": 65, "name": 81, "agency": 81, "case": 65}

FAULTS: Final = (
    ({"iss": "x"}, ErrorCode.ASSERTION_INVALID),
    ({"exp": ISSUED + 301}, ErrorCode.ASSERTION_EXPIRED),
    ({"camera": "x"}, ErrorCode.ASSERTION_MISMATCH),
    ({"purpose": "gossip"}, ErrorCode.PURPOSE_UNKNOWN),
    ({"name": "\u202e"}, ErrorCode.TEXT_UNSAFE),
)
ELSEWHERE: Final = "https://evil.example/in"


@pytest.mark.parametrize("token", FORGED.values(), ids=FORGED)
def test_a_forged_assertion_is_invalid(token: str) -> None:
    assert code_of(token) == ErrorCode.ASSERTION_INVALID


@given(st.text(st.characters(codec=None)))
def test_any_text_is_an_invalid_assertion(text: str) -> None:
    assert code_of(text) == ErrorCode.ASSERTION_INVALID
    assert code_of(f"{HEAD}.{text}") == ErrorCode.ASSERTION_INVALID


@given(st.integers(0, len(GOOD) - 1), st.characters(codec=None))
def test_no_character_of_an_assertion_can_be_another(place: int, other: str) -> None:
    token = GOOD[:place] + other + GOOD[place + 1 :]
    assert code_of(token) == (None if token == GOOD else ErrorCode.ASSERTION_INVALID)


@pytest.mark.parametrize("claim", REQUIRED)
def test_no_claim_but_the_case_may_be_left_out(claim: str) -> None:
    claims = {name: VIEWER[name] for name in VIEWER if name != claim}
    assert code_of(signed(claims)) == ErrorCode.ASSERTION_INVALID


def test_the_case_may_be_left_out() -> None:
    claims = {name: VIEWER[name] for name in VIEWER if name != "case"}
    assert watch(signed(claims)).wish.case is None


@pytest.mark.parametrize("claim", VIEWER)
@pytest.mark.parametrize("value", WRONG_TYPES)
def test_no_claim_may_be_of_another_type(claim: str, value: Any) -> None:
    assert code_of(signed(VIEWER | {claim: value})) == ErrorCode.ASSERTION_INVALID


@pytest.mark.parametrize("jti", ["", "x" * 15, "x" * 65, "x" * 15 + "é"])
def test_a_jti_is_an_id(jti: str) -> None:
    assert code_of(signed(VIEWER | {"jti": jti})) == ErrorCode.ASSERTION_INVALID


@pytest.mark.parametrize("audience", AUDIENCES)
def test_an_assertion_for_another_home_is_invalid(audience: Any) -> None:
    token = signed(VIEWER | {"aud": audience})
    assert code_of(token) == ErrorCode.ASSERTION_INVALID


@pytest.mark.parametrize(("issued", "expires", "now", "holds"), TIMES)
def test_an_assertion_is_good_for_five_minutes_at_most(
    issued: int, expires: int, now: int, *, holds: bool
) -> None:
    token = signed(VIEWER | {"iat": ISSUED + issued, "exp": ISSUED + expires})
    at = datetime.fromtimestamp(ISSUED, UTC) + timedelta(seconds=now)
    assert code_of(token, at=at) == (None if holds else ErrorCode.ASSERTION_EXPIRED)


@pytest.mark.parametrize("changes", MISMATCHES.values(), ids=MISMATCHES)
def test_an_assertion_is_for_this_very_message(changes: dict[str, str]) -> None:
    assert code_of(signed(VIEWER | changes)) == ErrorCode.ASSERTION_MISMATCH


@pytest.mark.parametrize("purpose", ["", "Burglary", "burglary ", "gossip"])
def test_a_purpose_is_one_the_owner_accepted(purpose: str) -> None:
    token = signed(VIEWER | {"purpose": purpose})
    assert code_of(token) == ErrorCode.PURPOSE_UNKNOWN


@pytest.mark.parametrize(("claim", "length"), TOO_LONG.items())
def test_a_viewers_words_have_their_lengths(claim: str, length: int) -> None:
    assert code_of(signed(VIEWER | {claim: "x" * (length - 1)})) is None
    for text in ("", "x" * length):
        assert code_of(signed(VIEWER | {claim: text})) == ErrorCode.TEXT_UNSAFE


@given(st.sampled_from(sorted(TOO_LONG)), st.text(max_size=64))
def test_a_viewers_words_are_text_for_people(claim: str, text: str) -> None:
    expected = None if is_name(text, 64) else ErrorCode.TEXT_UNSAFE
    assert code_of(signed(VIEWER | {claim: text})) == expected


def test_a_lone_surrogate_is_no_text() -> None:
    claims = vectors.canonical(VIEWER).replace(b"Jackson PD", rb"\ud800")
    assert code_of(raw(vectors.canonical(HEADER), claims)) == ErrorCode.TEXT_UNSAFE


def test_the_first_fault_in_the_documents_order_is_named() -> None:
    for first in range(len(FAULTS)):
        claims = dict(VIEWER)
        for changes, _ in FAULTS[first:]:
            claims |= changes
        hub = replace(HUB, ingest_origins=())
        with pytest.raises(ProtocolError) as caught:
            verify_viewer(signed(claims), hub=hub, message=OPEN, at=WATCHED_AT)
        assert caught.value.code == FAULTS[first][1]


@pytest.mark.parametrize("url", [ELSEWHERE, "https://u@ingest.hub.example/in", "x", ""])
def test_a_target_outside_the_pinned_origins_is_named_so(url: str) -> None:
    message = replace(OPEN, ingest=Ingest(url=url, token=OPEN.ingest.token))
    token = signed(VIEWER | {"ingest": url})
    with pytest.raises(ProtocolError) as caught:
        verify_viewer(token, hub=HUB, message=message, at=WATCHED_AT)
    assert caught.value.code == ErrorCode.INGEST_NOT_PINNED


def test_a_swapped_target_does_not_fit_the_assertion() -> None:
    target = Ingest(url="https://ingest.hub.example/in/x", token=OPEN.ingest.token)
    with pytest.raises(ProtocolError) as caught:
        verify_viewer(
            GOOD, hub=HUB, message=replace(OPEN, ingest=target), at=WATCHED_AT
        )
    assert caught.value.code == ErrorCode.ASSERTION_MISMATCH


@given(st.sampled_from(sorted(VIEWER)), anything)
def test_whatever_a_claim_becomes_there_is_one_answer(claim: str, value: Any) -> None:
    claims = json.dumps(VIEWER | {claim: value}).encode()
    token = raw(vectors.canonical(HEADER), claims)
    if code_of(token) is None:
        assert claim in {"iat", "exp", "jti", *TOO_LONG} or value == VIEWER[claim]


def test_an_assertion_to_watch_lets_nobody_ask_and_the_other_way_round() -> None:
    to_ask = signed(ASKED, "latchstring-request+jwt")
    assert ask(to_ask).minutes == ASK.minutes
    assert code_of(to_ask) == ErrorCode.ASSERTION_INVALID
    with pytest.raises(ProtocolError) as caught:
        ask(GOOD)
    assert caught.value.code == ErrorCode.ASSERTION_INVALID


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"minutes": 16}, ErrorCode.ASSERTION_MISMATCH),
        ({"minutes": True}, ErrorCode.ASSERTION_INVALID),
        ({"minutes": "15"}, ErrorCode.ASSERTION_INVALID),
        ({"request": "r-0000000000000000"}, ErrorCode.ASSERTION_MISMATCH),
        ({"camera": OPEN.camera}, ErrorCode.ASSERTION_MISMATCH),
        ({"session": OPEN.session}, ErrorCode.ASSERTION_INVALID),
        ({"exp": ISSUED + 301}, ErrorCode.ASSERTION_EXPIRED),
        ({"purpose": "gossip"}, ErrorCode.PURPOSE_UNKNOWN),
        ({"case": ""}, ErrorCode.TEXT_UNSAFE),
    ],
)
def test_asking_has_the_same_rules(changes: dict[str, Any], code: ErrorCode) -> None:
    with pytest.raises(ProtocolError) as caught:
        ask(signed(ASKED | changes, "latchstring-request+jwt"))
    assert caught.value.code == code


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": HUB.home_id},
        {"aud": HUB.hub_id},
        {"session": "s-0000000000000000"},
        {"bytes": -1},
        {"bytes": 1.0},
        {"fragments": True},
        {"first_byte": "2026-11-21T18:04:05Z"},
        {"first_byte": "2026-11-21T24:00:00.000Z"},
        {"last_byte": 0},
        {"chain": "0" * 63},
        {"chain": "A" * 64},
        {"more": 1},
        {"case": "2026-118834"},
    ],
)
def test_a_receipt_that_does_not_hold_is_refused(changes: dict[str, Any]) -> None:
    token = signed(RECEIVED | changes, "latchstring-receipt+jwt")
    with pytest.raises(ProtocolError) as caught:
        verify_receipt(token, hub=HUB, message=RECEIPT)
    assert caught.value.code == ErrorCode.RECEIPT_INVALID


def test_a_hub_may_have_received_nothing() -> None:
    nothing = {"bytes": 0, "fragments": 0, "first_byte": None, "last_byte": None}
    token = signed(RECEIVED | nothing, "latchstring-receipt+jwt")
    assert verify_receipt(token, hub=HUB, message=RECEIPT).received == 0
