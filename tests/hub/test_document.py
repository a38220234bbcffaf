"""The document's own examples, read as this hub reads messages."""

from pathlib import Path
import re
from typing import Any

import pytest

from . import Agency, messages, shapes
from .dial_in import CLAIMS
from .pairing import RECEIPT, REQUEST
from .presence import Presence
from .store import Store
from .wire import canonical, parse_json

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
    store.close()
    assert _members(presence.document()) == _members(parse_json(text))


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
