from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.relay.codec.nal import Codec
from custom_components.latchstring.relay.errors import MalformedVideoError
from custom_components.latchstring.relay.mp4.packager import Packager, Packet, Piece
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
    annex_b,
    units_of,
)


def assembly(described: bytes = b"") -> Packager:
    return Packager(Codec.H264, described, Timeline())


def packet(*units: bytes) -> Packet:
    return Packet(data=annex_b(*units), shown=None, decoded=None, lasts=None, at=1.0)


def units_in(piece: Piece | None) -> tuple[bytes, ...]:
    assert piece is not None
    [sample] = samples(piece.fragment.data)
    return sample.units


def test_nothing_comes_before_the_first_keyframe() -> None:
    made = assembly(annex_b(*SETS_360))

    assert made.add(packet(SLICE)) is None
    assert made.add(packet(REST_OF_KEY)) is None
    assert units_in(made.add(packet(KEY_SLICE))) == (KEY_SLICE,)
    assert units_in(made.add(packet(SLICE))) == (SLICE,)


def test_nothing_comes_before_the_parameter_sets_are_known() -> None:
    made = assembly()

    assert made.add(packet(KEY_SLICE)) is None
    assert made.add(packet(SETS_360[0], KEY_SLICE)) is None
    assert made.add(packet(*SETS_360, KEY_SLICE)) is not None


def test_user_data_and_delimiters_stay_home() -> None:
    piece = assembly().add(packet(DELIMITER, SEI, *SETS_360, SEI, KEY_SLICE, SEI))

    assert units_in(piece) == (*SETS_360, KEY_SLICE)


def test_an_access_unit_without_a_picture_is_left_out() -> None:
    made = assembly(annex_b(*SETS_360))
    made.add(packet(KEY_SLICE))

    assert made.add(packet(DELIMITER, SEI)) is None


def test_a_change_of_format_counts_from_the_next_keyframe() -> None:
    made = assembly(annex_b(*SETS_360))
    pieces = [
        made.add(packet(*units))
        for units in ((KEY_SLICE,), (*SETS_1080, SLICE), (KEY_SLICE,))
    ]

    assert [piece and piece.video.height for piece in pieces] == [360, 360, 1080]


def test_the_camera_s_pictures_correct_what_its_description_said() -> None:
    piece = assembly(annex_b(*SETS_1080)).add(packet(*SETS_360, KEY_SLICE))

    assert piece is not None
    assert piece.video.height == 360


def test_a_video_that_is_none_is_refused() -> None:
    with pytest.raises(MalformedVideoError):
        assembly().add(packet(b"\x67\x42", SETS_360[1], KEY_SLICE))


@given(streams=st.lists(st.lists(units_of(Codec.H264) | st.sampled_from(SETS_360))))
def test_whatever_a_camera_mixes_in_only_permitted_units_leave(
    streams: list[list[bytes]],
) -> None:
    made = assembly(annex_b(*SETS_360))
    for units in [[KEY_SLICE], *streams]:
        try:
            piece = made.add(packet(*units))
        except MalformedVideoError:
            return
        if piece is not None:
            kinds = {unit[0] & 0x1F for unit in units_in(piece)}
            assert kinds <= {1, 2, 3, 4, 5, 7, 8}
