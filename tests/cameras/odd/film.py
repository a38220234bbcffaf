"""What an odd camera shows: a film encoded once, each picture with its number on it."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from hashlib import sha256
import os
from pathlib import Path
import struct
import tempfile
from typing import Final

import av
from av.video.codeccontext import VideoCodecContext
import numpy as np

from tests.cameras.encoder import nal_units

from .counter import draw

_FOLDER: Final = Path(tempfile.gettempdir()) / "latchstring-odd-films"
_VERSION: Final = 1
_HEAD: Final = struct.Struct("!IH")
_LENGTH: Final = struct.Struct("!I")
_GREY: Final = 128

type Units = tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """How it is encoded; it begins anew when it is over."""

    codec: str = "h264"
    """h264 or h265."""
    width: int = 320
    height: int = 180
    pictures: int = 300
    keyframe_every: int = 15
    b_frames: int = 0
    slices: int = 1
    is_ten_bit: bool = False
    entry: str = "idr"
    """How it can be begun in its middle: idr, open (recovery points alone) or refresh (columns of intra blocks)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One access unit, in decoding order; `number` is its place among the pictures as they are shown."""

    number: int
    units: Units


@cache
def shots_of(film: Film) -> tuple[Shot, ...]:
    """Encode a film, or take it from where it was kept."""
    name = sha256(f"{_VERSION} {av.__version__} {film}".encode()).hexdigest()[:32]
    path = _FOLDER / name
    if not path.exists():
        _FOLDER.mkdir(mode=0o700, exist_ok=True)
        half = path.with_suffix(f".{os.getpid()}")
        half.write_bytes(b"".join(map(_kept, _encoded(film))))
        half.replace(path)
    return tuple(_shots_in(path.read_bytes()))


def _kept(shot: Shot) -> bytes:
    units = [_LENGTH.pack(len(unit)) + unit for unit in shot.units]
    return _HEAD.pack(shot.number, len(units)) + b"".join(units)


def _shots_in(data: bytes) -> Iterator[Shot]:
    at = 0
    while at < len(data):
        number, count = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        units = []
        for _ in range(count):
            (length,) = _LENGTH.unpack_from(data, at)
            at += _LENGTH.size + length
            units.append(data[at - length : at])
        yield Shot(number=number, units=tuple(units))


def _encoded(film: Film) -> Iterator[Shot]:
    codec = _open_codec(film)
    pictures = (_frame(film, number) for number in range(film.pictures))
    for picture in (*pictures, None):
        for packet in codec.encode(picture):
            assert packet.pts is not None
            yield Shot(number=packet.pts, units=tuple(nal_units(bytes(packet))))


def _open_codec(film: Film) -> VideoCodecContext:
    library = {"h264": "libx264", "h265": "libx265"}[film.codec]
    codec = av.CodecContext.create(library, "w")
    assert isinstance(codec, VideoCodecContext)
    codec.width, codec.height = film.width, film.height
    codec.pix_fmt = "yuv420p10le" if film.is_ten_bit else "yuv420p"
    codec.time_base, codec.framerate = Fraction(1, 15), Fraction(15)
    codec.thread_count = 1
    codec.options = {
        "preset": "ultrafast",
        "tune": "zerolatency",
        f"{library.removeprefix('lib')}-params": ":".join(_parameters(film)),
    }
    codec.open()
    return codec


def _parameters(film: Film) -> Iterator[str]:
    yield f"keyint={film.keyframe_every}"
    yield f"min-keyint={film.keyframe_every}"
    yield f"bframes={film.b_frames}"
    yield "scenecut=0:b-adapt=0:repeat-headers=1"
    yield f"slices={film.slices}"
    yield {"idr": "open-gop=0", "open": "open-gop=1", "refresh": "intra-refresh=1"}[
        film.entry
    ]
    if film.codec == "h264":
        yield "sliced-threads=0"
    else:
        yield "pools=1:frame-threads=1:log-level=error"


def _frame(film: Film, number: int) -> av.VideoFrame:
    frame = av.VideoFrame(film.width, film.height, "yuv420p")
    for plane, shade in zip(
        frame.planes, (draw(number, film.width, film.height), None, None), strict=True
    ):
        rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
        rows[:, : plane.width] = _GREY if shade is None else shade
    if film.is_ten_bit:
        frame = frame.reformat(format="yuv420p10le")
    frame.pts = number
    return frame
