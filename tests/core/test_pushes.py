"""Phones are told often enough to know, and never so often that a hub could silence them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.core.pushes import (
    A_HUB,
    A_PHONE,
    PUSHES,
    QUIET,
    Allowance,
    AllowanceUsage,
    Budget,
    Digest,
    Kind,
    Looks,
)

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
THREE_AN_HOUR = Allowance(most=3, within=HOUR)

type Move = tuple[int, Kind, bool]
"""Seconds that pass, what comes up, and whether something that was begun ends instead."""

MOVES = st.lists(
    st.tuples(st.integers(0, 1200), st.sampled_from(Kind), st.booleans()), max_size=300
)


def drive(budget: Budget, moves: Sequence[Move]) -> dict[Kind, list[datetime]]:
    """Tell whatever there is room for; give when there was a message."""
    at, mark_sent = NOON, {kind: list[datetime]() for kind in Kind}
    open_ones = dict.fromkeys(Kind, 0)
    for seconds, kind, is_end in moves:
        at += timedelta(seconds=seconds)
        if is_end and open_ones[kind]:
            budget.finish(kind, at, is_sent=True)
            open_ones[kind] -= 1
        elif not is_end and budget.has_room(kind, at):
            budget.begin(kind, at)
            open_ones[kind] += PUSHES[kind] - 1
        else:
            continue
        mark_sent[kind].append(at)
    return mark_sent


@pytest.mark.parametrize("allowances", [A_HUB, A_PHONE])
@given(moves=MOVES)
def test_whatever_a_hub_does_there_are_never_more_messages_than_the_budget_holds(
    allowances: dict[Kind, Allowance], moves: list[Move]
) -> None:
    for kind, mark_sent in drive(Budget(allowances), moves).items():
        allowance = allowances[kind]
        for last in mark_sent:
            within = [
                each for each in mark_sent if last - allowance.within < each <= last
            ]
            assert len(within) <= allowance.most


@pytest.mark.parametrize("hubs", [1, 2, 5, 100])
@given(moves=MOVES)
def test_whatever_a_hub_does_it_leaves_the_others_their_parts(
    hubs: int, moves: list[Move]
) -> None:
    part = Budget(A_PHONE, among=lambda: hubs)
    for kind, mark_sent in drive(part, moves).items():
        most = max(PUSHES[kind], A_PHONE[kind].most // hubs)
        assert len(mark_sent) <= most * (1 + len(moves) * 1200 // 86_400)
        if mark_sent:
            again = part.next_room(kind, mark_sent[-1])
            assert again <= mark_sent[-1] + timedelta(days=1)


@pytest.mark.parametrize("kind", Kind)
def test_one_of_each_kind_has_room_in_the_smallest_part(kind: Kind) -> None:
    part = Budget(A_PHONE, among=lambda: 1000)
    assert part.has_room(kind, NOON)

    part.begin(kind, NOON)

    assert not part.has_room(kind, NOON)


def test_a_phone_keeps_most_of_its_relays_messages_for_others() -> None:
    assert sum(each.most for each in A_HUB.values()) == 19
    assert sum(each.most for each in A_PHONE.values()) == 150


def test_what_was_begun_can_always_be_ended() -> None:
    budget = Budget(A_HUB)
    begun = 0
    while budget.has_room(Kind.LOOK, NOON):
        budget.begin(Kind.LOOK, NOON)
        begun += 1
    assert begun == 5

    later = NOON + timedelta(minutes=40)
    for _ in range(begun):
        budget.finish(Kind.LOOK, later, is_sent=True)
    assert not budget.has_room(Kind.LOOK, NOON + HOUR - timedelta(seconds=1))
    assert budget.has_room(Kind.LOOK, NOON + HOUR)


def test_an_end_that_is_not_told_leaves_room_for_others() -> None:
    budget = Budget(A_HUB)
    while budget.has_room(Kind.QUESTION, NOON):
        budget.begin(Kind.QUESTION, NOON)

    budget.finish(Kind.QUESTION, NOON, is_sent=False)
    budget.finish(Kind.QUESTION, NOON, is_sent=False)

    assert budget.has_room(Kind.QUESTION, NOON)


def test_looking_does_not_silence_a_question() -> None:
    budget = Budget(A_HUB)
    while budget.has_room(Kind.LOOK, NOON):
        budget.begin(Kind.LOOK, NOON)

    assert budget.has_room(Kind.QUESTION, NOON)
    assert budget.has_room(Kind.DIGEST, NOON)


def test_it_says_when_there_is_room_again() -> None:
    budget = Budget(A_HUB)
    assert budget.next_room(Kind.LOOK, NOON) == NOON
    moments = [NOON + timedelta(minutes=each) for each in range(5)]
    for each in moments:
        budget.begin(Kind.LOOK, each)
    again = budget.next_room(Kind.LOOK, moments[-1])

    assert again == moments[1] + HOUR
    assert not budget.has_room(Kind.LOOK, again - timedelta(seconds=1))
    assert budget.has_room(Kind.LOOK, again)


def test_what_is_promised_may_be_all_there_is() -> None:
    spent = AllowanceUsage(THREE_AN_HOUR)
    spent.promise(3)

    assert spent.next_room(1, NOON) == NOON + HOUR


def test_a_clock_that_is_set_back_silences_nobody_for_longer_than_the_budget() -> None:
    spent = AllowanceUsage(THREE_AN_HOUR)
    for _ in range(3):
        spent.spend(NOON + timedelta(days=3650))

    assert spent.left(NOON) == 0
    assert spent.left(NOON + HOUR) == 3


def test_the_first_look_of_a_viewer_at_a_camera_is_sent_and_the_next_ones_are_not() -> (
    None
):
    looks = Looks[object]()
    assert looks.is_first(("Doe", "porch"), NOON)
    looks.mark_sent(("Doe", "porch"), NOON)

    soon = NOON + QUIET - timedelta(seconds=1)
    assert not looks.is_first(("Doe", "porch"), soon)
    assert looks.is_first(("Doe", "yard"), soon)
    assert looks.is_first(("Lee", "porch"), soon)
    assert looks.is_first(("Doe", "porch"), NOON + QUIET)
    assert looks.is_first(("Doe", "porch"), NOON - HOUR)


def test_what_was_told_long_ago_is_forgotten() -> None:
    looks = Looks[object]()
    looks.mark_sent(("Doe", "porch"), NOON)
    looks.mark_sent(("Lee", "porch"), NOON + QUIET)

    assert looks.is_first(("Doe", "porch"), NOON)


def test_what_is_counted_is_sent_together_once() -> None:
    looks = Looks[object]()
    assert looks.due is None
    assert looks.take() is None
    for minutes in (1, 2, 3):
        looks.count("porch", NOON + timedelta(minutes=minutes))
    looks.count("yard", NOON + timedelta(minutes=4))

    began = NOON + timedelta(minutes=1)
    assert looks.due == began + QUIET
    assert looks.take() == Digest(since=began, looks={"porch": 3, "yard": 1})
    assert looks.take() is None
    assert looks.due is None
