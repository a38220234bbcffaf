"""Synthetic CMAF: a moving bar, encoded as it is asked for."""

from collections.abc import Iterator, Sequence

import av
import numpy as np

from .cmaf import TIMESCALE

WIDTH, HEIGHT, RATE, KEYFRAME_EVERY = 320, 240, 15, 15
IMAGE_RATE = 2
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


def sample_images(greys: Sequence[int]) -> tuple[bytes, list[bytes]]:
    """Give an init segment, and a fragment for each plain image, each of them by itself."""
    sink = _Sink()
    parts: list[bytes] = []
    with av.open(sink, "w", format="mp4", options=MUXER) as container:
        stream = container.add_stream(
            "libx264", rate=IMAGE_RATE, options=ENCODER | {"g": "1"}
        )
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number, grey in enumerate([*greys, 0]):
            pixels = np.full((HEIGHT, WIDTH, 3), grey, np.uint8)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts = number
            for packet in stream.encode(frame):
                container.mux(packet)
            parts.append(sink.take())
    init, *fragments = filter(None, parts)
    return init, fragments


def taken_at(fragment: bytes, seconds: float) -> bytes:
    """Give a fragment as one that came at this time."""
    at = fragment.index(b"tfdt") + 8
    time = round(seconds * TIMESCALE).to_bytes(8)
    return fragment[:at] + time + fragment[at + 8 :]


def _picture(number: int) -> av.VideoFrame:
    pixels = np.full((HEIGHT, WIDTH, 3), (38, 50, 56), np.uint8)
    left = number * 4 % WIDTH
    pixels[:, left : left + 24] = (255, 179, 0)
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
    frame.pts = number
    return frame
