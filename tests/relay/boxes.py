"""A reader of ISO media that knows every box that may be there, and no other."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import batched
import struct

type Path = tuple[str, ...]

INSIDE = {
    "moov": 0,
    "trak": 0,
    "mdia": 0,
    "minf": 0,
    "dinf": 0,
    "dref": 8,
    "stbl": 0,
    "stsd": 8,
    "avc1": 78,
    "hvc1": 78,
    "mvex": 0,
    "moof": 0,
    "traf": 0,
}
"""Boxes that hold boxes, and how many bytes of their own come first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A fragment as a player reads it."""

    sequence: int
    decode_time: int
    duration: int
    size: int
    flags: int
    offset: int
    units: tuple[bytes, ...]

    @property
    def is_sync(self) -> bool:
        return not self.flags & 0x10000


def walk(data: bytes, path: Path = ()) -> Iterator[tuple[Path, bytes]]:
    """Give every box's path and what it holds itself; ValueError for any leftover."""
    while data:
        size, name = struct.unpack_from(">I4s", data)
        if not 8 <= size <= len(data):
            raise ValueError(f"a box of {size} bytes in {path}")
        here = (*path, name.decode("ascii"))
        content, data = data[8:size], data[size:]
        own = INSIDE.get(here[-1], len(content))
        yield here, content[:own]
        yield from walk(content[own:], here)


def whole(body: bytes | bytearray) -> bytes:
    """Leave out what had not yet arrived to its end when it was cut."""
    at = end = 0
    while at + 8 <= len(body):
        size, name = struct.unpack_from(">I4s", body, at)
        at += size
        if at > len(body):
            break
        end = at if name in (b"moov", b"mdat") else end
    return bytes(body[:end])


def parts(body: bytes) -> list[bytes]:
    """Cut into init segments and fragments."""
    boxes: list[bytes] = []
    while body:
        size = int.from_bytes(body[:4])
        boxes.append(body[:size])
        body = body[size:]
    return [b"".join(pair) for pair in batched(boxes, 2, strict=True)]


def samples(body: bytes) -> list[Sample]:
    return list(_samples(body))


def _samples(body: bytes) -> Iterator[Sample]:
    found: dict[str, bytes] = {}
    for path, content in walk(body):
        found[path[-1]] = content
        if path == ("mdat",):
            yield _sample(found)
            found = {}


def _sample(found: dict[str, bytes]) -> Sample:
    count, at, duration, size, flags, offset = struct.unpack(">4xIiIIIi", found["trun"])
    assert (count, at, size) == (1, 112, len(found["mdat"]))
    return Sample(
        sequence=int.from_bytes(found["mfhd"][4:]),
        decode_time=int.from_bytes(found["tfdt"][4:]),
        duration=duration,
        size=size,
        flags=flags,
        offset=offset,
        units=tuple(_units(found["mdat"])),
    )


def _units(data: bytes) -> Iterator[bytes]:
    while data:
        end = 4 + int.from_bytes(data[:4])
        assert 4 < end <= len(data)
        yield data[4:end]
        data = data[end:]
