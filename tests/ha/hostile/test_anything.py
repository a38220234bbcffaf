"""Whatever a hub sends is answered by a code we know, changes nothing and opens nothing."""

from collections.abc import AsyncIterator, Mapping
import json
from typing import Any, Final

from hypothesis import HealthCheck, assume, given, settings, strategies as st
import pytest

from tests.core.mutations import anything, mutated
from tests.ha.watching import watch
from tests.reference_hub import Forgery
from tests.reference_hub.jose import unverified
from tests.reference_hub.wire import parse_json

from .honest import checkpoint, cosigned, receipt, request, to_ask, to_watch
from .house import House

SHARED_HOUSE: Final = settings(
    max_examples=250,
    derandomize=True,  # the same hostility on every machine
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,  # meant so: one home bears it all
        HealthCheck.too_slow,
    ],
)
CODES: Final = frozenset(
    {
        "message_malformed",
        "request_invalid",
        "method_unknown",
        "params_invalid",
        "assertion_invalid",
        "assertion_expired",
        "assertion_mismatch",
        "purpose_unknown",
        "cosignature_invalid",
        "receipt_invalid",
    }
)
BOUND: Final = ("iss", "aud", "camera", "purpose", "iat", "exp")
"""What no assertion can say otherwise and still be true of its message."""

TEXT: Final = st.text(st.characters(codec="utf-8"))


@pytest.fixture
async def over(house: House) -> AsyncIterator[str]:
    """A session that is over, while another is watched through everything, and after it."""
    session = (await house.still_serves()).session
    watched = await watch(house.hub)
    yield session
    await house.shows_on(watched.session)


@pytest.fixture
async def note(house: House) -> str:
    return await checkpoint(house)


def honest(house: House, over: str, note: str) -> dict[str, dict[str, Any]]:
    """Make one right message of each kind that would change something."""
    params = {
        "session.open": to_watch(house),
        "request.open": to_ask(house),
        "checkpoint.cosigned": {"checkpoint": cosigned(house, note)},
        "receipt": receipt(house, over),
    }
    return {method: request(method, each) for method, each in params.items()}


def means(message: Any) -> Any:
    """Give what a message says, whatever it is called."""
    if not isinstance(message, dict):
        return message
    return {name: value for name, value in message.items() if name != "id"}


def is_answer(text: str) -> bool:
    """Say whether this is an answer, to which there is none."""
    try:
        message = parse_json(text)
    except ValueError:
        return False
    return (
        isinstance(message, dict)
        and "method" not in message
        and not message.keys().isdisjoint({"result", "error"})
    )


async def bears(house: House, frames: list[str]) -> None:
    """Send them all at once, and see that the home is as it was."""
    answers = sum(not is_answer(frame) for frame in frames)
    codes = await house.refuses(*frames, answers=answers)
    assert len(codes) == answers
    assert set(codes) <= CODES


@SHARED_HOUSE
@given(frames=st.lists(TEXT | anything.map(json.dumps), min_size=1, max_size=4))
async def test_whatever_text_or_json_it_is(
    house: House, over: str, frames: list[str]
) -> None:
    await bears(house, frames)


@SHARED_HOUSE
@given(data=st.data())
async def test_whatever_one_member_becomes(
    house: House, over: str, note: str, data: st.DataObject
) -> None:
    right = honest(house, over, note)
    methods = data.draw(
        st.lists(st.sampled_from(sorted(right)), min_size=1, max_size=4)
    )
    spoilt = [data.draw(mutated(right[method])) for method in methods]
    for method, message in zip(methods, spoilt, strict=True):
        assume(means(message) != means(right[method]))

    await bears(house, [json.dumps(message) for message in spoilt])


@SHARED_HOUSE
@given(data=st.data())
async def test_whatever_stands_in_place_of_some_characters(
    house: House, over: str, note: str, data: st.DataObject
) -> None:
    right = honest(house, over, note)
    message = right[data.draw(st.sampled_from(sorted(right)))]
    text = json.dumps(message)
    begin = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(begin, min(begin + 40, len(text))))
    spoilt = text[:begin] + data.draw(TEXT) + text[end:]
    assume(not says_the_same(spoilt, message))

    await bears(house, [spoilt])


def says_the_same(text: str, message: Mapping[str, Any]) -> bool:
    try:
        return bool(means(parse_json(text)) == means(message))
    except ValueError:
        return False


@SHARED_HOUSE
@given(data=st.data())
async def test_whatever_the_hub_signs_instead(
    house: House, over: str, data: st.DataObject
) -> None:
    make = data.draw(st.sampled_from([to_watch, to_ask]))
    claims = unverified(make(house)["assertion"])
    claim = data.draw(st.sampled_from(sorted({*claims, "extra"} & {*BOUND, "extra"})))
    value = data.draw(anything)
    assume(value is not None)  # which stands for no claim at all
    assume(json.dumps(value) != json.dumps(claims.get(claim)))
    forged = make(house, Forgery(claims={claim: value}))
    method = "session.open" if make is to_watch else "request.open"

    await bears(house, [json.dumps(request(method, forged))])


@SHARED_HOUSE
@given(data=st.data())
async def test_whatever_is_done_to_a_token(
    house: House, over: str, data: st.DataObject
) -> None:
    params = to_watch(house)
    token = params["assertion"]
    at = data.draw(st.integers(0, len(token)))
    spoilt = (
        token[:at] + data.draw(TEXT) + token[data.draw(st.integers(at, len(token))) :]
    )
    assume(spoilt != token)
    frame = json.dumps(request("session.open", {**params, "assertion": spoilt}))

    await bears(house, [frame])
