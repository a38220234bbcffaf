"""Taking an upload apart."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
import struct

from hypothesis import given, strategies as st
import pytest

from .cmaf import Fragment, Init, NotCmaf, Splitter, _hevc
from .sample_video import KEYFRAME_EVERY, sample_images, sample_video, taken_at

PARTS = list(islice(sample_video(), 20))
VIDEO = b"".join(PARTS)


def test_an_image_says_when_it_came_unless_it_says_no_time() -> None:
    init, (image, other) = sample_images([20, 200])
    at = datetime(2026, 11, 21, 18, 4, 5, tzinfo=UTC)
    data = init + taken_at(image, at.timestamp()) + taken_at(other, 1.0)
    _, first, second = Splitter().feed(data)
    assert isinstance(first, Fragment)
    assert isinstance(second, Fragment)
    assert (first.taken_at, second.taken_at) == (at, None)
    assert first.keyframe
    assert second.keyframe


def test_a_time_that_never_comes_is_none() -> None:
    assert (
        Fragment(data=b"", keyframe=True, decode_time=2**64 - 1, offset=0).taken_at
        is None
    )


def test_a_picture_is_shown_as_much_later_than_it_is_decoded_as_it_says() -> None:
    picture = Fragment(data=b"", keyframe=True, decode_time=1 << 47, offset=45_000)
    before = replace(picture, offset=0)
    assert picture.taken_at is not None
    assert before.taken_at is not None
    assert picture.taken_at - before.taken_at == timedelta(seconds=0.5)


def test_an_upload_is_split_into_the_parts_that_were_sent() -> None:
    parts = list(Splitter().feed(VIDEO))
    assert [part.data for part in parts] == PARTS
    init, *fragments = parts
    assert isinstance(init, Init)
    assert init.codec.startswith("avc1.42")
    pictures = [part for part in fragments if isinstance(part, Fragment)]
    keyframes = [at for at, part in enumerate(pictures) if part.keyframe]
    assert keyframes == [0, KEYFRAME_EVERY]
    times = [part.decode_time for part in pictures]
    assert times == sorted(times)


@given(st.lists(st.integers(0, len(VIDEO)), max_size=30))
def test_it_does_not_matter_how_the_network_cut_it(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(VIDEO)]
    splitter = Splitter()
    parts = [
        part.data
        for start, end in pairwise(edges)
        for part in splitter.feed(VIDEO[start:end])
    ]
    assert parts == PARTS


@given(st.integers(0, len(VIDEO) - 1), st.binary(min_size=1, max_size=8))
def test_damage_is_noticed_or_passed_on_and_nothing_else_happens(
    at: int, damage: bytes
) -> None:
    damaged = VIDEO[:at] + damage + VIDEO[at + len(damage) :]
    try:
        parts = b"".join(part.data for part in Splitter().feed(damaged))
    except NotCmaf:
        return
    assert damaged.startswith(parts)


@pytest.mark.parametrize(
    "data",
    [
        b"\0\0\0\x10styp" + bytes(8),
        b"\0\0\0\x08moof\0\0\0\x08mdat",
        b"\0\0\0\x08ftyp\0\0\0\x08mdat",
        b"\0\0\0\x01moof" + bytes(8),
        b"\x7f\0\0\0ftyp",
        PARTS[0] + b"\0\0\0\x08emsg",
        PARTS[0] + b"\0\0\0\x08moof\0\0\0\x08mdat",
    ],
)
def test_what_has_no_place_in_an_upload_is_refused(data: bytes) -> None:
    with pytest.raises(NotCmaf):
        list(Splitter().feed(data))


def test_a_second_track_is_refused() -> None:
    start = PARTS[0].index(b"trak") - 4
    (size,) = struct.unpack_from(">I", PARTS[0], start)
    moov = PARTS[0].index(b"moov") - 4
    (length,) = struct.unpack_from(">I", PARTS[0], moov)
    track = PARTS[0][start : start + size]
    two = (
        PARTS[0][:moov]
        + struct.pack(">I", length + size)
        + PARTS[0][moov + 4 :]
        + track
    )
    with pytest.raises(NotCmaf, match="2 tracks"):
        list(Splitter().feed(two))


def test_hevc_is_named_as_the_standard_names_it() -> None:
    config = bytes.fromhex("01 01 60000000 b00000000000 5d")
    assert _hevc(config) == "hvc1.1.6.L93.B0"
