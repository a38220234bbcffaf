"""The film that every sender relays, as a camera would have encoded it: made once, and kept between runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
import tempfile
from typing import Final

import av
from av.video.codeccontext import VideoCodecContext
import numpy as np

from tests.cameras.encoder import nal_units

from .pictures import SLICES, kind

_SEED: Final = 12
_GRAIN: Final = 24
_STEP: Final = (3, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """What kind of film it is; each picture is of one slice, and no two are alike."""

    width: int = 1920
    height: int = 1080
    rate: int = 30
    """Pictures a second."""
    gop: int = 60
    bits: int = 4_000_000
    """Bits a second."""
    seconds: int = 20

    @property
    def path(self) -> Path:
        """Return where it is kept: in the folder for what is temporary."""
        facts = "-".join(str(getattr(self, name)) for name in self.__slots__)
        return Path(tempfile.gettempdir()) / f"latchstring-film-{facts}.h264"

    def make(self) -> Path:
        """Encode it, unless that is done already."""
        if not self.path.exists():
            with tempfile.NamedTemporaryFile(
                dir=self.path.parent, delete=False
            ) as file:
                file.writelines(_encoded(self))
            Path(file.name).replace(self.path)
        return self.path


def read_film(path: Path) -> list[list[bytes]]:
    """Return the NAL units of each picture, which ends with its one slice."""
    pictures: list[list[bytes]] = [[]]
    for unit in nal_units(path.read_bytes()):
        pictures[-1].append(unit)
        if kind(unit) in SLICES:
            pictures.append([])
    return pictures[:-1]


def _encoded(film: Film) -> Iterator[bytes]:
    codec = _opened(film)
    for number, frame in enumerate(_frames(film)):
        frame.pts = number
        yield from map(bytes, codec.encode(frame))
    yield from map(bytes, codec.encode(None))


def _opened(film: Film) -> VideoCodecContext:
    codec = av.CodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt = film.width, film.height, "yuv420p"
    codec.framerate = Fraction(film.rate)
    codec.time_base = Fraction(1, film.rate)
    codec.bit_rate = film.bits
    kilobits = film.bits // 1000
    codec.options = {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "x264-params": f"keyint={film.gop}:min-keyint={film.gop}:scenecut=0:slices=1:sliced-threads=0"
        f":repeat-headers=1:vbv-maxrate={kilobits * 5 // 4}:vbv-bufsize={kilobits // 2}",
    }
    codec.open()
    return codec


def _frames(film: Film) -> Iterator[av.VideoFrame]:
    """Yield a grainy wall that a camera pans along, with grain of its own in every picture."""
    random = np.random.default_rng(_SEED)
    shape = (film.height, film.width)
    slope = np.add.outer(np.arange(film.height), np.arange(film.width)) // 16 % 160
    wall = (slope + random.integers(0, 64, shape)).astype(np.uint8)
    grain = random.integers(0, _GRAIN, shape, np.uint8)
    for number in range(film.rate * film.seconds):
        down, across = (step * number for step in _STEP)
        picture = np.roll(wall, (down, across), (0, 1)) + np.roll(
            grain, (-7 * down, -11 * across), (0, 1)
        )
        frame = av.VideoFrame(film.width, film.height, "yuv420p")
        for plane, values in zip(frame.planes, (picture, 128, 128), strict=True):
            rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
            rows[:, : plane.width] = values
        yield frame
