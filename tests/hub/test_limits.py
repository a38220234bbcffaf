import asyncio
from collections.abc import Sequence
from math import nextafter

from aiohttp import WSMsgType
from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.hub.outbound import (
    MAX_BYTES,
    MAX_FRAMES,
    Frame,
    OutboundQueue,
)
from custom_components.latchstring.hub.rate_limit import RateLimit
from custom_components.latchstring.hub.timing import AttemptTiming, Backoff, until


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_every_wait_lies_between_a_second_and_five_minutes(
    chances: Sequence[float],
) -> None:
    drawn = iter(chances)
    backoff = Backoff(AttemptTiming(chance=lambda: next(drawn)))
    for _ in chances:
        assert 1 <= backoff.next() <= 300


def test_waits_grow_to_five_minutes_and_begin_anew_after_success() -> None:
    backoff = Backoff(AttemptTiming(chance=lambda: 1.0))
    waits = [backoff.next() for _ in range(9)]
    assert waits == [4, 8, 16, 32, 64, 128, 256, 300, 300]
    backoff.connected(since=0, until=59.9, served=False)
    assert backoff.next() == 300
    backoff.connected(since=0, until=60, served=False)
    assert backoff.next() == 4


def _short(backoff: Backoff, at: float) -> float:
    """Be connected for two seconds, with an answer given, and give the wait after that."""
    backoff.connected(since=at - 2, until=at, served=True)
    return backoff.next()


def test_a_hub_that_restarts_a_few_times_in_a_row_has_its_homes_back_at_once() -> None:
    backoff = Backoff(AttemptTiming(chance=lambda: 1.0))
    assert [_short(backoff, at) for at in (0, 5, 10, 15, 20)] == [4] * 5


def test_a_hub_that_hangs_up_after_each_answer_is_left_alone_like_one_that_fails() -> (
    None
):
    backoff = Backoff(AttemptTiming(chance=lambda: 1.0))
    waits, at = list[float](), 0.0
    while at < 86_400:
        waits.append(_short(backoff, at))
        at += waits[-1] + 2
    assert waits[5:8] == [8, 16, 32]
    # About as often as one that stays for a minute each time.
    assert len(waits) <= 86_400 / 45


def test_a_city_is_spread_over_the_whole_wait() -> None:
    chances = iter([0.0, 0.5, 1.0])
    backoff = Backoff(AttemptTiming(chance=lambda: next(chances)))
    waits = [backoff.longest() for _ in range(3)]
    assert waits == [1, 150.5, 300]


async def test_who_is_cancelled_in_the_very_moment_they_wait_for_leaves_no_fault() -> (
    None
):
    loop, faults = asyncio.get_running_loop(), list[object]()
    loop.set_exception_handler(lambda _loop, context: faults.append(context))
    when = loop.time() + 0.01
    waiting = asyncio.create_task(until(when))
    loop.call_at(nextafter(when, 0.0), waiting.cancel)

    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert faults == []


def test_a_hub_may_ask_a_hundred_times_at_once_and_twenty_times_a_second() -> None:
    quota = RateLimit()
    assert [quota.admits(5.0) for _ in range(101)] == [True] * 100 + [False]
    assert [quota.admits(6.0) for _ in range(21)] == [True] * 20 + [False]
    assert [quota.admits(600.0) for _ in range(101)] == [True] * 100 + [False]


@given(st.lists(st.floats(0, 10), min_size=1, max_size=500))
def test_no_pattern_gets_more_than_its_share(gaps: Sequence[float]) -> None:
    quota, at, admitted = RateLimit(), 1000.0, 0
    for gap in gaps:
        at += gap
        admitted += quota.admits(at)
    assert admitted <= 100 + 20 * (at - 1000.0) + 1e-6


def test_the_thousandth_refusal_within_a_minute_is_one_too_many() -> None:
    quota = RateLimit()
    assert sum(quota.admits(0.0) for _ in range(100 + 999)) == 100
    assert not quota.exhausted(0.0)
    assert not quota.admits(0.0)
    assert quota.exhausted(0.0)
    assert not quota.exhausted(60.1)


def test_a_hub_that_asks_half_as_much_again_is_refused_but_kept() -> None:
    quota = RateLimit()
    for tick in range(30 * 300):
        quota.admits(tick / 30)
        assert not quota.exhausted(tick / 30)


def _frame(fate: list[str], *, size: int = 0) -> Frame:
    return Frame(
        kind=WSMsgType.TEXT,
        data=bytes(size),
        sent=lambda: fate.append("sent"),
        lost=lambda: fate.append("lost"),
    )


async def test_frames_leave_in_the_order_they_came() -> None:
    outbox, frames = OutboundQueue(), [_frame([], size=size) for size in (3, 1, 2)]
    assert all(map(outbox.put, frames))
    assert [await outbox.next() for _ in frames] == frames


async def test_whoever_waits_for_a_frame_gets_the_next_one() -> None:
    outbox = OutboundQueue()
    waiting = asyncio.create_task(outbox.next())
    await asyncio.sleep(0)
    assert outbox.put(frame := _frame([]))
    assert await waiting is frame


@pytest.mark.parametrize(("size", "fits"), [(0, MAX_FRAMES), (1 << 16, 16)])
async def test_an_outbox_holds_so_many_frames_and_so_many_bytes(
    size: int, fits: int
) -> None:
    outbox, fate = OutboundQueue(), list[str]()
    taken = [outbox.put(_frame(fate, size=size)) for _ in range(fits + 1)]
    assert taken == [True] * fits + [False]
    assert fits * size <= MAX_BYTES
    await outbox.next()
    assert outbox.put(_frame(fate, size=size))
    outbox.drop()
    assert fate == ["lost"] * fits
