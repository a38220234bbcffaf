"""The document's own examples, read as this hub reads messages."""

from datetime import UTC, datetime
from pathlib import Path
import re
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
import pytest

from . import Agency, messages, shapes
from .dial_in import CLAIMS
from .jose import sign, thumbprint
from .note import cosign, open_checkpoint
from .pairing import RECEIPT, REQUEST
from .presence import Presence
from .store import Store
from .tree import check_inclusion, leaf_hash
from .wire import canonical, digest, from_b64, parse_json

DOCUMENT = (
    Path(__file__).parents[2]
    / "custom_components"
    / "latchstring"
    / "core"
    / "protocol.md"
).read_text("utf-8")
EXAMPLES = re.findall(r"```json ([a-z._-]+)\n(.*?)```", DOCUMENT, re.DOTALL)


def _examples(name: str) -> list[str]:
    return [text for found, text in EXAMPLES if found == name]


def test_every_message_of_a_home_is_understood() -> None:
    methods = {messages.read(text)["method"] for text in _examples("home-to-hub")}
    assert methods == set(messages.FROM_HOME)


@pytest.mark.parametrize(
    "method",
    [
        "session.open",
        "session.close",
        "request.open",
        "checkpoint.cosigned",
        "checkpoint.consistency",
        "checkpoint.refused",
        "receipt",
    ],
)
def test_every_answer_of_a_home_is_understood(method: str) -> None:
    (text,) = _examples(f"{method}-result")
    assert messages.result_fits(method, messages.read(text)["result"])


def test_the_errors_are_the_documents() -> None:
    (text,) = _examples("error")
    assert messages.read(text)["error"]["message"] == "not_available"
    table = re.findall(r"\| (-32\d+) \| `(\w+)`", DOCUMENT)
    assert {int(number): code for number, code in table} == messages.NUMBERS


@pytest.mark.parametrize(
    ("name", "shape"),
    [("pairing-request", REQUEST), ("pairing-receipt", RECEIPT), ("dial-in", CLAIMS)],
)
def test_what_a_home_signs_has_the_documents_shape(
    name: str, shape: shapes.Shape
) -> None:
    (text,) = _examples(name)
    assert shape(parse_json(text))


def test_what_the_hub_says_has_the_members_of_the_examples() -> None:
    """Members are compared, at every depth; what they hold is another test's."""
    (text,) = _examples("discovery")
    store = Store(None)
    presence = Presence(store, Agency())
    document = presence.document()
    store.close()
    assert _members(document) == _members(parse_json(text))


def _members(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _members(member) for name, member in value.items()}
    if isinstance(value, list):
        return _members(value[0])
    return type(value)


DAMAGED = [
    lambda message: message.pop("jsonrpc"),
    lambda message: message.update(extra=1),
    lambda message: message["params"].update(extra=1),
    lambda message: message["params"].pop(next(iter(message["params"]))),
    lambda message: message.update(params=[]),
    lambda message: message.update(method="something.else"),
]


@pytest.mark.parametrize("damage", DAMAGED)
@pytest.mark.parametrize("text", _examples("home-to-hub"))
def test_a_message_with_anything_wrong_is_wrong_as_a_whole(
    text: str, damage: Any
) -> None:
    message = parse_json(text)
    damage(message)
    with pytest.raises(messages.NotAMessage):
        messages.read(canonical(message).decode())


@pytest.mark.parametrize("text", _examples("home-to-hub"))
def test_what_a_newer_home_says_more_is_not_looked_at(text: str) -> None:
    message = parse_json(text)
    message["params"]["extra"] = {"any": 1}
    for camera in message["params"].get("cameras", ()):
        if isinstance(camera, dict):
            camera["extra"] = 1
    assert messages.read_of_newer(canonical(message).decode()) == message
    message["method"] = "something.else"
    assert messages.read_of_newer(canonical(message).decode()) is None
    message["extra"] = 1
    with pytest.raises(messages.NotAMessage):
        messages.read_of_newer(canonical(message).decode())


# The examples are signed with known keys, so what the hub signs must be the same.


def _key(use: str) -> Ed25519PrivateKey:
    found = re.search(rf"\| `{use}` \| `([0-9a-f]{{64}})`", DOCUMENT)
    assert found is not None
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(found[1]))


def _example(name: str) -> Any:
    return parse_json(_examples(name)[0])


@pytest.mark.parametrize(
    ("claims", "typ", "message", "member"),
    [
        ("viewer-assertion", "latchstring-viewer+jwt", "session.open", "assertion"),
        ("request-assertion", "latchstring-request+jwt", "request.open", "assertion"),
        ("hub-receipt", "latchstring-receipt+jwt", "receipt", "receipt"),
    ],
)
def test_a_token_is_signed_as_the_document_signs_it(
    claims: str, typ: str, message: str, member: str
) -> None:
    token = sign(_key("assertion"), typ, _example(claims))
    params = {each["method"]: each["params"] for each in _from_hub()}
    assert token == params[message][member]


def _from_hub() -> list[Any]:
    return [parse_json(text) for text in _examples("hub-to-home")]


def test_a_countersignature_is_signed_as_the_document_signs_it() -> None:
    typ = "latchstring-countersignature+jwt"
    claims = _example("pairing-countersignature")
    assert claims["receipt"] == digest(_example("pairing-request")["receipt"])
    token = sign(_key("assertion"), typ, claims)
    assert token == _example("pairing-response")["countersignature"]


def test_a_checkpoint_is_cosigned_as_the_document_cosigns_it() -> None:
    (shown,) = (
        messages.read(text)["params"]["checkpoint"]
        for text in _examples("home-to-hub")
        if '"checkpoint"' in text.partition("params")[0]
    )
    (expected,) = (
        each["params"]["checkpoint"]
        for each in _from_hub()
        if each["method"] == "checkpoint.cosigned"
    )
    hub_id = thumbprint(_key("assertion").public_key())
    at = datetime(2026, 11, 21, 18, 9, 45, tzinfo=UTC)
    assert cosign(shown, hub_id, _key("witness"), int(at.timestamp())) == expected


@pytest.mark.parametrize("name", ["session.open-result", "session.ended"])
def test_a_proof_of_the_document_holds(name: str) -> None:
    said = [*_examples("session.open-result"), *_examples("home-to-hub")]
    (text,) = (
        text
        for text in said
        if '"proof"' in text and ("ended" in text) == ("ended" in name)
    )
    message = messages.read(text)
    proof = (message.get("result") or message["params"])["proof"]
    checkpoint = open_checkpoint(
        proof["checkpoint"], proof["origin"], _key("log").public_key()
    )
    check_inclusion(
        leaf_hash(from_b64(proof["salt"]), from_b64(proof["content"])),
        proof["index"],
        checkpoint.size,
        checkpoint.root,
        [from_b64(each) for each in proof["inclusion"]],
    )
