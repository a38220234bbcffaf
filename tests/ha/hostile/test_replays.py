"""What was said once is worth nothing the second time: not at once, not later, not on the next connection."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
import json
from typing import Any, Final

import pytest

from tests.ha.watching import SHARING, turn_off, watch
from tests.reference_hub import Forgery, Opened
from tests.reference_hub.jose import unverified
from tests.reference_hub.wire import new_id

from .honest import to_ask, to_watch, written
from .house import House, code_of, difference

type Params = dict[str, Any]
type Meanwhile = Callable[[House, Params], Awaitable[None]]

REPLAYED: Final = "assertion_replayed"
DUPLICATE: Final = "session_duplicate"


def used(params: Params) -> str:
    """Give the jti that a message used up."""
    jti: str = unverified(params["assertion"])["jti"]
    return jti


def replays_of_watching(house: House, params: Params) -> Mapping[str, tuple[str, str]]:
    """Write all that uses something of an admitted session again, with the code of each."""
    again = Forgery(claims={"jti": used(params)})
    anew = Forgery(params={name: params[name] for name in ("session", "ingest")})
    return {
        "the same message": (written("session.open", params), REPLAYED),
        "the same under another id": (written("session.open", params, 7), REPLAYED),
        "its jti for another session": (
            written("session.open", to_watch(house, again)),
            REPLAYED,
        ),
        "its jti for a request": (
            written("request.open", to_ask(house, again)),
            REPLAYED,
        ),
        "its jti for no camera at all": (
            written("session.open", house.hub.session_params(new_id(), forgery=again)),
            REPLAYED,
        ),
        "its session with a new assertion": (
            written("session.open", to_watch(house, anew)),
            DUPLICATE,
        ),
    }


def replays_of_asking(house: House, params: Params) -> Mapping[str, tuple[str, str]]:
    """Write all that uses something of a request again, with the code of each."""
    again = Forgery(claims={"jti": used(params)})
    anew = Forgery(params={"request": params["request"]})
    return {
        "the same message": (written("request.open", params), REPLAYED),
        "its jti for another request": (
            written("request.open", to_ask(house, again)),
            REPLAYED,
        ),
        "its jti to watch": (written("session.open", to_watch(house, again)), REPLAYED),
        "its request with a new assertion": (
            written("request.open", to_ask(house, anew)),
            DUPLICATE,
        ),
    }


async def at_once(_house: House, _params: Params) -> None:
    """Replay while the first is still what it was."""


async def reconnected(house: House, _params: Params) -> None:
    """Come back on another connection."""
    await house.hub.disconnect()
    await house.comes_back()
    await house.is_quiet()


async def closed_by_the_hub(house: House, params: Params) -> None:
    """End the session, and let all be said about it."""
    await house.hub.request("session.close", {"session": params["session"]})
    await house.ended(params["session"])


async def switched_off(house: House, params: Params) -> None:
    """Let the owner close the camera."""
    await turn_off(house.hass, SHARING)
    await house.hub.camera_is("closed")
    await house.ended(params["session"])


async def loaded_anew(house: House, params: Params) -> None:
    """Forget all that is in memory."""
    assert await house.hass.config_entries.async_reload(house.entry.entry_id)
    await house.hub.home_connected()
    await house.hub.camera_is("open")  # which it says last


async def admitted(house: House, params: Params) -> Opened:
    """Send this very message, and be shown the camera."""
    opened = await house.hub.open_session(house.camera, forgery=Forgery(params=params))
    assert isinstance(opened, Opened), opened
    await house.hub.fragments(opened.carried_by, 3)
    return opened


@pytest.mark.parametrize(
    "meanwhile", [at_once, reconnected, closed_by_the_hub, switched_off, loaded_anew]
)
async def test_a_session_is_opened_once_whatever_became_of_it(
    house: House, meanwhile: Meanwhile
) -> None:
    params = to_watch(house)
    await admitted(house, params)
    await meanwhile(house, params)
    replays = replays_of_watching(house, params)

    codes = {name: await house.refuses(frame) for name, (frame, _) in replays.items()}

    assert codes == {name: [code] for name, (_, code) in replays.items()}


@pytest.mark.parametrize("meanwhile", [at_once, reconnected, loaded_anew])
async def test_a_request_is_made_once_whatever_became_of_it(
    house: House, meanwhile: Meanwhile
) -> None:
    params = to_ask(house)
    assert "result" in await house.hub.request("request.open", params)
    await meanwhile(house, params)
    replays = replays_of_asking(house, params)

    codes = {name: await house.refuses(frame) for name, (frame, _) in replays.items()}

    assert codes == {name: [code] for name, (_, code) in replays.items()}
    await house.still_serves()


async def test_of_many_at_the_same_time_one_is_admitted(house: House) -> None:
    params = to_watch(house)
    replays = replays_of_watching(house, params)

    opened, said = await asyncio.gather(
        admitted(house, params),
        house.told(*(frame for frame, _ in replays.values())),
    )

    codes = sorted(code_of(each) for each in said if '"result"' not in each)
    assert codes == sorted(code for _, code in replays.values())
    assert opened.carried_by == opened.session == params["session"]
    await house.shows_on(opened.session)


async def test_what_was_refused_used_nothing_up(house: House) -> None:
    params = to_watch(house)
    unpinned = {**params["ingest"], "url": "https://127.0.0.1/in"}
    frame = written("session.open", {**params, "ingest": unpinned})
    assert await house.refuses(frame) == ["assertion_mismatch"]

    await admitted(house, params)


async def test_closing_a_session_before_it_is_opened_closes_nothing(
    house: House,
) -> None:
    params = to_watch(house)
    before = await house.snapshot()
    await house.hub.request("session.close", {"session": params["session"]})
    assert difference(before, await house.snapshot()) == {}

    await admitted(house, params)


async def test_a_session_closed_while_it_is_opened_shows_nothing(house: House) -> None:
    params = to_watch(house)

    said = await house.told(
        written("session.open", params, "open"),
        written("session.close", {"session": params["session"]}, "close"),
    )

    answers = {each.get("id"): each for each in map(json.loads, said)}
    assert answers["close"]["result"] == {}
    assert answers["open"]["error"]["message"] == "not_available"
    assert house.hub.uploads == 0
    await house.still_serves()


async def test_a_session_is_closed_by_its_whole_name(house: House) -> None:
    opened = await watch(house.hub)
    for name in (opened.session[:-1], opened.session.swapcase(), house.camera):
        await house.hub.request("session.close", {"session": name})

    await house.shows_on(opened.session)
