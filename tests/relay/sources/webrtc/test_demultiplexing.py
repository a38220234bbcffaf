"""Datagrams are told apart by their first bytes, as RFC 7983 and RFC 5761 say."""

from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.relay.sources.webrtc.demultiplexing import (
    DatagramKind,
    kind_of,
)


@pytest.mark.parametrize(
    ("datagram", "kind"),
    [
        (b"", None),
        (b"\x80", None),
        (b"\x16", None),
        (b"\x00\x01", None),
        (b"\x13\xfe", None),
        (b"\x14\xfe", DatagramKind.DTLS),
        (b"\x3f\xfe", DatagramKind.DTLS),
        (b"\x40\x00", None),
        (b"\x7f\xc8", None),
        (b"\x80\x60", DatagramKind.RTP),
        (b"\xbf\xe0", DatagramKind.RTP),
        (b"\x80\xbf", DatagramKind.RTP),
        (b"\x80\xc0", DatagramKind.RTCP),
        (b"\x81\xc8", DatagramKind.RTCP),
        (b"\x80\xdf", DatagramKind.RTCP),
        (b"\xc0\xc8", None),
    ],
)
def test_a_datagram_is_what_its_first_bytes_say(
    datagram: bytes, kind: DatagramKind | None
) -> None:
    assert kind_of(datagram) is kind


@given(datagram=st.binary(max_size=3), behind=st.binary(max_size=20))
def test_what_is_behind_them_changes_nothing(datagram: bytes, behind: bytes) -> None:
    if (kind := kind_of(datagram)) is not None:
        assert kind_of(datagram + behind) is kind
