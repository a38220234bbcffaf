"""RTP packets are read as RFC 3550 section 5.1 lays them out."""

from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.relay.rtp.packet import RtpPacket, read_packet

from .payloads import written

PACKET = RtpPacket(96, True, 65535, 2**32 - 1, 7, b"payload")


@given(
    packet=st.builds(
        RtpPacket,
        st.integers(0, 127),
        st.booleans(),
        st.integers(0, 2**16 - 1),
        st.integers(0, 2**32 - 1),
        st.integers(0, 2**32 - 1),
        st.binary(max_size=40),
    ),
    sources=st.integers(0, 15),
    extension=st.one_of(st.none(), st.integers(0, 3)),
    padding=st.integers(0, 255),
)
def test_a_packet_is_read_past_all_that_is_not_its_payload(
    packet: RtpPacket, sources: int, extension: int | None, padding: int
) -> None:
    behind = bytes(4 * sources)
    if extension is not None:
        behind += b"\xab\xac" + extension.to_bytes(2) + bytes(4 * extension)
    extra = sources | 0x10 * (extension is not None) | 0x20 * bool(padding)
    padded = bytes(padding - 1) + bytes((padding,)) if padding else b""

    assert read_packet(written(packet, extra=extra, behind=behind) + padded) == packet


@pytest.mark.parametrize(
    "data",
    [
        b"",
        written(PACKET)[:11],
        b"\x40" + written(PACKET)[1:],
        b"\xc0" + written(PACKET)[1:],
        b"RTSP/1.0 200 OK\r\n",
        written(PACKET, extra=15),
        written(PACKET, extra=0x10, behind=b"\xab\xac\xff\xff"),
        written(PACKET, extra=0x10)[:13],
        written(PACKET, extra=0x20) + b"\xff",
    ],
)
def test_what_is_no_packet_or_does_not_fit_is_none(data: bytes) -> None:
    assert read_packet(data) is None


def test_padding_that_counts_nothing_is_no_padding() -> None:
    packet = PACKET._replace(payload=b"payload\x00")

    assert read_packet(written(packet, extra=0x20)) == packet


@given(data=st.binary(max_size=80))
def test_whatever_comes_no_payload_is_longer_than_what_came(data: bytes) -> None:
    packet = read_packet(data)

    assert packet is None or len(packet.payload) + 12 <= len(data)
