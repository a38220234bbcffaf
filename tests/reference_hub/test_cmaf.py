"""Taking an upload apart."""

from itertools import islice, pairwise
import struct

from hypothesis import given, strategies as st
import pytest

from .cmaf import Fragment, Init, NotCmaf, Splitter, _hevc
from .sample_video import KEYFRAME_EVERY, sample_video

PARTS = list(islice(sample_video(), 20))
VIDEO = b"".join(PARTS)


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
