"""Units for tests: parameter sets of real encoders, and made-up slices."""

from hypothesis import strategies as st

from custom_components.latchstring.relay.codec.nal import Codec, ParameterSets

SETS_360: ParameterSets = (
    bytes.fromhex("6742c01eda0280bfe5c05a8303035280000003008000001e478b1750"),
    bytes.fromhex("68ce3c80"),
)
SETS_1080: ParameterSets = (
    bytes.fromhex("674d4028eca03c0113f2e02d40404050000003001000000303c8f1831960"),
    bytes.fromhex("68ce3c80"),
)
SETS_HEVC: ParameterSets = (
    bytes.fromhex("40010c01ffff016000000300900000030000030078ba0240"),
    bytes.fromhex(
        "420101016000000300900000030000030078a003c0801107cb96e92930"
        "bffc00040005a808080820000003002000000303c1"
    ),
    bytes.fromhex("4401c0718312"),
)
KEY_SLICE = b"\x65\x88\x84\x21"
REST_OF_KEY = b"\x65\x04\x84\x21"
SLICE = b"\x41\x9a\x24\x6c"
DELIMITER = b"\x09\xf0"
SEI = b"\x06\x05\x11canary in user data\x80"

LAST_BYTES = st.integers(1, 255)


def units_of(codec: Codec) -> st.SearchStrategy[bytes]:
    """Give units as an encoder makes them: no start code inside, no zero at the end."""
    header = {
        Codec.H264: st.integers(1, 255).map(lambda first: bytes((first,))),
        Codec.H265: st.integers(0, 0x7E).map(lambda first: bytes((first, 1))),
    }
    body = st.binary(max_size=60).map(
        lambda data: data.replace(b"\x00\x00", b"\x00\x07")
    )
    return st.builds(
        lambda first, data, last: first + data + bytes((last,)),
        header[codec],
        body,
        LAST_BYTES,
    )


def annex_b(*units: bytes) -> bytes:
    return b"".join(b"\x00\x00\x00\x01" + unit for unit in units)


def with_length(*units: bytes, size: int = 4) -> bytes:
    return b"".join(len(unit).to_bytes(size) + unit for unit in units)


def avcc(sets: ParameterSets, *, size: int = 4) -> bytes:
    """Write a decoder configuration as files and RTMP carry it."""
    picture, *others = sets
    return (
        bytes((1, *picture[1:4], 0xFC | size - 1, 0xE1))
        + with_length(picture, size=2)
        + bytes((len(others),))
        + with_length(*others, size=2)
    )
