from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.relay.codec.access_unit import AccessUnit
from custom_components.latchstring.relay.codec.nal import Codec, ParameterSets
from custom_components.latchstring.relay.errors import MalformedVideoError
from custom_components.latchstring.relay.mp4.packager import (
    PackagedFragment,
    Packager,
)
from custom_components.latchstring.relay.mp4.timeline import Timeline

from .boxes import samples
from .units import (
    DELIMITER,
    KEY_SLICE,
    REST_OF_KEY,
    SEI,
    SETS_360,
    SETS_1080,
    SLICE,
    units_of,
)

RECOVERY_POINT = b"\x06\x06\x01\xc4\x80"


def packager(described: ParameterSets = ()) -> Packager:
    return Packager(Codec.H264, described, Timeline())


def packet(*units: bytes) -> AccessUnit:
    return AccessUnit(units=list(units), pts=None, at=1.0, after=0.5)


def units_in(packaged: PackagedFragment | None) -> tuple[bytes, ...]:
    assert packaged is not None
    [sample] = samples(packaged.fragment.data)
    return sample.units


def test_nothing_comes_before_the_first_keyframe() -> None:
    made = packager(SETS_360)

    assert made.add(packet(SLICE)) is None
    assert made.add(packet(REST_OF_KEY)) is None
    assert units_in(made.add(packet(KEY_SLICE))) == (KEY_SLICE,)
    assert units_in(made.add(packet(SLICE))) == (SLICE,)


def test_nothing_comes_before_the_parameter_sets_are_known() -> None:
    made = packager()

    assert made.add(packet(KEY_SLICE)) is None
    assert made.add(packet(SETS_360[0], KEY_SLICE)) is None
    assert made.add(packet(*SETS_360, KEY_SLICE)) is not None


def test_user_data_and_delimiters_stay_home() -> None:
    packaged = packager().add(packet(DELIMITER, SEI, *SETS_360, SEI, KEY_SLICE, SEI))

    assert units_in(packaged) == (*SETS_360, KEY_SLICE)


def test_an_access_unit_without_a_picture_is_left_out() -> None:
    made = packager(SETS_360)
    made.add(packet(KEY_SLICE))

    assert made.add(packet(DELIMITER, SEI)) is None


def test_a_change_of_format_counts_from_the_next_keyframe() -> None:
    made = packager(SETS_360)
    fragments = [
        made.add(packet(*units))
        for units in ((KEY_SLICE,), (*SETS_1080, SLICE), (KEY_SLICE,))
    ]

    assert [packaged and packaged.video.height for packaged in fragments] == [
        360,
        360,
        1080,
    ]


def test_the_camera_s_pictures_correct_what_its_description_said() -> None:
    packaged = packager(SETS_1080).add(packet(*SETS_360, KEY_SLICE))

    assert packaged is not None
    assert packaged.video.height == 360


def test_a_fragment_says_when_it_was_whole_and_since_when_it_came_in() -> None:
    packaged = packager(SETS_360).add(packet(KEY_SLICE))

    assert packaged is not None
    assert (packaged.fragment.at, packaged.after) == (1.0, 0.5)


@pytest.mark.parametrize(
    ("units", "code"),
    [((SLICE,), "keyframes_rare"), ((RECOVERY_POINT, SLICE), "no_full_picture")],
)
def test_what_is_missing_for_a_picture_is_told_apart(
    units: tuple[bytes, ...], code: str
) -> None:
    made = packager(SETS_360)

    made.add(packet(*units))

    assert made.has_received
    assert made.missing == code


def test_a_video_that_is_none_is_refused() -> None:
    with pytest.raises(MalformedVideoError):
        packager().add(packet(b"\x67\x42", SETS_360[1], KEY_SLICE))


@given(streams=st.lists(st.lists(units_of(Codec.H264) | st.sampled_from(SETS_360))))
def test_whatever_a_camera_mixes_in_only_permitted_units_leave(
    streams: list[list[bytes]],
) -> None:
    made = packager(SETS_360)
    for units in [[KEY_SLICE], *streams]:
        try:
            packaged = made.add(packet(*units))
        except MalformedVideoError:
            return
        if packaged is not None:
            kinds = {unit[0] & 0x1F for unit in units_in(packaged)}
            assert kinds <= {1, 2, 3, 4, 5, 7, 8}
