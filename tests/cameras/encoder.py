"""Pictures to H.264 as a camera's chip would: a keyframe a second, with its sets."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
import re
from typing import Final

import av
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext
import numpy as np

from .picture import HEIGHT, WIDTH, Picture
from .rtp import CLOCK_RATE

FRAME_RATE: Final = 15
BIT_RATE: Final = 1_200_000

_BT709: Final = 1
_START_CODE: Final = re.compile(rb"\x00\x00\x00?\x01")
_NAL_TYPE: Final = 0x1F
_SPS: Final = 7
_PPS: Final = 8
_RATE_CONTROL: Final = {
    "keyint": FRAME_RATE,
    "min-keyint": FRAME_RATE,
    "scenecut": 0,
    "aq-mode": 1,
    "repeat-headers": 1,
    "vbv-maxrate": BIT_RATE * 5 // 4 // 1000,
    "vbv-bufsize": BIT_RATE * 5 // 4 // 1000,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessUnit:
    """One encoded picture; `timestamp` counts in the RTP clock."""

    units: tuple[bytes, ...]
    timestamp: int
    keyframe: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterSets:
    """What a decoder must know before the first picture."""

    sps: bytes
    pps: bytes

    @property
    def profile_level_id(self) -> str:
        """Profile, constraints and level as RFC 6184 spells them."""
        return self.sps[1:4].hex().upper()


class Encoder:
    """One x264 at work; each picture in gives its access unit at once."""

    def __init__(self) -> None:
        """Every encoder is opened alike, so that all have the same parameter sets."""
        self._codec = _open_codec()

    @property
    def parameter_sets(self) -> ParameterSets:
        """The sets this encoder repeats before each keyframe."""
        units = {
            unit[0] & _NAL_TYPE: unit
            for unit in nal_units(self._codec.extradata or b"")
        }
        return ParameterSets(sps=units[_SPS], pps=units[_PPS])

    def encode(self, picture: Picture, *, timestamp: int) -> AccessUnit:
        """The access unit of `picture`; nothing is held back."""
        frame = frame_of(picture)
        frame.pts = timestamp
        (packet,) = self._codec.encode(frame)
        units = tuple(nal_units(bytes(packet)))
        return AccessUnit(units=units, timestamp=timestamp, keyframe=packet.is_keyframe)


def nal_units(stream: bytes) -> Iterator[bytes]:
    """The NAL units of an Annex B byte stream."""
    for unit in _START_CODE.split(stream):
        if stripped := unit.rstrip(b"\x00"):
            yield stripped


def _open_codec() -> VideoCodecContext:
    codec = av.CodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    codec.framerate = Fraction(FRAME_RATE)
    codec.time_base = Fraction(1, CLOCK_RATE)
    codec.bit_rate = BIT_RATE
    codec.thread_count = 1
    codec.colorspace = codec.color_primaries = codec.color_trc = _BT709
    codec.flags |= Flags.global_header
    rate_control = ":".join(f"{name}={value}" for name, value in _RATE_CONTROL.items())
    codec.options = {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "x264-params": rate_control,
    }
    codec.open()
    return codec


def frame_of(picture: Picture) -> av.VideoFrame:
    """Give a picture as FFmpeg takes it."""
    frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
    for plane, drawn in zip(frame.planes, picture.planes, strict=True):
        rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
        rows[:, : plane.width] = np.asarray(drawn)
    return frame
