"""A message that is not wholly right is refused by its code, and nothing comes of it."""

from collections.abc import Iterator, Mapping
import json
from typing import Any, Final

import pytest

from tests.ha.watching import watch
from tests.reference_hub import Opened

from .honest import checkpoint, cosigned, receipt, request, to_ask, to_watch, written
from .house import House

type Messages = Mapping[str, dict[str, Any]]

MALFORMED: Final = "message_malformed"
NO_REQUEST: Final = "request_invalid"
UNKNOWN: Final = "method_unknown"
WRONG: Final = "params_invalid"

ABSENT: Final = object()

NO_TEXTS: Final[tuple[Any, ...]] = (ABSENT, None, True, 1, 1.5, [], {}, ["x"])
NO_IDS: Final = (*NO_TEXTS, "", "x" * 15, "x" * 65, "x" * 15 + "é", "x" * 16 + "\n")
NO_MINUTES: Final[tuple[Any, ...]] = (
    ABSENT,
    None,
    True,
    "15",
    15.0,
    15.5,
    0,
    61,
    -1,
    2**53,
    [],
    {},
)
NO_NUMBERS: Final[tuple[Any, ...]] = (
    ABSENT,
    None,
    True,
    "1",
    1.0,
    2**53,
    [],
    {},
)
NO_SIZES: Final = (*NO_NUMBERS, 0, -1)
NO_OBJECTS: Final[tuple[Any, ...]] = (ABSENT, None, True, 1, "x", [], {})

WRONG_PARAMS: Final[Mapping[str, Mapping[str, tuple[Any, ...]]]] = {
    "session.open": {
        "session": NO_IDS,
        "camera": NO_IDS,
        "assertion": NO_TEXTS,
        "ingest": NO_OBJECTS,
        "ingest.url": (*NO_TEXTS, "x" * 513),
        "ingest.token": NO_IDS,
        "ingest.extra": ("x",),
        "extra": ("x", None),
    },
    "session.close": {"session": NO_IDS, "extra": ("x",)},
    "request.open": {
        "request": NO_IDS,
        "camera": NO_IDS,
        "minutes": NO_MINUTES,
        "assertion": NO_TEXTS,
        "extra": ("x",),
    },
    "checkpoint.cosigned": {
        "checkpoint": (*NO_TEXTS, "x" * 4097),
        "extra": ("x",),
    },
    "checkpoint.consistency": {
        "from_size": NO_SIZES,
        "to_size": (*NO_SIZES, 99),
        "extra": ("x",),
    },
    "checkpoint.refused": {
        "size": (*NO_NUMBERS, -1),
        "reason": (*NO_TEXTS, "", "not_liked"),
        "extra": ("x",),
    },
    "receipt": {"session": NO_IDS, "receipt": NO_TEXTS, "extra": ("x",)},
}
"""By method and member, what it cannot be."""

WRONG_ENVELOPES: Final[Mapping[str, tuple[dict[str, Any], str]]] = {
    "no id": ({"id": ABSENT}, NO_REQUEST),
    "an id of null": ({"id": None}, NO_REQUEST),
    "an id that is true": ({"id": True}, NO_REQUEST),
    "an id with a fraction": ({"id": 1.0}, NO_REQUEST),
    "an id below zero": ({"id": -1}, NO_REQUEST),
    "an id too high": ({"id": 2**53}, NO_REQUEST),
    "an empty id": ({"id": ""}, NO_REQUEST),
    "an id too long": ({"id": "x" * 65}, NO_REQUEST),
    "a list for an id": ({"id": ["41"]}, NO_REQUEST),
    "no version": ({"jsonrpc": ABSENT}, NO_REQUEST),
    "another version": ({"jsonrpc": "1.0"}, NO_REQUEST),
    "a version that is a number": ({"jsonrpc": 2.0}, NO_REQUEST),
    "no method": ({"method": ABSENT}, NO_REQUEST),
    "a method that is no text": ({"method": 1}, NO_REQUEST),
    "a member too many": ({"extra": "x"}, NO_REQUEST),
    "an answer as well": ({"result": {}}, NO_REQUEST),
    "no params": ({"params": ABSENT}, WRONG),
    "params of null": ({"params": None}, WRONG),
    "params in a list": ({"params": []}, WRONG),
    "params of text": ({"params": "x"}, WRONG),
    "a method of the home's": ({"method": "cameras"}, UNKNOWN),
    "an end that the home says": ({"method": "session.ended"}, UNKNOWN),
    "a method in another case": ({"method": "Session.Open"}, UNKNOWN),
    "a method with a blank": ({"method": "session.open "}, UNKNOWN),
    "a method that opens": ({"method": "camera.open"}, UNKNOWN),
    "a method of Python": ({"method": "__class__"}, UNKNOWN),
    "a method without a name": ({"method": ""}, UNKNOWN),
}
"""What is changed around a request that is right otherwise."""

NO_MESSAGES: Final = {
    "nothing": ("", MALFORMED),
    "a word": ("hello", MALFORMED),
    "half a message": ('{"jsonrpc": "2.0", "id": "41"', MALFORMED),
    "a trailing comma": ('{"id": "41",}', MALFORMED),
    "a number that is none": ('{"id": NaN}', MALFORMED),
    "a byte order mark": ("\ufeff{}", MALFORMED),
    "as deep as it is long": ("[" * 65_536, MALFORMED),
    "objects as deep": ('{"a":' * 13_000, MALFORMED),
    "an object": ("{}", NO_REQUEST),
    "a text": ('"session.open"', NO_REQUEST),
    "a number": ("41", NO_REQUEST),
    "null": ("null", NO_REQUEST),
    "an empty batch": ("[]", NO_REQUEST),
}

ANSWERS: Final = (
    {"jsonrpc": "2.0", "id": "41", "result": {}},
    {"jsonrpc": "2.0", "id": 41, "result": None},
    {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "x"}},
    {"error": "x"},
)


@pytest.fixture
async def watched(house: House) -> Opened:
    """A viewer who watches already, and whom no message may disturb."""
    return await watch(house.hub)


@pytest.fixture
async def messages(house: House, watched: Opened) -> Messages:
    """One right message of each kind, about things that are there."""
    over = await house.still_serves()
    return {
        "session.open": to_watch(house),
        "session.close": {"session": watched.session},
        "request.open": to_ask(house),
        "checkpoint.cosigned": {"checkpoint": cosigned(house, await checkpoint(house))},
        "checkpoint.consistency": {"from_size": 1, "to_size": 2},
        "checkpoint.refused": {"size": 2, "reason": "not_signed"},
        "receipt": receipt(house, over.session),
    }


def changed(params: Mapping[str, Any], path: str, value: object) -> dict[str, Any]:
    """Put another value (or none) in one member's place."""
    name, _, rest = path.partition(".")
    if rest:
        value = changed(params[name], rest, value)
    return without_absent({**params, name: value})


def without_absent(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not ABSENT}


def wrong_params(messages: Messages) -> Iterator[tuple[str, str]]:
    """Write every message that has one wrong member, with what is wrong."""
    for method, members in WRONG_PARAMS.items():
        for path, values in members.items():
            for value in values:
                shown = "nothing" if value is ABSENT else repr(value)[:20]
                params = changed(messages[method], path, value)
                yield f"{method}: {path} {shown}", written(method, params)


def doubled(messages: Messages) -> Iterator[tuple[str, str]]:
    """Write every message with one member twice, the first time with a wrong value."""
    for method, params in messages.items():
        text = written(method, params)
        for member in ("jsonrpc", "id", "method", "params", *params):
            twice = text.replace(f'"{member}": ', f'"{member}": "x", "{member}": ', 1)
            yield f"{method}: {member} twice", twice
        by_escape = text.replace('"id": ', '"id": 1, "\\u0069d": ', 1)
        yield f"{method}: id twice, once by escape", by_escape


async def refused(house: House, frames: Mapping[str, str]) -> dict[str, str]:
    """Send them one by one, and give the code each is answered with."""
    return {
        name: " ".join(await house.refuses(frame)) for name, frame in frames.items()
    }


async def test_each_message_that_is_spoiled_here_would_be_taken_as_it_is(
    house: House, messages: Messages
) -> None:
    for method, params in messages.items():
        assert "result" in await house.hub.request(method, params), method
    opened = {"session": messages["session.open"]["session"]}
    assert "result" in await house.hub.request("session.close", opened)


async def test_no_member_can_be_missing_or_of_another_form_or_length(
    house: House, watched: Opened, messages: Messages
) -> None:
    frames = dict(wrong_params(messages))

    codes = await refused(house, frames)

    assert len(frames) > 100
    assert codes == dict.fromkeys(frames, WRONG)
    await house.shows_on(watched.session)


async def test_a_member_twice_makes_it_no_message(
    house: House, watched: Opened, messages: Messages
) -> None:
    frames = dict(doubled(messages))

    codes = await refused(house, frames)

    assert codes == dict.fromkeys(frames, MALFORMED)
    await house.shows_on(watched.session)


@pytest.mark.parametrize("method", WRONG_PARAMS)
async def test_what_is_no_request_is_named_so_whatever_it_holds(
    house: House, watched: Opened, messages: Messages, method: str
) -> None:
    right = request(method, messages[method])
    frames = {
        name: json.dumps(without_absent({**right, **changes}))
        for name, (changes, _) in WRONG_ENVELOPES.items()
    }
    batch = {"a batch of one": json.dumps([right])}
    notification = {name: right[name] for name in ("jsonrpc", "method", "params")}
    hidden = {"a batch in a batch": json.dumps([[right, notification]])}

    codes = await refused(house, frames | batch | hidden)

    expected = {name: code for name, (_, code) in WRONG_ENVELOPES.items()}
    several = dict.fromkeys((*batch, *hidden), NO_REQUEST)
    assert codes == expected | several
    await house.shows_on(watched.session)


async def test_what_is_no_json_is_no_message(house: House, watched: Opened) -> None:
    codes = await refused(
        house, {name: text for name, (text, _) in NO_MESSAGES.items()}
    )

    assert codes == {name: code for name, (_, code) in NO_MESSAGES.items()}
    await house.shows_on(watched.session)


async def test_an_answer_to_nothing_is_answered_with_nothing(
    house: House, watched: Opened
) -> None:
    frames = [json.dumps(each) for each in ANSWERS]

    assert await house.refuses(*frames, answers=0) == []
    await house.shows_on(watched.session)
