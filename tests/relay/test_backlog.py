from collections.abc import Iterator
from itertools import pairwise

from custom_components.latchstring.relay.mp4.packager import PackagedFragment
from custom_components.latchstring.relay.sources.ffmpeg.backlog import Backlog

from .footage import FRAME, GOP, VIDEO, footage

LIMIT = 4 * 1024 * 1024


def fragments(*, size: int, begin: int = 0) -> Iterator[PackagedFragment]:
    for fragment in footage(size=size, begin=begin):
        yield PackagedFragment(video=VIDEO, fragment=fragment, after=0)


def test_only_the_first_of_many_has_to_be_told() -> None:
    backlog = Backlog()
    source = fragments(size=100)

    assert [backlog.put(next(source)) for _ in range(3)] == [True, False, False]
    assert len(backlog.take()) == 3
    assert backlog.put(next(source))


def test_a_loop_that_lags_costs_a_bounded_amount_of_memory() -> None:
    backlog = Backlog()
    source = fragments(size=100_000)
    for _ in range(200):
        backlog.put(next(source))

    kept = backlog.take()
    assert sum(len(packaged.fragment.data) for packaged in kept) <= LIMIT
    assert [packaged.fragment.decode_time for packaged in kept] == [
        n * FRAME for n in range(len(kept))
    ]


def test_after_a_gap_it_goes_on_at_a_keyframe() -> None:
    backlog = Backlog()
    source = fragments(size=100_000, begin=GOP // 2)
    for _ in range(60):
        backlog.put(next(source))
    before = list(backlog.take())
    for _ in range(GOP):
        backlog.put(next(source))
    after = list(backlog.take())

    whole = [*before, *after]
    gaps = [
        later
        for earlier, later in pairwise(whole)
        if later.fragment.decode_time != earlier.fragment.decode_time + FRAME
    ]
    assert [packaged.fragment.keyframe for packaged in gaps] == [True]


def test_a_picture_larger_than_the_limit_still_gets_through() -> None:
    backlog = Backlog()
    source = fragments(size=LIMIT)

    backlog.put(next(source))
    backlog.put(next(source))

    assert len(backlog.take()) == 1
