"""No block is ever beaten, no opening outlives its end, and unknown is never open."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.core.decision import (
    BLOCKS,
    EVER,
    MAX_STRETCHES,
    OPENINGS,
    admits,
    decide,
    mixes,
    openings_in_force,
    outlook,
)
from custom_components.latchstring.core.model import (
    NO_OPENING,
    Approval,
    Asker,
    Block,
    Facts,
    Limits,
    Opening,
    Share,
    Viewer,
    Window,
    Wish,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
DOE = Viewer(viewer_id="badge-4711", name="Officer J. Doe", agency="Jackson PD")
LEE = Viewer(viewer_id="badge-0815", name="Officer R. Lee", agency="Jackson PD")
BURGLARY = Wish(purpose="burglary", case="2026-1")
DOE_ASKS = Asker(viewer=DOE, wish=BURGLARY)
LEE_ASKS = Asker(viewer=LEE, wish=BURGLARY)
CLEAR = Facts(
    **{each.name: True for each in fields(Facts) if each.default is False}  # type: ignore[arg-type] # all of them are bool
)
CLOSING_FACT = {
    Block.FAILED: "gathered",
    Block.STORE_UNREADABLE: "store_readable",
    Block.RESTORED: "reviewed",
    Block.CLOCK_UNTRUSTED: "clock_trusted",
    Block.RECORD_UNWRITABLE: "record_writable",
    Block.AGREEMENT_CHANGED: "agreement_accepted",
    Block.HUB_PAUSED: "hub_sharing",
    Block.CAMERA_OFF: "camera_sharing",
    Block.CAMERA_CHANGED: "source_unchanged",
    Block.NEVER: "never_clear",
    Block.FACTS_NOT_READY: "ready",
}

moments = st.integers(-200, 200).map(lambda minutes: NOON + timedelta(minutes=minutes))


@st.composite
def windows(draw: st.DrawFn) -> Window:
    start = draw(moments)
    return Window(start=start, end=start + timedelta(minutes=draw(st.integers(1, 90))))


shares = st.builds(
    lambda openings: share(*openings), st.frozensets(st.sampled_from(Opening))
)
approvals = st.builds(
    Approval,
    request=st.just("r"),
    viewer=st.sampled_from([DOE, LEE]),
    wish=st.just(BURGLARY),
    window=windows(),
    once=st.booleans(),
    used_by=st.none() | st.just("a session"),
)
opened = st.builds(
    replace,
    st.just(CLEAR),
    schedule=st.lists(windows(), max_size=4).map(tuple),
    alarm=st.none() | windows(),
    owner=st.none() | windows(),
    approvals=st.lists(approvals, max_size=3).map(tuple),
)
askers = st.none() | st.sampled_from(
    [DOE_ASKS, LEE_ASKS, replace(DOE_ASKS, session="a session")]
)


def share(*openings: Opening, limits: Limits = Limits()) -> Share:  # noqa: B008 - frozen
    return Share(
        share_id="s",
        camera="c",
        camera_id="i",
        label="Porch",
        openings=frozenset(openings),
        limits=limits,
    )


def closed_by(facts: Facts, *blocks: Block) -> Facts:
    """The same facts but for what closes by these blocks."""
    closing: dict[str, Any] = {CLOSING_FACT[block]: False for block in blocks}
    return replace(facts, **closing)


def window(start: int, end: int) -> Window:
    """From so many minutes after noon to so many."""
    return Window(
        start=NOON + timedelta(minutes=start), end=NOON + timedelta(minutes=end)
    )


def approval(*, once: bool = False, used_by: str | None = None) -> Approval:
    """What Doe was allowed a minute ago, for a quarter of an hour."""
    return Approval(
        request="r",
        viewer=DOE,
        wish=BURGLARY,
        window=window(-1, 14),
        once=once,
        used_by=used_by,
    )


def test_the_table_names_every_block_and_every_opening_once_in_their_order() -> None:
    assert [block for block, _ in BLOCKS] == list(Block)
    assert [opening for opening, _ in OPENINGS] == list(Opening)
    assert set(CLOSING_FACT) == set(Block)


@pytest.mark.parametrize("block", Block)
def test_each_block_closes_by_its_own_fact_and_is_the_one_named(block: Block) -> None:
    facts = closed_by(CLEAR, block)

    decision = decide(share(Opening.ALWAYS), facts, DOE_ASKS, NOON)

    assert not decision.open
    assert decision.reason is block


@pytest.mark.parametrize(
    ("openings", "facts", "asker", "reason", "until"),
    [
        ({Opening.ALWAYS}, CLEAR, None, Opening.ALWAYS, None),
        (
            {Opening.SCHEDULE},
            replace(CLEAR, schedule=(window(-60, 30), window(60, 90))),
            None,
            Opening.SCHEDULE,
            window(0, 30).end,
        ),
        (
            {Opening.ALARM},
            replace(CLEAR, alarm=window(-1, 14)),
            None,
            Opening.ALARM,
            window(0, 14).end,
        ),
        (
            set(),
            replace(CLEAR, owner=window(-1, 14)),
            None,
            Opening.OWNER,
            window(0, 14).end,
        ),
        (
            set(),
            replace(
                CLEAR,
                approvals=(approval(),),
            ),
            DOE_ASKS,
            Opening.APPROVAL,
            window(0, 14).end,
        ),
    ],
)
def test_each_opening_opens_until_its_end(
    openings: set[Opening],
    facts: Facts,
    asker: Asker | None,
    reason: Opening,
    until: datetime | None,
) -> None:
    decision = decide(share(*openings), facts, asker, NOON)

    assert (decision.open, decision.reason, decision.until) == (True, reason, until)


@pytest.mark.parametrize(
    "facts",
    [
        replace(CLEAR, schedule=(window(-60, 30),)),
        replace(CLEAR, alarm=window(-1, 14)),
    ],
)
def test_what_the_owner_did_not_choose_for_a_camera_does_not_open_it(
    facts: Facts,
) -> None:
    assert decide(share(), facts, DOE_ASKS, NOON).reason == NO_OPENING


def test_an_approval_opens_for_its_viewer_and_nobody_else() -> None:
    facts = replace(CLEAR, approvals=(approval(),))

    assert decide(share(), facts, DOE_ASKS, NOON).open
    assert not decide(share(), facts, LEE_ASKS, NOON).open
    assert not decide(share(), facts, None, NOON).open


@pytest.mark.parametrize(
    "wish", [Wish(purpose="welfare-check", case="2026-1"), replace(BURGLARY, case=None)]
)
def test_an_approval_opens_for_what_was_asked_and_nothing_else(wish: Wish) -> None:
    facts = replace(CLEAR, approvals=(approval(),))

    assert not decide(share(), facts, replace(DOE_ASKS, wish=wish), NOON).open


@pytest.mark.parametrize(
    ("used_by", "session", "is_open"),
    [
        (None, None, True),
        (None, "one", False),
        ("one", None, False),
        ("one", "one", True),
        ("one", "another", False),
    ],
)
def test_one_look_is_the_one_session_s_that_it_admitted(
    used_by: str | None, session: str | None, *, is_open: bool
) -> None:
    facts = replace(CLEAR, approvals=(approval(once=True, used_by=used_by),))

    decision = decide(share(), facts, replace(DOE_ASKS, session=session), NOON)

    assert decision.open is is_open


@given(shares, st.sets(st.sampled_from(Block), min_size=1), opened, askers, moments)
def test_no_block_is_ever_beaten(
    share: Share, blocks: set[Block], facts: Facts, asker: Asker | None, at: datetime
) -> None:
    blocked = closed_by(facts, *blocks)

    decision = decide(share, blocked, asker, at)

    assert not decision.open
    assert decision.reason == min(blocks, key=list(Block).index)


@given(shares, askers, moments)
def test_what_nobody_established_never_opens(
    share: Share, asker: Asker | None, at: datetime
) -> None:
    assert not decide(share, Facts(), asker, at).open


@given(shares, opened, askers, moments)
def test_no_opening_outlives_its_end(
    share: Share, facts: Facts, asker: Asker | None, at: datetime
) -> None:
    decision = decide(share, facts, asker, at)

    if decision.open and decision.reason is not Opening.ALWAYS:
        assert decision.until is not None
        assert decision.until > at
        after = decide(share, facts, asker, decision.until)
        assert not after.open or after != decision


@given(shares, opened, askers, moments)
def test_every_refusal_has_its_reason(
    share: Share, facts: Facts, asker: Asker | None, at: datetime
) -> None:
    decision = decide(share, facts, asker, at)

    assert decision.open == isinstance(decision.reason, Opening)


@given(shares, opened, askers, moments, st.integers(1, 400))
def test_nothing_turns_before_the_next_change(
    share: Share, facts: Facts, asker: Asker | None, at: datetime, seconds: int
) -> None:
    decision = decide(share, facts, asker, at)
    later = at + timedelta(seconds=seconds)
    if decision.next_change is None or later < decision.next_change:
        assert decide(share, facts, asker, later) == decision


@given(shares, opened, askers, moments)
def test_an_outlook_agrees_with_each_decision_in_it(
    share: Share, facts: Facts, asker: Asker | None, at: datetime
) -> None:
    week = Window(start=at, end=at + timedelta(days=7))

    stretches = outlook(share, facts, asker, week)

    assert stretches[0].window.start == week.start
    assert stretches[-1].window.end == week.end
    for before, after in pairwise(stretches):
        assert before.window.end == after.window.start
    for stretch in stretches:
        middle = stretch.window.start + (stretch.window.end - stretch.window.start) / 2
        assert decide(share, facts, asker, middle) == stretch.decision


def test_an_outlook_has_an_end_whatever_the_schedule() -> None:
    many = tuple(window(2 * each, 2 * each + 1) for each in range(MAX_STRETCHES))
    facts = replace(CLEAR, schedule=many)

    assert len(outlook(share(Opening.SCHEDULE), facts, None, EVER)) <= MAX_STRETCHES


@pytest.mark.parametrize(
    ("limits", "wish", "watching", "today", "admitted"),
    [
        (Limits(), Wish(purpose="burglary", case=None), 0, 999, True),
        (Limits(viewers=2), Wish(purpose="burglary", case=None), 2, 0, False),
        (Limits(sessions_a_day=3), Wish(purpose="burglary", case=None), 0, 3, False),
        (Limits(case_required=True), Wish(purpose="burglary", case=None), 0, 0, False),
        (Limits(case_required=True), Wish(purpose="burglary", case="1"), 0, 0, True),
        (
            Limits(purposes=frozenset({"welfare-check"})),
            Wish(purpose="burglary", case=None),
            0,
            0,
            False,
        ),
    ],
)
def test_a_share_admits_within_its_limits(
    limits: Limits, wish: Wish, *, watching: int, today: int, admitted: bool
) -> None:
    assert (
        admits(share(limits=limits), wish, watching=watching, today=today) is admitted
    )


@given(st.lists(st.sampled_from(Opening)))
def test_always_never_counts_beside_another_opening(chosen: list[Opening]) -> None:
    standing = openings_in_force(chosen)

    assert Opening.ALWAYS not in standing or standing == {Opening.ALWAYS}
    assert standing - {Opening.ALWAYS} == {*chosen} - {Opening.ALWAYS}
    assert mixes(chosen) is (standing != {*chosen})
