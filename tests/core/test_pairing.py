"""A home pairs with the hub it was invited to, on terms it has read, or not at all."""

from copy import deepcopy
from hashlib import sha256
import json
from typing import Any, Final

from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.core.address import Origin, parse_origin
from custom_components.latchstring.core.errors import PairingError, PairingProblem
from custom_components.latchstring.core.pairing import (
    MAX_DISCOVERY_BYTES,
    Discovery,
    Invitation,
    parse_accepted,
    parse_discovery,
    parse_invitation,
)
from custom_components.latchstring.core.receipt import (
    dial_in_token,
    log_origin,
    pairing_request,
    parse_pairing_error,
    parse_pairing_response,
    pins,
    sign_receipt,
    verify_countersignature,
)
from custom_components.latchstring.core.schema import MalformedError
from custom_components.latchstring.core.signatures.jose import (
    jwk,
    public_key,
    thumbprint,
)
from tests.points import SMALL_ORDER

from . import vectors
from .document import example
from .mutations import mutated
from .parties import DISCOVERY, HUB, ORIGIN, WATCHED_AT

DOCUMENT: Final = example("discovery").value
CODE: Final = "Zk3xT0b9QmS1uVw2"
KEY: Final = HUB.hub_id
FRAGMENT: Final = f"v=1&code={CODE}&key={KEY}"
PAGE: Final = "https://hub.example/latchstring/invitation"

INVITATIONS: Final = {
    f"{PAGE}#{FRAGMENT}": ORIGIN,
    f"{PAGE}?lang=en#{FRAGMENT}": ORIGIN,
    f"https://hub.example#{FRAGMENT}": ORIGIN,
    f"HTTPS://HUB.example:443/#{FRAGMENT}": ORIGIN,
    f"{PAGE}#key={KEY}&v=1&code={CODE}": ORIGIN,
    f"https://[::1]:8443/#{FRAGMENT}": Origin(scheme="https", host="::1", port=8443),
}

NO_INVITATIONS: Final = {
    "nothing": "",
    "a word": "hello",
    "no fragment": PAGE,
    "an empty fragment": f"{PAGE}#",
    "no scheme": f"hub.example/#{FRAGMENT}",
    "user information": f"https://hub.example@evil.example/#{FRAGMENT}",
    "a backslash": f"https://hub.example\\@evil.example/#{FRAGMENT}",
    "a number for a host": f"https://2130706433/#{FRAGMENT}",
    "no host": f"https:///#{FRAGMENT}",
    "a blank before": f" {PAGE}#{FRAGMENT}",
    "no version": f"{PAGE}#code={CODE}&key={KEY}",
    "no code": f"{PAGE}#v=1&key={KEY}",
    "no key": f"{PAGE}#v=1&code={CODE}",
    "code twice": f"{PAGE}#{FRAGMENT}&code={CODE}",
    "something more": f"{PAGE}#{FRAGMENT}&x=1",
    "a code too short": f"{PAGE}#v=1&code=abc&key={KEY}",
    "a code escaped": f"{PAGE}#v=1&code=%5Ak3xT0b9QmS1uVw2&key={KEY}",
    "a key too short": f"{PAGE}#v=1&code={CODE}&key={KEY[:-1]}",
    "a key too long": f"{PAGE}#v=1&code={CODE}&key={KEY}A",
    "another fragment": f"{PAGE}#{FRAGMENT}#x",
    "a line feed behind": f"{PAGE}#{FRAGMENT}\n",
    "too long": f"https://hub.example/{'a' * 512}#{FRAGMENT}",
}


def changed(*path: str | int, to: Any) -> bytes:
    """Change one member of the discovery document; its agreement's hash stays true."""
    document = deepcopy(DOCUMENT)
    parent = document
    for place in path[:-1]:
        parent = parent[place]
    parent[path[-1]] = to
    return written(document)


def written(document: Any) -> bytes:
    agreement = document["agreement"]
    hashed = {name: agreement[name] for name in agreement if name != "sha256"}
    agreement["sha256"] = sha256(vectors.canonical(hashed)).hexdigest()
    return json.dumps(document).encode()


def discovered(data: bytes, *, origin: Origin = ORIGIN) -> Discovery | PairingProblem:
    try:
        return parse_discovery(data, origin=origin)
    except PairingError as error:
        return error.problem


TERMS: Final = ("agreement", "terms")
PURPOSE: Final = {"purpose": "burglary", "label": "Burglary"}

NOT_A_HUB: Final = {
    "nothing": b"",
    "a page": b"<!doctype html>",
    "not UTF-8": b"\xff\xfe{\x00}\x00",
    "a byte order mark": b"\xef\xbb\xbf" + written(DOCUMENT),
    "a list": b"[]",
    "an empty object": b"{}",
    "no versions": changed("versions", to=[]),
    "versions that are numbers": changed("versions", to=[1]),
    "a key too many": changed("keys", "next", to=vectors.jwk("witness")),
    "a member too many of the agreement": changed("agreement", "logo", to="x"),
    "a member too many of the terms": changed(*TERMS, "logo", to="x"),
    "name empty": changed("name", to=""),
    "name too long": changed("name", to="x" * 81),
    "name with a line feed": changed("name", to="a\nb"),
    "name reordered": changed("name", to="a\u202eb"),
    "name blank": changed("name", to=" "),
    "name with nothing to be seen": changed("name", to="\u3164"),
    "contact blank": changed("contact", to="\u2800"),
    "contact too long": changed("contact", to="x" * 201),
    "contact null": changed("contact", to=None),
    "one key for both": changed("keys", "witness", to=vectors.jwk("assertion")),
    "no witness key": changed("keys", to={"assertion": vectors.jwk("assertion")}),
    "a private key": changed("keys", "witness", to=vectors.jwk("witness") | {"d": "x"}),
    "a key with an id": changed(
        "keys", "witness", to=vectors.jwk("witness") | {"kid": "1"}
    ),
    "a key of another curve": changed(
        "keys", "witness", to=vectors.jwk("witness") | {"crv": "X25519"}
    ),
    "a key too short": changed("keys", "witness", "x", to="AAAA"),
    "a key with padding": changed(
        "keys", "witness", "x", to=vectors.jwk("witness")["x"] + "="
    ),
    **{
        f"{whose} {raw.hex()[:8]}, by which anybody signs": changed(
            "keys", whose, "x", to=vectors.base64url(raw)
        )
        for whose in ("assertion", "witness")
        for raw in SMALL_ORDER
    },
    "control elsewhere": changed("control_url", to="wss://evil.example/control"),
    "control at another port": changed("control_url", to="wss://hub.example:8443/c"),
    "control by https": changed("control_url", to="https://hub.example/control"),
    "control in the clear": changed("control_url", to="ws://hub.example/control"),
    "control with a user": changed("control_url", to="wss://u@hub.example/control"),
    "control with a fragment": changed("control_url", to="wss://hub.example/c#x"),
    "control too long": changed("control_url", to="wss://hub.example/" + "c" * 512),
    "pairing elsewhere": changed("pairing_url", to="https://hub.example.evil.example/"),
    "pairing in the clear": changed("pairing_url", to="http://hub.example/pairing"),
    "no ingest": changed("ingest_origins", to=[]),
    "too many ingests": changed("ingest_origins", to=["https://a.example"] * 9),
    "ingest with a path": changed("ingest_origins", 0, to="https://a.example/in"),
    "ingest in the clear": changed("ingest_origins", 0, to="http://a.example"),
    "ingest a number": changed("ingest_origins", 0, to=1),
    "an agreement of another hash": json.dumps(
        DOCUMENT | {"agreement": DOCUMENT["agreement"] | {"sha256": "0" * 64}}
    ).encode(),
    "an agreement without text": changed("agreement", "text", to=""),
    "an agreement too long": changed("agreement", "text", to="x" * 65_537),
    "an agreement with a tab": changed("agreement", "text", to="a\tb"),
    "a version in lines": changed("agreement", "version", to="a\nb"),
    "a term too many": changed(*TERMS, "sale", to=False),
    "no purposes": changed(*TERMS, "purposes", to=[]),
    "too many purposes": changed(
        *TERMS, "purposes", to=[{"purpose": f"p{n}", "label": "x"} for n in range(33)]
    ),
    "a purpose twice": changed(*TERMS, "purposes", to=[PURPOSE, PURPOSE]),
    "a purpose in upper case": changed(*TERMS, "purposes", 0, "purpose", to="Burglary"),
    "a purpose too long": changed(*TERMS, "purposes", 0, "purpose", to="p" * 33),
    "a purpose labelled with nothing": changed(
        *TERMS, "purposes", 0, "label", to="\ufe0f"
    ),
    "a purpose unlabelled": changed(*TERMS, "purposes", 0, to={"purpose": "burglary"}),
    "kept for ever": changed(*TERMS, "retention_days", to=36_501),
    "kept for less than nothing": changed(*TERMS, "retention_days", to=-1),
    "kept for half a day": changed(*TERMS, "retention_days", to=0.5),
    "kept for true": changed(*TERMS, "retention_days", to=True),
    "recognition a number": changed(*TERMS, "facial_recognition", to=0),
    "analytics null": changed(*TERMS, "analytics", to=None),
    "disclosed to nobody named": changed(*TERMS, "onward_disclosure", to=[""]),
    "disclosed to all": changed(*TERMS, "onward_disclosure", to="everyone"),
    "too long": written(DOCUMENT) + b" " * MAX_DISCOVERY_BYTES,
}


@pytest.mark.parametrize(("link", "origin"), INVITATIONS.items())
def test_an_invitation_says_where_and_whose_and_with_what_code(
    link: str, origin: Origin
) -> None:
    invitation = parse_invitation(link)
    assert invitation == Invitation(origin=origin, code=CODE, hub_id=KEY)
    assert invitation.typed_host == origin.host


@pytest.mark.parametrize("link", NO_INVITATIONS.values(), ids=NO_INVITATIONS)
def test_what_is_no_invitation_is_malformed(link: str) -> None:
    with pytest.raises(PairingError) as caught:
        parse_invitation(link)
    assert caught.value.problem == PairingProblem.INVITATION_MALFORMED


@pytest.mark.parametrize("scheme", ["http", "HTTP", "ws", "wss", "ftp"])
def test_an_invitation_that_is_not_https_is_named_so(scheme: str) -> None:
    with pytest.raises(PairingError) as caught:
        parse_invitation(f"{scheme}://hub.example/#{FRAGMENT}")
    assert caught.value.problem == PairingProblem.INVITATION_NOT_HTTPS


def test_an_invitation_of_another_version_is_a_newer_hubs() -> None:
    with pytest.raises(PairingError) as caught:
        parse_invitation(f"{PAGE}#v=2&offer=x")
    assert caught.value.problem == PairingProblem.HUB_TOO_NEW


@given(st.text())
def test_any_link_is_an_invitation_or_a_problem(text: str) -> None:
    for link in (text, f"https://{text}#{FRAGMENT}", f"{PAGE}#{text}"):
        try:
            invitation = parse_invitation(link)
        except PairingError:
            continue
        assert (invitation.code, invitation.hub_id) == (CODE, KEY)


def test_a_hub_is_read_as_it_describes_itself() -> None:
    agreement = DISCOVERY.agreement
    assert DISCOVERY.name == "Jackson Police Department"
    assert DISCOVERY.hub_id == KEY
    assert [str(origin) for origin in DISCOVERY.ingest_origins] == [
        "https://ingest.hub.example"
    ]
    assert [each.purpose for each in agreement.terms.purposes] == [
        "burglary",
        "welfare-check",
    ]
    assert (agreement.terms.retention_days, agreement.terms.analytics) == (30, False)


def test_a_hub_that_was_kept_reads_the_same() -> None:
    assert parse_accepted(DISCOVERY.document, origin=ORIGIN) == DISCOVERY


def test_a_hub_that_was_kept_under_a_name_of_old_is_still_read() -> None:
    kept = parse_accepted(changed("name", to=" ").decode(), origin=ORIGIN)
    assert kept.name == " "
    assert pins(kept) == pins(DISCOVERY)


def test_a_hub_says_which_revision_it_reads_or_it_reads_the_first() -> None:
    document = {each: DOCUMENT[each] for each in DOCUMENT if each != "revision"}
    said, first = discovered(written(DOCUMENT)), discovered(written(document))
    assert isinstance(said, Discovery)
    assert isinstance(first, Discovery)
    assert (said.revision, first.revision) == (2, 0)


@pytest.mark.parametrize("revision", [-1, 1.5, True, "1", None])
def test_a_revision_that_is_none_is_not_a_hubs_but_closes_no_kept_one(
    revision: Any,
) -> None:
    data = changed("revision", to=revision)
    assert discovered(data) == PairingProblem.NOT_A_HUB
    assert parse_accepted(data.decode(), origin=ORIGIN) == DISCOVERY


@pytest.mark.parametrize("data", NOT_A_HUB.values(), ids=NOT_A_HUB)
def test_what_is_not_wholly_right_is_not_a_hub(data: bytes) -> None:
    assert discovered(data) == PairingProblem.NOT_A_HUB


@pytest.mark.parametrize(
    "address", ["https://hub.example:8443", "https://evil.example"]
)
def test_a_document_from_elsewhere_is_not_the_hubs(address: str) -> None:
    answer = discovered(written(DOCUMENT), origin=parse_origin(address))
    assert answer == PairingProblem.NOT_A_HUB


def test_a_hub_that_speaks_only_newer_versions_is_too_new() -> None:
    assert discovered(b'{"versions":["2"],"new":{}}') == PairingProblem.HUB_TOO_NEW


def test_what_a_newer_hub_says_beside_what_is_accepted_is_not_looked_at() -> None:
    known, newer = discovered(written(DOCUMENT)), discovered(changed("logo", to=["x"]))
    assert isinstance(known, Discovery)
    assert newer == known


def test_a_hub_may_speak_newer_versions_too() -> None:
    assert isinstance(discovered(changed("versions", to=["1", "2"])), Discovery)


@given(mutated(DOCUMENT))
def test_nothing_in_a_hubs_document_is_overlooked(document: Any) -> None:
    answer = discovered(json.dumps(document).encode())
    if isinstance(answer, Discovery):
        assert document.keys() >= DOCUMENT.keys() - {"revision"}
        assert document["keys"] == DOCUMENT["keys"]
        assert document["agreement"] == DOCUMENT["agreement"]
        assert answer.name == document["name"]
        assert pins(answer).control_url == document["control_url"]


@given(st.binary())
def test_any_bytes_are_a_hub_or_a_problem(data: bytes) -> None:
    assert discovered(data) == PairingProblem.NOT_A_HUB


@pytest.mark.parametrize(
    "data",
    [
        changed("control_url", to="wss://hub.example/other"),
        changed("pairing_url", to="https://hub.example/other"),
        changed("ingest_origins", to=["https://other.example"]),
        changed("keys", "witness", to=vectors.jwk("log")),
        changed("keys", "assertion", to=vectors.jwk("log")),
        changed("agreement", "text", to="Footage is kept."),
        changed("agreement", "version", to="2"),
        changed(*TERMS, "analytics", to=True),
    ],
)
def test_what_an_owner_accepted_is_pinned(data: bytes) -> None:
    offered = discovered(data)
    assert isinstance(offered, Discovery)
    assert pins(offered) != pins(DISCOVERY)


@pytest.mark.parametrize("member", ["name", "contact"])
def test_how_a_hub_calls_itself_is_not_pinned(member: str) -> None:
    offered = discovered(changed(member, to="Another name"))
    assert isinstance(offered, Discovery)
    assert pins(offered) == pins(DISCOVERY)


def test_a_home_is_another_to_every_hub() -> None:
    keys = [vectors.private_key(name) for name in ("dial-in", "log")]
    receipts = [
        sign_receipt(key, DISCOVERY, key.public_key(), WATCHED_AT) for key in keys
    ]
    assert not set(receipts[0].split(".")[1:]) & set(receipts[1].split(".")[1:])
    assert log_origin(keys[0].public_key()) != log_origin(keys[1].public_key())


def test_a_known_home_accepts_anew_without_a_code() -> None:
    assert json.loads(pairing_request("token", code=None)) == {"receipt": "token"}


RECEIPT: Final = example("pairing-request").value["receipt"]
COUNTERSIGNED: Final = example("pairing-countersignature").value


def countersigned(
    *, by: str = "assertion", typ: str = "countersignature", **changes: Any
) -> str:
    return vectors.token(by, f"latchstring-{typ}+jwt", COUNTERSIGNED | changes)


@pytest.mark.parametrize(
    "token",
    [
        "",
        RECEIPT,
        countersigned(by="witness"),
        countersigned(by="dial-in"),
        countersigned(typ="pairing"),
        countersigned(iss=HUB.home_id),
        countersigned(aud=[HUB.home_id]),
        countersigned(aud=HUB.hub_id),
        countersigned(iat="now"),
        countersigned(receipt=sha256(b"another").hexdigest()),
        countersigned(more=1),
    ],
)
def test_a_receipt_is_countersigned_whole_or_not_at_all(token: str) -> None:
    with pytest.raises(PairingError) as caught:
        verify_countersignature(
            token,
            hub_key=HUB.assertion_key,
            receipt=RECEIPT,
            home_id=HUB.home_id,
            hub_id=HUB.hub_id,
        )
    assert caught.value.problem == PairingProblem.RECEIPT_INVALID


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"countersignature":1}',
        b'{"countersignature":"a","b":1}',
    ],
)
def test_an_answer_that_is_none_is_a_fault_of_the_hub(answer: bytes) -> None:
    with pytest.raises(PairingError) as caught:
        parse_pairing_response(answer)
    assert caught.value.problem == PairingProblem.HUB_FAULT


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (b'{"error":"invitation_used"}', PairingProblem.INVITATION_USED),
        (b'{"error":"home_unknown"}', PairingProblem.HOME_UNKNOWN),
        (b'{"error":"clock_skew"}', PairingProblem.CLOCK_SKEW),
        (b'{"error":"certificate_invalid"}', PairingProblem.HUB_FAULT),
        (b'{"error":"<b>no</b>"}', PairingProblem.HUB_FAULT),
        (b'{"error":null}', PairingProblem.HUB_FAULT),
        (b'{"error":"clock_skew","why":"x"}', PairingProblem.HUB_FAULT),
        (b"no", PairingProblem.HUB_FAULT),
    ],
)
def test_a_hub_refuses_in_known_words_only(
    answer: bytes, problem: PairingProblem
) -> None:
    assert parse_pairing_error(answer) == problem


def test_each_time_a_home_dials_in_with_another_token() -> None:
    key = vectors.private_key("dial-in")
    tokens = {
        dial_in_token(key, hub_id=HUB.hub_id, at=WATCHED_AT, jti=jti)
        for jti in ("a" * 16, "b" * 16)
    }
    assert len(tokens) == 2


@pytest.mark.parametrize("name", vectors.SEEDS)
def test_a_key_is_written_and_named_as_its_rfcs_say(name: str) -> None:
    key = vectors.private_key(name).public_key()
    assert jwk(key) == vectors.jwk(name)
    assert thumbprint(key) == vectors.thumbprint(name)
    assert public_key(vectors.jwk(name)) == key


@pytest.mark.parametrize("value", [None, "x", [], {}, {"x": 1}, {"x": "é"}, {"x": "A"}])
def test_what_is_no_key_is_malformed(value: Any) -> None:
    with pytest.raises(MalformedError):
        public_key(value)
