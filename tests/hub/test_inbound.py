import asyncio
from collections.abc import Sequence
from dataclasses import replace
import json
import time
from typing import Any

import pytest

from custom_components.latchstring.core.errors import ErrorCode, ProtocolError
from custom_components.latchstring.core.messages import Empty, HubMessage, Result
from tests.hub.home import QUICK, Home, connected, control_task, name
from tests.loop_clock import LoopClock, run_by
from tests.reference_hub import Authority, ReferenceHub

A, B, C, D = (f"s-{letter * 16}" for letter in "abcd")


def _request(session: str, key: str | int = "41") -> str:
    return json.dumps(
        {
            "jsonrpc": "2.0",
            "id": key,
            "method": "session.close",
            "params": {"session": session},
        }
    )


def _answers(hub: ReferenceHub) -> list[dict[str, Any]]:
    return [
        each.message
        for each in hub.transcript
        if each.direction == "from home" and "id" in each.message
    ]


async def _answered(hub: ReferenceHub, count: int) -> list[dict[str, Any]]:
    await hub.changes.until(lambda: len(_answers(hub)) >= count)
    return _answers(hub)


class Held:
    """Keeps the answers it is told to back until it is told to let go."""

    def __init__(self, *sessions: str) -> None:
        self._sessions = sessions
        self.let_go = asyncio.Event()

    async def __call__(self, message: HubMessage) -> Result:
        if name(message) in self._sessions:
            await self.let_go.wait()
        return Empty()


async def test_media_may_start_when_the_answer_is_with_the_network(
    hub: ReferenceHub,
) -> None:
    home = Home()
    async with connected(hub, home):
        await hub.send_raw(_request(A))
        await home.until(f"answered {A}")
        assert await _answered(hub, 1) == [{"jsonrpc": "2.0", "id": "41", "result": {}}]
        assert home.events == ["connected", f"asked {A}", f"answered {A}"]
    assert hub.faults == []


async def test_an_answer_that_takes_its_time_holds_up_no_other(
    hub: ReferenceHub,
) -> None:
    held = Held(A)
    home = Home(held)
    async with connected(hub, home):
        await hub.send_raw(_request(A, 1))
        await hub.send_raw(_request(B, 2))
        await home.until(f"answered {B}")
        assert f"answered {A}" not in home.events
        held.let_go.set()
        await home.until(f"answered {A}")
        answers = await _answered(hub, 2)
        assert [answer["id"] for answer in answers] == [2, 1]


async def test_requests_are_looked_at_in_the_order_they_came(
    hub: ReferenceHub,
) -> None:
    home = Home(Held())
    async with connected(hub, home):
        for number in range(50):
            await hub.send_raw(_request(f"s-{number:016}", number))
        answers = await _answered(hub, 50)
        asked = [event for event in home.events if event.startswith("asked")]
        assert asked == [f"asked s-{number:016}" for number in range(50)]
        assert [answer["id"] for answer in answers] == list(range(50))


async def test_an_answer_never_follows_its_hub_to_the_next_connection(
    hub: ReferenceHub,
) -> None:
    held = Held(A)
    home = Home(held)
    async with connected(hub, home):
        await hub.send_raw(_request(A))
        await home.until(f"asked {A}")
        await hub.disconnect()
        await home.times("connected", 2)
        held.let_go.set()
        await home.until(f"unanswered {A}")
        await hub.home_connected()
        await hub.send_raw(_request(B, 2))
        assert [answer["id"] for answer in await _answered(hub, 1)] == [2]
        assert f"answered {A}" not in home.events


async def test_a_refusal_never_follows_its_hub_to_the_next_connection(
    hub: ReferenceHub,
) -> None:
    async def refuse(_message: HubMessage) -> Result:
        raise ProtocolError(ErrorCode.NOT_AVAILABLE)

    home = Home(refuse)
    async with connected(hub, home):
        await hub.send_raw(_request(A, 1))
        await home.until(f"asked {A}")
        await hub.disconnect()
        await home.times("connected", 2)
        await hub.home_connected()
        await hub.send_raw(_request(B, 2))
        assert [answer["id"] for answer in await _answered(hub, 1)] == [2]


async def test_what_is_being_answered_when_the_home_leaves_is_unanswered(
    hub: ReferenceHub,
) -> None:
    home = Home(Held(A))
    async with connected(hub, home) as control:
        await hub.send_raw(_request(A))
        await home.until(f"asked {A}")
        await control.async_close()
        assert home.events[1:] == [
            f"asked {A}",
            f"unanswered {A}",
            "disconnected",
        ]
        assert _answers(hub) == []


async def test_an_answer_still_queued_when_the_connection_ends_is_unanswered(
    hub: ReferenceHub,
) -> None:
    async def hang_up_and_answer(_message: HubMessage) -> Result:
        control_task().cancel()
        return Empty()

    home = Home(hang_up_and_answer)
    async with connected(hub, home):
        await hub.send_raw(_request(A))
        await home.until("disconnected")
        await hub.home_disconnected()
        assert home.events[1:] == [f"asked {A}", f"unanswered {A}", "disconnected"]
        assert _answers(hub) == []


async def test_what_fails_unforeseen_is_refused_like_what_is_closed(
    hub: ReferenceHub, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(_message: HubMessage) -> Result:
        raise ZeroDivisionError

    home = Home(fail)
    async with connected(hub, home):
        await hub.send_raw(_request(A))
        [answer] = await _answered(hub, 1)
        assert answer["error"] == {"code": -32020, "message": "not_available"}
        assert home.events == ["connected", f"asked {A}", f"unanswered {A}"]
        assert home.refusals == [ErrorCode.NOT_AVAILABLE]
    assert "could not be answered" in caplog.text


@pytest.mark.parametrize("code", sorted(set(ErrorCode) - {ErrorCode.NOT_AVAILABLE}))
async def test_an_error_that_speaks_of_the_message_itself_comes_at_once(
    hub: ReferenceHub, code: ErrorCode
) -> None:
    async def refuse(_message: HubMessage) -> Result:
        raise ProtocolError(code)

    home = Home(refuse)
    async with connected(hub, home):
        await hub.send_raw(_request(A))
        [answer] = await _answered(hub, 1)
        assert answer["error"]["message"] == code
        assert home.refusals == [code]
        assert hub.transcript[-1].monotonic < home.received[A] + QUICK.refusal


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("no JSON", "message_malformed"),
        ("[]", "request_invalid"),
        (f"[{_request(A)}]", "request_invalid"),
        ('{"jsonrpc": "2.0", "method": "session.close"}', "request_invalid"),
        ('{"jsonrpc": "2.0", "id": "x", "method": "camera.open"}', "method_unknown"),
        (_request("short"), "params_invalid"),
    ],
)
async def test_a_malformed_request_is_answered_and_counted_and_asks_nobody(
    hub: ReferenceHub, text: str, code: str
) -> None:
    home = Home()
    async with connected(hub, home):
        await hub.send_raw(text)
        [answer] = await _answered(hub, 1)
        assert answer["error"]["message"] == code
        assert home.refusals == [ErrorCode(code)]
        assert home.events == ["connected"]


async def test_an_answer_to_nothing_is_counted_and_answered_with_nothing(
    hub: ReferenceHub,
) -> None:
    home = Home()
    async with connected(hub, home):
        await hub.send_raw('{"jsonrpc": "2.0", "id": 1, "result": {}}')
        await hub.send_raw('{"jsonrpc": "2.0", "id": 2, "error": 5}')
        await hub.send_raw(_request(A, 3))
        assert [answer["id"] for answer in await _answered(hub, 1)] == [3]
        assert home.refusals == [ErrorCode.REQUEST_INVALID] * 2


async def _refuse_for_any_reason(message: HubMessage) -> Result:
    """Refuse at once, after a turn of the loop, after the disk, or by a fault."""
    match name(message):
        case "s-bbbbbbbbbbbbbbbb":
            await asyncio.sleep(0)
        case "s-cccccccccccccccc":
            await asyncio.to_thread(time.sleep, 0.05)
        case "s-dddddddddddddddd":
            raise ZeroDivisionError
    raise ProtocolError(ErrorCode.NOT_AVAILABLE)


def test_every_refusal_comes_half_a_second_after_the_request_whatever_its_reason(
    authority: Authority,
) -> None:
    clockwork, home = LoopClock(), Home(_refuse_for_any_reason)

    async def ask() -> None:
        async with ReferenceHub(authority) as hub, connected(hub, home):
            sessions = {"1": A, "2": B, "3": C, "4": D}
            for key, session in sessions.items():
                await hub.send_raw(_request(session, key))
            answers = await _answered(hub, 4)
            assert [answer["id"] for answer in answers] == list(sessions)
            assert len({json.dumps(answer["error"]) for answer in answers}) == 1
            for each in hub.transcript:
                if each.direction == "from home" and "id" in each.message:
                    session = sessions[each.message["id"]]
                    assert each.monotonic >= home.received[session] + 0.5

    run_by(clockwork, ask())
    assert QUICK.refusal == 0.5
    due = [received + 0.5 for received in home.received.values()]
    assert len(due) == 4
    assert set(due) <= set(clockwork.moments)


def test_no_more_than_a_hundred_requests_are_under_way(authority: Authority) -> None:
    clockwork = LoopClock()

    async def ask() -> None:
        sessions = [f"s-{number:016}" for number in range(100)]
        held = Held(*sessions)
        home = Home(held)
        patient = replace(QUICK, silence=1000.0)
        async with ReferenceHub(authority) as hub, connected(hub, home, timing=patient):
            await _ask_all(hub, sessions)
            await home.until(f"asked {sessions[-1]}")
            clockwork.jump(6.0)  # the quota is whole again, the answers still wait
            answer = await hub.request("session.close", {"session": A})
            assert answer["error"]["message"] == "quota_exceeded"
            held.let_go.set()
            await home.until(f"answered {sessions[-1]}")
            answer = await hub.request("session.close", {"session": A})
            assert answer["result"] == {}

    run_by(clockwork, ask())


async def _ask_all(hub: ReferenceHub, sessions: Sequence[str]) -> None:
    for number, session in enumerate(sessions):
        await hub.send_raw(_request(session, number))
