from hypothesis import given, strategies as st

from custom_components.latchstring.relay.codec.nal import Codec
from custom_components.latchstring.relay.mp4.fragment import (
    SampleTiming,
    fragment,
    restamped,
)

from .boxes import samples, walk
from .units import KEY_SLICE, units_of

UNITS = st.lists(units_of(Codec.H264), min_size=1)
TIMINGS = st.builds(
    SampleTiming,
    decode_time=st.integers(0, 2**63),
    offset=st.integers(-(2**31), 2**31 - 1),
    duration=st.integers(0, 2**32 - 1),
)


@given(units=UNITS, keyframe=st.booleans(), timing=TIMINGS)
def test_a_player_reads_what_was_wrapped(
    units: list[bytes], *, keyframe: bool, timing: SampleTiming
) -> None:
    made = fragment(units, keyframe=keyframe, timing=timing, at=1.0)

    [sample] = samples(made.data)
    assert sample.units == tuple(units)
    assert sample.is_sync is keyframe is made.keyframe
    assert sample.decode_time == made.decode_time == timing.decode_time
    assert sample.duration == made.duration == timing.duration
    assert sample.offset == timing.offset


@given(units=UNITS, timing=TIMINGS)
def test_a_fragment_is_two_boxes_of_known_content(
    units: list[bytes], timing: SampleTiming
) -> None:
    made = fragment(units, keyframe=True, timing=timing, at=1.0)

    paths = ["/".join(path) for path, _ in walk(made.data)]
    assert paths == [
        "moof",
        "moof/mfhd",
        "moof/traf",
        "moof/traf/tfhd",
        "moof/traf/tfdt",
        "moof/traf/trun",
        "mdat",
    ]
    assert made.data.index(b"mdat") == 104 + 4


@given(
    timing=TIMINGS,
    sequence=st.integers(0, 2**32 - 1),
    decode_time=st.integers(0, 2**64 - 1),
)
def test_restamping_changes_the_count_and_the_time_and_nothing_else(
    timing: SampleTiming, sequence: int, decode_time: int
) -> None:
    made = fragment([KEY_SLICE], keyframe=True, timing=timing, at=1.0)

    stamped = restamped(made.data, sequence=sequence, decode_time=decode_time)

    [sample] = samples(stamped)
    assert (sample.sequence, sample.decode_time) == (sequence, decode_time)
    assert restamped(stamped, sequence=1, decode_time=timing.decode_time) == made.data
