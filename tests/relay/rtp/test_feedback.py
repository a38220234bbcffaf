"""Feedback is written as RFC 4585 and the draft of REMB lay it out."""

from collections.abc import Sequence
import struct

from aiortc.rtp import (
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpRtpfbPacket,
    unpack_remb_fci,
)
from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.relay.rtp.feedback import (
    MOST_BYTES,
    max_bitrate,
    missing,
    picture_loss,
)

OWN, MEDIA = 0x01020304, 2**32 - 1

SEQUENCES = st.one_of(
    st.integers(0, 2**16 - 1), st.integers(0, 60), st.integers(65500, 2**16 - 1)
)


def named(packet: bytes) -> list[int]:
    """Read which packets are asked for."""
    first, kind, words, own, media = struct.unpack_from("!BBHII", packet)
    assert (first, kind, own, media) == (0x81, 205, OWN, MEDIA)
    assert len(packet) == 4 * words + 4
    return [
        (first + offset) % 2**16
        for first, behind in struct.iter_unpack("!HH", packet[12:])
        for offset in range(17)
        if not offset or behind >> (offset - 1) & 1
    ]


def read(packet: bytes) -> object:
    """Let aiortc read one packet."""
    (found,) = RtcpPacket.parse(packet)
    return found


def test_a_keyframe_is_asked_for_as_a_picture_that_was_lost() -> None:
    packet = picture_loss(OWN, MEDIA)

    assert packet == bytes.fromhex("81ce0002 01020304 ffffffff")
    assert read(packet) == RtcpPsfbPacket(fmt=1, ssrc=OWN, media_ssrc=MEDIA)


@pytest.mark.parametrize(
    ("sequences", "pairs"),
    [
        ([7], "0007 0000"),
        ([7, 7], "0007 0000"),
        ([7, 8, 23], "0007 8001"),
        ([7, 24], "0007 0000 0018 0000"),
        ([65535, 0, 15], "ffff 8001"),
        ([9, 8], "0009 0000 0008 0000"),
    ],
)
def test_what_is_missing_is_named_by_the_first_and_a_bit_for_each_of_sixteen_more(
    sequences: Sequence[int], pairs: str
) -> None:
    assert missing(OWN, MEDIA, sequences)[12:] == bytes.fromhex(pairs)


@given(sequences=st.lists(SEQUENCES, min_size=1, max_size=297))
def test_what_is_missing_is_named_and_nothing_else_whatever_the_order(
    sequences: list[int],
) -> None:
    packet = missing(OWN, MEDIA, sequences)

    assert set(named(packet)) == set(sequences)
    by_aiortc = read(packet)
    assert isinstance(by_aiortc, RtcpRtpfbPacket)
    assert {each % 2**16 for each in by_aiortc.lost} == set(sequences)


def test_a_long_gap_in_order_fits_into_one_packet() -> None:
    gap = [(65000 + number) % 2**16 for number in range(5000)]

    assert named(missing(OWN, MEDIA, gap)) == gap


def test_what_does_not_fit_is_left_out() -> None:
    packet = missing(OWN, MEDIA, range(0, 2**16, 20))

    assert len(packet) == MOST_BYTES
    assert named(packet) == [*range(0, 297 * 20, 20)]


@given(bits=st.integers(0, 2**81 - 1))
def test_a_bitrate_is_rounded_down_by_less_than_it_can_express(bits: int) -> None:
    packet = read(max_bitrate(OWN, MEDIA, bits))

    assert isinstance(packet, RtcpPsfbPacket)
    assert (packet.fmt, packet.ssrc, packet.media_ssrc) == (15, OWN, 0)
    rate, sources = unpack_remb_fci(packet.fci)
    assert sources == [MEDIA]
    assert 0 <= bits - rate <= bits >> 17


def test_a_bitrate_beyond_what_can_be_said_is_the_most_that_can() -> None:
    assert max_bitrate(OWN, MEDIA, 2**100) == max_bitrate(OWN, MEDIA, 2**81 - 1)
