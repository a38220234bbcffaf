"""A CMAF fragment: one access unit in a moof and an mdat."""

from dataclasses import dataclass
import struct

from ..codec.nal import with_lengths

_MOOF = struct.Struct(
    ">I4s"  # moof
    "I4sII"  # mfhd: sequence
    "I4s"  # traf
    "I4sII"  # tfhd: offsets count from the moof
    "I4sIQ"  # tfdt: decode time
    "I4sIIIIIIi"  # trun: one sample: duration, size, flags, composition offset
)
_MDAT_HEAD = struct.Struct(">I4s")
_SEQUENCE = slice(20, 24)
_DECODE_TIME = slice(60, 68)
_DEFAULT_BASE_IS_MOOF = 0x020000
_TFDT_64_BIT = 1 << 24
_TRUN_SIGNED_OFFSETS = 1 << 24 | 0xF01
_DEPENDS_ON_NOTHING = 0x02000000
_DEPENDS_ON_OTHERS = 0x01010000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """A fragment of exactly one access unit; times in TIMESCALE units."""

    data: bytes
    keyframe: bool
    decode_time: int
    duration: int
    at: float
    """When the picture was whole at home, by the monotonic clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleTiming:
    """The decode time of an access unit, its composition offset and its duration."""

    decode_time: int
    offset: int
    duration: int


def fragment(
    units: list[bytes], *, keyframe: bool, timing: SampleTiming, at: float
) -> Fragment:
    """Return an access unit as a fragment."""
    sample = with_lengths(units)
    size = sum(map(len, sample))
    moof = _MOOF.pack(
        *(_MOOF.size, b"moof"),
        *(16, b"mfhd", 0, 1),
        *(_MOOF.size - 24, b"traf"),
        *(16, b"tfhd", _DEFAULT_BASE_IS_MOOF, 1),
        *(20, b"tfdt", _TFDT_64_BIT, timing.decode_time),
        *(36, b"trun", _TRUN_SIGNED_OFFSETS, 1, _MOOF.size + _MDAT_HEAD.size),
        *(
            timing.duration,
            size,
            _DEPENDS_ON_NOTHING if keyframe else _DEPENDS_ON_OTHERS,
            timing.offset,
        ),
    )
    return Fragment(
        data=b"".join(
            (moof, _MDAT_HEAD.pack(_MDAT_HEAD.size + size, b"mdat"), *sample)
        ),
        keyframe=keyframe,
        decode_time=timing.decode_time,
        duration=timing.duration,
        at=at,
    )


def restamped(data: bytes, *, sequence: int, decode_time: int) -> bytes:
    """Return a fragment with the sequence number and decode time of its upload.

    The stream's own would tell a hub how long others have been watching.
    """
    return b"".join(
        (
            data[: _SEQUENCE.start],
            sequence.to_bytes(4),
            data[_SEQUENCE.stop : _DECODE_TIME.start],
            decode_time.to_bytes(8),
            memoryview(data)[_DECODE_TIME.stop :],
        )
    )
