"""Fragments for tests of what happens to them; what they show does not matter."""

from collections.abc import Iterator
import time

from custom_components.latchstring.relay import Fragment
from custom_components.latchstring.relay.codec.nal import Codec
from custom_components.latchstring.relay.mp4.fragment import SampleTiming, fragment
from custom_components.latchstring.relay.mp4.init_segment import video_format

from .units import KEY_SLICE, SETS_360, SETS_1080, SLICE

VIDEO = video_format(Codec.H264, SETS_360)
OTHER_VIDEO = video_format(Codec.H264, SETS_1080)
FRAME = 3000
GOP = 10


def footage(*, size: int = 1000, begin: int = 0) -> Iterator[Fragment]:
    """Give fragments without end, of `size` bytes of picture each, each taken just now."""
    at = begin
    while True:
        is_key = at % GOP == 0
        slices = (KEY_SLICE if is_key else SLICE) + at.to_bytes(4) * (size // 4)
        yield fragment(
            [slices + b"\x80"],
            keyframe=is_key,
            timing=SampleTiming(decode_time=at * FRAME, offset=0, duration=FRAME),
            at=time.monotonic(),
        )
        at += 1
