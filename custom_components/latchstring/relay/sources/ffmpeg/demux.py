"""The demuxer: a connection to a camera, read by FFmpeg on the caller's thread.

Only the video track is set up: sound is never requested.
"""

from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
import re
import threading
from typing import Final

import av
from av.container import InputContainer
from av.error import (
    FFmpegError,
    HTTPBadRequestError,
    HTTPForbiddenError,
    HTTPNotFoundError,
    HTTPOtherClientError,
    HTTPServerError,
    HTTPUnauthorizedError,
    InvalidDataError,
    OSError as FFmpegOSError,
)
import av.logging
from av.packet import Packet as EncodedPacket
from av.stream import Stream
from av.video.stream import VideoStream

from ...codec.access_unit import AccessUnit
from ...codec.nal import Codec
from ...errors import (
    ADDRESS_WRONG,
    BUSY,
    CERTIFICATE_INVALID,
    CODEC_UNSUPPORTED,
    NO_VIDEO,
    REFUSED,
    SCHEME_UNSUPPORTED,
    SLOW,
    UNAUTHORIZED,
    UNREACHABLE,
    UNREADABLE,
    MalformedVideoError,
    SourceUnusable,
)
from ...mp4.init_segment import TIMESCALE
from ...mp4.packager import PackagedFragment, Packager
from ...mp4.timeline import Timeline
from ..address import CameraAddress
from . import extradata

OPEN_TIMEOUT: Final = 8
SLOW_OPEN_TIMEOUT: Final = 15
READ_TIMEOUT: Final = 4
_SCHEMES = frozenset({"rtsp", "rtsps"})
_OPTIONS = {
    "rtsp_transport": "tcp",
    "probesize": "32",
    "analyzeduration": "0",
    "allowed_media_types": "video",
}

_BUSY = (re.compile(r"failed: (453|503)\b"), BUSY)
_CODES_BY_MESSAGE: Final[
    Mapping[type[FFmpegError], tuple[tuple[re.Pattern[str], str], ...]]
] = {
    HTTPServerError: (_BUSY,),
    HTTPOtherClientError: (
        _BUSY,
        # PLAY without a SETUP, because the camera described no video
        (re.compile(r"method PLAY failed: (454|455)\b"), NO_VIDEO),
    ),
    FFmpegOSError: (
        (re.compile(r"method SETUP failed: 461\b"), REFUSED),
        (
            re.compile(r"certificate (verify failed|failed verification)"),
            CERTIFICATE_INVALID,
        ),
    ),
}
"""Codes by FFmpeg's log message, where the type of its error is ambiguous."""

_FAULTS: Final[Mapping[type[FFmpegError], str]] = {
    HTTPUnauthorizedError: UNAUTHORIZED,
    HTTPForbiddenError: UNAUTHORIZED,
    HTTPNotFoundError: ADDRESS_WRONG,
    HTTPBadRequestError: REFUSED,
    HTTPOtherClientError: REFUSED,
    HTTPServerError: REFUSED,
    InvalidDataError: UNREADABLE,
}

_SLOT_POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Timed:
    """A packet, when FFmpeg returned it, and a moment before which nothing of it had arrived."""

    packet: EncodedPacket[Stream]
    at: float
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLimits:
    """How long a camera may take to answer, and the semaphore that limits how many are opened at once.

    Many cameras opened at the same time would hold up Home Assistant's own loop.
    """

    timeout: float
    slots: threading.BoundedSemaphore


DEFAULT_LIMITS: Final = OpenLimits(
    timeout=OPEN_TIMEOUT, slots=threading.BoundedSemaphore(4)
)
SLOW_LIMITS: Final = OpenLimits(
    timeout=SLOW_OPEN_TIMEOUT, slots=threading.BoundedSemaphore(4)
)
"""For cameras that have just not answered: with slots of their own they hold up no other."""

if av.logging.get_level() is None:
    # Without a level PyAV adds no log message to its errors. Home Assistant's stream integration sets the same.
    av.logging.set_level(av.logging.FATAL)


def demux(
    address: CameraAddress,
    timeline: Timeline,
    stopped: threading.Event,
    *,
    time: Callable[[], float],
    limits: OpenLimits = DEFAULT_LIMITS,
    received: threading.Event | None = None,
) -> Generator[PackagedFragment]:
    """Yield fragments until the camera ends it or `stopped` is set; `received` is set when video arrives. Blocks.

    `time` is the loop's clock.

    Raises SourceUnusable, which never contains the address: FFmpeg's own errors do,
    credentials included.
    """
    if address.scheme not in _SCHEMES:
        raise SourceUnusable(SCHEME_UNSUPPORTED)
    try:
        yield from _read(
            address,
            timeline,
            stopped,
            time=time,
            limits=limits,
            received=received or threading.Event(),
        )
    except FFmpegError as error:
        raise SourceUnusable(_fault(error)) from None
    except MalformedVideoError:
        raise SourceUnusable(CODEC_UNSUPPORTED) from None


def _read(
    address: CameraAddress,
    timeline: Timeline,
    stopped: threading.Event,
    *,
    time: Callable[[], float],
    limits: OpenLimits,
    received: threading.Event,
) -> Generator[PackagedFragment]:
    if not _has_slot(limits, stopped):
        return
    try:
        container = _open(address, limits, time)
    finally:
        limits.slots.release()
    with closing(container):
        packets = _packets(container, _video(container), stopped, time)
        yield from _packaged(packets, _video(container), timeline, received)


def _open(
    address: CameraAddress, limits: OpenLimits, time: Callable[[], float]
) -> InputContainer:
    """Open the connection. FFmpeg has no error of its own for a timeout, so the time is measured."""
    begun = time()
    options = _OPTIONS | {"tls_verify": str(int(address.verifies_certificate))}
    try:
        return av.open(
            address.url, "r", timeout=(limits.timeout, READ_TIMEOUT), options=options
        )
    except FFmpegError:
        if time() - begun >= limits.timeout:
            raise SourceUnusable(SLOW) from None
        raise


def _fault(error: FFmpegError) -> str:
    message = error.log[2] if error.log else ""
    for pattern, code in _CODES_BY_MESSAGE.get(type(error), ()):
        if pattern.search(message):
            return code
    return _FAULTS.get(type(error), UNREACHABLE)


def _has_slot(limits: OpenLimits, stopped: threading.Event) -> bool:
    while not stopped.is_set():
        if limits.slots.acquire(timeout=_SLOT_POLL_SECONDS):
            return True
    return False


def _packaged(
    packets: Generator[_Timed],
    stream: VideoStream,
    timeline: Timeline,
    received: threading.Event,
) -> Generator[PackagedFragment]:
    codec = _codec(stream)
    announced = extradata.read(codec, stream.codec_context.extradata or b"")
    packager = Packager(codec, announced.sets, timeline)
    for timed in packets:
        packet, ticks = timed.packet, partial(_ticks, stream)
        if packet.size:  # at the end comes an empty one
            received.set()
        packaged = packager.add(
            AccessUnit(
                units=list(announced.split(bytes(packet))),
                pts=ticks(packet.pts),
                dts=ticks(packet.dts),
                duration=ticks(packet.duration),
                at=timed.at,
                after=timed.after,
            )
        )
        if packaged is not None:
            yield packaged


def _ticks(stream: VideoStream, count: int | None) -> int | None:
    base = stream.time_base
    if count is None or base is None:
        return None
    return count * TIMESCALE * base.numerator // base.denominator


def _packets(
    container: InputContainer,
    stream: VideoStream,
    stopped: threading.Event,
    time: Callable[[], float],
) -> Generator[_Timed]:
    """Yield this stream's packets; end after a timeout without one, whatever else arrives.

    FFmpeg holds each packet until the next one begins: what began after the packet before last was returned is new.
    """
    begun = last_at = time()
    for packet in container.demux():
        if stopped.is_set():
            return
        if packet.stream_index == stream.index:
            at = time()
            yield _Timed(packet=packet, at=at, after=begun)
            begun, last_at = last_at, at
        elif time() - last_at > READ_TIMEOUT:
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
