"""Synthetic CMAF: a moving bar, encoded as it is asked for."""

from collections.abc import Iterator

import av
import numpy as np

WIDTH, HEIGHT, RATE, KEYFRAME_EVERY = 320, 240, 15, 15
MUXER = {
    "movflags": "cmaf+frag_every_frame+skip_trailer",
    "video_track_timescale": "90000",
}
ENCODER = {
    "preset": "ultrafast",
    "tune": "zerolatency",
    "g": str(KEYFRAME_EVERY),
    "threads": "1",
}


class _Sink:
    """What the muxer has written and nobody has taken yet."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, data: bytes) -> int:
        self._written += data
        return len(data)

    def take(self) -> bytes:
        taken = bytes(self._written)
        self._written.clear()
        return taken


def sample_video() -> Iterator[bytes]:
    """Give an init segment, then a fragment for every picture, for ever."""
    sink = _Sink()
    with av.open(sink, "w", format="mp4", options=MUXER) as container:
        stream = container.add_stream("libx264", rate=RATE, options=ENCODER)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.bit_rate = 400_000
        number = 0
        while True:
            for packet in stream.encode(_picture(number)):
                container.mux(packet)
            if taken := sink.take():
                yield taken
            number += 1


def _picture(number: int) -> av.VideoFrame:
    pixels = np.full((HEIGHT, WIDTH, 3), (38, 50, 56), np.uint8)
    left = number * 4 % WIDTH
    pixels[:, left : left + 24] = (255, 179, 0)
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
    frame.pts = number
    return frame
