"""A connection to a camera, read by FFmpeg on the thread that asks for it.

Over RTSP, sound is not even asked for.
"""

from collections.abc import Generator
from contextlib import closing
import threading
import time
from typing import Final

import av
from av.container import InputContainer
from av.error import (
    FFmpegError,
    HTTPForbiddenError,
    HTTPOtherClientError,
    HTTPUnauthorizedError,
    InvalidDataError,
)
from av.packet import Packet as EncodedPacket
from av.stream import Stream
from av.video.stream import VideoStream

from .assembly import Assembly, Packet, Piece
from .errors import (
    CODEC_UNSUPPORTED,
    NO_VIDEO,
    SCHEME_UNSUPPORTED,
    UNAUTHORIZED,
    UNREACHABLE,
    MalformedError,
    SourceUnusable,
)
from .movie import TIMESCALE
from .nal import Codec
from .timeline import Timeline

OPEN_TIMEOUT: Final = 8
READ_TIMEOUT: Final = 4
_SCHEMES = frozenset({"rtsp", "rtsps"})
_OPTIONS = {
    "rtsp_transport": "tcp",
    "probesize": "32",
    "analyzeduration": "0",
    "allowed_media_types": "video",
}
_FAULTS: dict[type[FFmpegError], str] = {
    HTTPUnauthorizedError: UNAUTHORIZED,
    HTTPForbiddenError: UNAUTHORIZED,
    # it answers, but has no picture to describe or to play
    InvalidDataError: NO_VIDEO,
    HTTPOtherClientError: NO_VIDEO,
}
_OPENING = threading.BoundedSemaphore(4)
"""Many cameras opened at the same time would hold up Home Assistant's own loop."""
_TURN = 0.2


def pieces(url: str, timeline: Timeline, stopped: threading.Event) -> Generator[Piece]:
    """Read until the camera ends it or `stopped` is set; block for a timeout at most.

    Raises SourceUnusable, which never carries the address: FFmpeg's own errors do,
    credentials included.
    """
    if url.partition("://")[0].lower() not in _SCHEMES:
        raise SourceUnusable(SCHEME_UNSUPPORTED)
    try:
        yield from _read(url, timeline, stopped)
    except FFmpegError as error:
        raise SourceUnusable(_FAULTS.get(type(error), UNREACHABLE)) from None
    except MalformedError:
        raise SourceUnusable(CODEC_UNSUPPORTED) from None


def _read(url: str, timeline: Timeline, stopped: threading.Event) -> Generator[Piece]:
    if not _turn_comes(stopped):
        return
    try:
        container = av.open(
            url, "r", timeout=(OPEN_TIMEOUT, READ_TIMEOUT), options=_OPTIONS
        )
    finally:
        _OPENING.release()
    with closing(container):
        yield from _demux(container, timeline, stopped)


def _turn_comes(stopped: threading.Event) -> bool:
    while not stopped.is_set():
        if _OPENING.acquire(timeout=_TURN):
            return True
    return False


def _demux(
    container: InputContainer, timeline: Timeline, stopped: threading.Event
) -> Generator[Piece]:
    stream = _video(container)
    assembly = Assembly(_codec(stream), stream.codec_context.extradata or b"", timeline)
    base = stream.time_base
    if base is None:
        raise SourceUnusable(NO_VIDEO)

    def ticks(count: int | None) -> int | None:
        return (
            None
            if count is None
            else count * TIMESCALE * base.numerator // base.denominator
        )

    for packet in _packets(container, stream, stopped):
        piece = assembly.add(
            Packet(
                data=bytes(packet),
                shown=ticks(packet.pts),
                decoded=ticks(packet.dts),
                lasts=ticks(packet.duration),
                at=time.monotonic(),
            )
        )
        if piece is not None:
            yield piece


def _packets(
    container: InputContainer, stream: VideoStream, stopped: threading.Event
) -> Generator[EncodedPacket[Stream]]:
    """Give what belongs to this stream; whatever else comes is no sign of life."""
    heard = time.monotonic()
    for packet in container.demux():
        if stopped.is_set():
            return
        if packet.stream_index == stream.index:
            yield packet
            heard = time.monotonic()
        elif time.monotonic() - heard > READ_TIMEOUT:
            return


def _video(container: InputContainer) -> VideoStream:
    if not container.streams.video:
        raise SourceUnusable(NO_VIDEO)
    return container.streams.video[0]


def _codec(stream: VideoStream) -> Codec:
    try:
        return Codec(stream.codec_context.name)
    except (
        AttributeError,
        ValueError,
    ):  # a codec FFmpeg has no decoder for has no context at all
        raise SourceUnusable(CODEC_UNSUPPORTED) from None
