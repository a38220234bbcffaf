"""What the packetiser promises to every depacketiser."""

from collections.abc import Iterable, Iterator, Sequence
import struct

from hypothesis import given, strategies as st

from .rtp import CLOCK_RATE, RtpStream, payloads_of

HEADER = 12


def nal_unit(kind: int, importance: int, body: bytes) -> bytes:
    return bytes((importance << 5 | kind,)) + body


nal_units = st.builds(
    nal_unit,
    kind=st.integers(min_value=1, max_value=23),
    importance=st.integers(min_value=0, max_value=3),
    body=st.integers(min_value=1, max_value=3_000).flatmap(
        lambda size: st.binary(min_size=1, max_size=8).map(
            lambda seed: (seed * size)[:size]
        )
    ),
)
access_units = st.lists(nal_units, min_size=1, max_size=8)
sizes = st.integers(min_value=3, max_value=1_500)


@given(units=access_units, largest=sizes)
def test_what_is_packetised_comes_back(units: list[bytes], largest: int) -> None:
    assert list(depacketised(payloads_of(units, largest=largest))) == units


@given(units=access_units, largest=sizes)
def test_no_payload_is_larger_than_allowed(units: list[bytes], largest: int) -> None:
    assert all(
        len(payload) <= largest for payload in payloads_of(units, largest=largest)
    )


@given(units=access_units, largest=sizes)
def test_a_payload_is_as_important_as_what_it_carries(
    units: list[bytes], largest: int
) -> None:
    payloads = list(payloads_of(units, largest=largest))
    assert max(payload[0] & 0x60 for payload in payloads) == max(
        unit[0] & 0x60 for unit in units
    )


def test_units_that_fit_together_travel_together() -> None:
    sets = [b"\x67sps", b"\x68pps"]
    assert list(payloads_of(sets)) == [b"\x78\x00\x04\x67sps\x00\x04\x68pps"]


@given(
    access_units=st.lists(access_units, min_size=1, max_size=4),
    sequence=st.integers(min_value=0, max_value=2**16 - 1),
    offset=st.integers(min_value=0, max_value=2**32 - 1),
)
def test_packets_count_on_and_the_last_of_a_picture_is_marked(
    access_units: list[list[bytes]], sequence: int, offset: int
) -> None:
    stream = RtpStream(source=7, sequence=sequence, timestamp_offset=offset)
    expected = sequence
    for number, units in enumerate(access_units):
        packets = list(stream.packets_of(units, number * 6_000))
        for packet in packets:
            kind, counted, at, source = struct.unpack("!xBHII", packet[:HEADER])
            assert (counted, source) == (expected, 7)
            assert at == (number * 6_000 + offset) % 2**32
            assert kind == (96 | 0x80 if packet is packets[-1] else 96)
            expected = (expected + 1) % 2**16
        assert list(depacketised(packet[HEADER:] for packet in packets)) == units


@given(
    at=st.floats(min_value=0, max_value=4e9),
    timestamp=st.integers(min_value=0, max_value=2**40),
)
def test_a_report_ties_media_time_to_the_wall_clock(at: float, timestamp: int) -> None:
    stream = RtpStream(source=7, sequence=0, timestamp_offset=2**32 - 1)
    sent = [len(packet) - HEADER for packet in stream.packets_of([b"\x65" * 5_000], 0)]
    report = stream.sender_report(timestamp, at=at)
    kind, words, source, seconds, fraction, media, packets, octets = struct.unpack(
        "!xBHIIIIII", report[:28]
    )
    assert (kind, words, source) == (200, 6, 7)
    assert abs(seconds + fraction / 2**32 - (at + 2_208_988_800) % 2**32) < 1e-5
    assert media == (timestamp + 2**32 - 1) % 2**32
    assert (packets, octets) == (len(sent), sum(sent))


def test_a_report_is_followed_by_a_name_in_whole_words() -> None:
    stream = RtpStream(source=7, sequence=0, timestamp_offset=0)
    name = stream.sender_report(CLOCK_RATE, at=0)[28:]
    version, kind, words = struct.unpack("!BBH", name[:4])
    assert (version, kind, len(name)) == (0x81, 202, 4 * words + 4)
    assert name[8:].startswith(b"\x01\x06camera\x00")


def depacketised(payloads: Iterable[bytes]) -> Iterator[bytes]:
    """Read RFC 6184 from the receiver's side."""
    fragments: list[bytes] = []
    for payload in payloads:
        match payload[0] & 0x1F:
            case 24:
                yield from aggregated(payload[1:])
            case 28:
                fragments.append(payload)
                if payload[1] & 0x40:
                    yield reassembled(fragments)
                    fragments = []
            case _:
                yield payload
    assert not fragments


def aggregated(rest: bytes) -> Iterator[bytes]:
    while rest:
        (size,) = struct.unpack("!H", rest[:2])
        yield rest[2 : 2 + size]
        rest = rest[2 + size :]


def reassembled(fragments: Sequence[bytes]) -> bytes:
    assert [bool(one[1] & 0x80) for one in fragments] == [
        one is fragments[0] for one in fragments
    ]
    header = fragments[0][0] & 0xE0 | fragments[0][1] & 0x1F
    return bytes((header,)) + b"".join(one[2:] for one in fragments)
