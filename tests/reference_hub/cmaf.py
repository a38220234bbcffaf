"""Taking a CMAF upload apart: init segments and fragments, and nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
import struct

MAX_BOX = 16 * 1024 * 1024
TIMESCALE = 90_000
NO_TIME_BELOW = 1 << 40
NON_SYNC = 0x10000
TOGETHER = {b"ftyp": b"moov", b"moof": b"mdat"}
PATH_TO_ENTRIES = (b"mdia", b"minf", b"stbl", b"stsd")
SAMPLE_ENTRY = 78  # bytes of a VisualSampleEntry before its boxes


class NotCmaf(Exception):
    """A home sent something that has no place in an upload."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Init:
    """ftyp and moov."""

    data: bytes
    codec: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """moof and mdat: one access unit."""

    data: bytes
    keyframe: bool
    decode_time: int
    offset: int  # from when it is decoded to when it is shown

    @property
    def taken_at(self) -> datetime | None:
        """When it came to the home, by the home's clock; None: it doesn't say."""
        if self.decode_time < NO_TIME_BELOW:
            return None
        seconds = (self.decode_time + self.offset) / TIMESCALE
        try:
            return datetime.fromtimestamp(seconds, UTC)
        except OverflowError, ValueError:
            return None


type Part = Init | Fragment


class Splitter:
    """Bytes in, whole parts out."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._began = False

    def feed(self, data: bytes) -> Iterator[Part]:
        self._pending += data
        while (end := self._end_of_part()) is not None:
            part = bytes(self._pending[:end])
            del self._pending[:end]
            yield self._read(part)

    def _end_of_part(self) -> int | None:
        first = _header(self._pending, 0)
        if first is None:
            return None
        if first[1] not in TOGETHER:
            raise NotCmaf(f"a box {first[1]!r} stands where a part should begin")
        second = _header(self._pending, first[0])
        if second is None:
            return None
        if second[1] != TOGETHER[first[1]]:
            raise NotCmaf(f"{second[1]!r} follows {first[1]!r}")
        end = first[0] + second[0]
        return end if end <= len(self._pending) else None

    def _read(self, part: bytes) -> Part:
        if part[4:8] == b"ftyp":
            self._began = True
            return Init(data=part, codec=_codec(part))
        if not self._began:
            raise NotCmaf("a fragment came before the first init segment")
        return _fragment(part)


def _header(data: bytes | bytearray, at: int) -> tuple[int, bytes] | None:
    if len(data) < at + 8:
        return None
    size, kind = struct.unpack_from(">I4s", data, at)
    if not 8 <= size <= MAX_BOX:
        raise NotCmaf(f"a box {kind!r} of {size} bytes")
    return size, kind


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each box's kind and what is in it."""
    at = 0
    while at < len(data):
        header = _header(data, at)
        if header is None or at + header[0] > len(data):
            raise NotCmaf("a box is cut short")
        yield header[1], data[at + 8 : at + header[0]]
        at += header[0]


def inside(data: bytes, *path: bytes) -> bytes:
    """What is in the first box found along this path."""
    for kind in path:
        data = next((found for name, found in boxes(data) if name == kind), b"")
    return data


def _codec(init: bytes) -> str:
    """Name the one track's codec as RFC 6381 does, which a browser asks for."""
    tracks = [found for kind, found in boxes(inside(init, b"moov")) if kind == b"trak"]
    if len(tracks) != 1:
        raise NotCmaf(f"{len(tracks)} tracks")
    entries = list(boxes(inside(tracks[0], *PATH_TO_ENTRIES)[8:]))
    match entries:
        case [(b"avc1", entry)]:
            config = inside(entry[SAMPLE_ENTRY:], b"avcC")
            return f"avc1.{config[1:4].hex()}"
        case [(b"hvc1", entry)]:
            return _hevc(inside(entry[SAMPLE_ENTRY:], b"hvcC"))
    raise NotCmaf(f"sample entries {[kind for kind, _ in entries]}")


def _hevc(config: bytes) -> str:
    """ISO/IEC 14496-15, annex E.3."""
    if len(config) < 13:
        raise NotCmaf("hvcC is cut short")
    space = ("", "A", "B", "C")[config[1] >> 6]
    tier = "H" if config[1] & 0x20 else "L"
    compatible = int(f"{int.from_bytes(config[2:6]):032b}"[::-1], 2)
    constraints = [f"{byte:X}" for byte in config[6:12].rstrip(b"\0")]
    return ".".join(
        (
            f"hvc1.{space}{config[1] & 0x1F}",
            f"{compatible:X}",
            f"{tier}{config[12]}",
            *constraints,
        )
    )


def _fragment(part: bytes) -> Fragment:
    track = inside(part, b"moof", b"traf")
    try:
        run = inside(track, b"trun")
        flags = _first_sample_flags(inside(track, b"tfhd"), run)
        offset = _first_offset(run)
        decode_time = _decode_time(inside(track, b"tfdt"))
    except struct.error as error:
        raise NotCmaf("a fragment's header is cut short") from error
    return Fragment(
        data=part,
        keyframe=not flags & NON_SYNC,
        decode_time=decode_time,
        offset=offset,
    )


def _decode_time(tfdt: bytes) -> int:
    (time,) = struct.unpack_from(">Q" if tfdt[:1] == b"\1" else ">I", tfdt, 4)
    return int(time)


def _first_offset(trun: bytes) -> int:
    """The composition offset of a run's first sample, behind what else the run says of it."""
    flags = int.from_bytes(trun[1:4])
    if not flags & 0x800:
        return 0
    before = sum(bool(flags & bit) for bit in (0x1, 0x4, 0x100, 0x200, 0x400))
    return int(struct.unpack_from(">i", trun, 8 + 4 * before)[0])


def _first_sample_flags(tfhd: bytes, trun: bytes) -> int:
    """What the run says of its first sample, or the track fragment of all."""
    run, header = int.from_bytes(trun[1:4]), int.from_bytes(tfhd[1:4])
    at = 8 + 4 * bool(run & 0x1)
    if run & 0x4:
        return int(struct.unpack_from(">I", trun, at)[0])
    if run & 0x400:
        at += 4 * (bool(run & 0x100) + bool(run & 0x200))
        return int(struct.unpack_from(">I", trun, at)[0])
    if header & 0x20:
        at = 8 + 8 * bool(header & 0x1)
        at += 4 * sum(bool(header & bit) for bit in (0x2, 0x8, 0x10))
        return int(struct.unpack_from(">I", tfhd, at)[0])
    return 0
