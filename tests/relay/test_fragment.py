from hypothesis import given, strategies as st

from custom_components.latchstring.relay.fragment import Moment, fragment, restamped
from custom_components.latchstring.relay.nal import Codec

from .boxes import samples, walk
from .units import KEY_SLICE, units_of

UNITS = st.lists(units_of(Codec.H264), min_size=1)
MOMENTS = st.builds(
    Moment,
    decode_time=st.integers(0, 2**63),
    offset=st.integers(-(2**31), 2**31 - 1),
    duration=st.integers(0, 2**32 - 1),
)


@given(units=UNITS, keyframe=st.booleans(), moment=MOMENTS)
def test_a_player_reads_what_was_wrapped(
    units: list[bytes], *, keyframe: bool, moment: Moment
) -> None:
    made = fragment(units, keyframe=keyframe, moment=moment)

    [sample] = samples(made.data)
    assert sample.units == tuple(units)
    assert sample.is_sync is keyframe is made.keyframe
    assert sample.decode_time == made.decode_time == moment.decode_time
    assert sample.duration == made.duration == moment.duration
    assert sample.offset == moment.offset


@given(units=UNITS, moment=MOMENTS)
def test_a_fragment_is_two_boxes_of_known_content(
    units: list[bytes], moment: Moment
) -> None:
    made = fragment(units, keyframe=True, moment=moment)

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
    moment=MOMENTS,
    sequence=st.integers(0, 2**32 - 1),
    decode_time=st.integers(0, 2**64 - 1),
)
def test_restamping_changes_the_count_and_the_time_and_nothing_else(
    moment: Moment, sequence: int, decode_time: int
) -> None:
    made = fragment([KEY_SLICE], keyframe=True, moment=moment)

    stamped = restamped(made.data, sequence=sequence, decode_time=decode_time)

    [sample] = samples(stamped)
    assert (sample.sequence, sample.decode_time) == (sequence, decode_time)
    assert restamped(stamped, sequence=1, decode_time=moment.decode_time) == made.data
