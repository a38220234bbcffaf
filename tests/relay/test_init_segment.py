import re

from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.relay.codec.nal import Codec, parameter_sets
from custom_components.latchstring.relay.errors import MalformedVideoError
from custom_components.latchstring.relay.mp4.init_segment import (
    VideoFormat,
    video_format,
)

from .boxes import walk
from .units import SETS_360, SETS_1080, SETS_HEVC, avcc, units_of

EVERY_BOX = {
    "avc1": [
        "ftyp",
        "moov",
        "moov/mvhd",
        "moov/trak",
        "moov/trak/tkhd",
        "moov/trak/mdia",
        "moov/trak/mdia/mdhd",
        "moov/trak/mdia/hdlr",
        "moov/trak/mdia/minf",
        "moov/trak/mdia/minf/vmhd",
        "moov/trak/mdia/minf/dinf",
        "moov/trak/mdia/minf/dinf/dref",
        "moov/trak/mdia/minf/dinf/dref/url ",
        "moov/trak/mdia/minf/stbl",
        "moov/trak/mdia/minf/stbl/stsd",
        "moov/trak/mdia/minf/stbl/stsd/avc1",
        "moov/trak/mdia/minf/stbl/stsd/avc1/avcC",
        "moov/trak/mdia/minf/stbl/stts",
        "moov/trak/mdia/minf/stbl/stsc",
        "moov/trak/mdia/minf/stbl/stsz",
        "moov/trak/mdia/minf/stbl/stco",
        "moov/mvex",
        "moov/mvex/trex",
    ]
}
EVERY_BOX["hvc1"] = [
    path.replace("avc1", "hvc1").replace("avcC", "hvcC") for path in EVERY_BOX["avc1"]
]
FORMATS = {
    "avc1.42C01E": video_format(Codec.H264, SETS_360),
    "avc1.4D4028": video_format(Codec.H264, SETS_1080),
    "hvc1.1.6.L120.90": video_format(Codec.H265, SETS_HEVC),
}


@pytest.mark.parametrize("name", FORMATS)
def test_an_init_segment_is_one_video_track_and_not_a_box_more(name: str) -> None:
    paths = ["/".join(path) for path, _ in walk(FORMATS[name].init)]

    assert paths == EVERY_BOX[name[:4]]


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_named_by_rfc_6381(name: str) -> None:
    assert FORMATS[name].codec == name


def test_every_word_in_an_init_segment_is_the_format_s_own() -> None:
    words = {
        word
        for path, content in walk(FORMATS["avc1.42C01E"].init)
        if path[-1] != "avcC"
        for word in re.findall(rb"[ -~]{4,}", content)
    }
    assert words == {b"iso6", b"iso6cmf2", b"vide", b"video"}


def test_an_init_segment_holds_of_the_camera_s_own_words_its_parameter_sets() -> None:
    [configuration] = [
        content
        for path, content in walk(FORMATS["avc1.42C01E"].init)
        if path[-1] == "avcC"
    ]
    assert configuration == avcc(SETS_360)


def test_no_format_can_be_told_without_the_picture_s_parameter_set() -> None:
    with pytest.raises(MalformedVideoError):
        video_format(Codec.H264, SETS_360[1:])


@pytest.mark.parametrize(
    "sets",
    [
        (SETS_360[0] + b"\xff" * 65_536, SETS_360[1]),
        (SETS_360[0], SETS_360[1] + b"\xff" * 65_536),
        (SETS_360[0], *(SETS_360[1] + bytes((number,)) for number in range(1, 256))),
    ],
    ids=["of a long picture", "of a long coding", "too many"],
)
def test_parameter_sets_beyond_all_measure_are_refused_unread(
    sets: tuple[bytes, ...],
) -> None:
    with pytest.raises(MalformedVideoError):
        video_format(Codec.H264, sets)


@given(data=st.data(), codec=st.sampled_from(Codec))
def test_whatever_sets_come_the_boxes_hold_or_the_video_is_refused(
    data: st.DataObject, codec: Codec
) -> None:
    known = SETS_360 if codec is Codec.H264 else SETS_HEVC
    units = data.draw(st.lists(units_of(codec) | st.sampled_from(known)))
    try:
        video = video_format(codec, parameter_sets(codec, units))
    except MalformedVideoError:
        return
    assert isinstance(video, VideoFormat)
    assert ["/".join(path) for path, _ in walk(video.init)] == EVERY_BOX[
        video.codec[:4]
    ]
