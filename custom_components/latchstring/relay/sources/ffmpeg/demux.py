"""The demuxer: a connection to a camera, read by FFmpeg on the caller's thread.

FFmpeg reads HLS, RTMP, FLV and MPEG-TS, and RTSP where our own client could not read a camera's answers. Only the first
video leaves it; sound is dropped unseen.
"""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
import threading
import time
from typing import Final

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet as EncodedPacket
from av.stream import Stream
from av.video.stream import VideoStream

from ...codec.access_unit import AccessUnit
from ...codec.nal import Codec
from ...errors import (
    CODEC_UNSUPPORTED,
    NO_VIDEO,
    SLOW,
    MalformedVideoError,
    SourceUnusable,
)
from ...mp4.init_segment import TIMESCALE
from ...mp4.packager import PackagedFragment, Packager
from ...mp4.timeline import Timeline
from ..address import CameraAddress
from . import extradata
from .faults import fault_of
from .http_client import HttpClient
from .input_settings import options_of, settings_of
from .limits import DEFAULT_LIMITS, OpenLimits

_LONGEST_LAG: Final = 1.0
"""Seconds by which a thread on a busy machine reads later than it could."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Timed:
    """A packet, and a moment before which nothing of it had arrived."""

    packet: EncodedPacket[Stream]
    after: float


class Demuxer:
    """Reads one connection, on the thread that asks for its fragments, until `stopped` is set."""

    def __init__(
        self,
        address: CameraAddress,
        timeline: Timeline,
        stopped: threading.Event,
        *,
        time: Callable[[], float],
        limits: OpenLimits = DEFAULT_LIMITS,
    ) -> None:
        """`time` is the loop's clock; `address` is one that the table of readers gives to FFmpeg."""
        self._address = address
        self._timeline = timeline
        self._stopped = stopped
        self._time = time
        self._limits = limits
        self._settings = settings_of(address)
        self._packager: Packager | None = None
        self._begun = time()

    @property
    def missing(self) -> str:
        """Return what is missing for a picture: the code."""
        return self._packager.missing if self._packager else SLOW

    def fragments(self) -> Generator[PackagedFragment]:
        """Yield fragments until the camera ends it or it is stopped. Blocks.

        Raises SourceUnusable, which never contains the address: FFmpeg's own errors do,
        credentials included.
        """
        try:
            yield from (
                self._read_http() if self._settings.is_fetched else self._read(None)
            )
        except FFmpegError as error:
            raise SourceUnusable(fault_of(error)) from None
        except MalformedVideoError:
            raise SourceUnusable(CODEC_UNSUPPORTED) from None

    def _read_http(self) -> Generator[PackagedFragment]:
        http = HttpClient(
            self._address, self._stopped, time=self._time, timeout=self._limits.timeout
        )
        with closing(http):
            yield from self._read(http)

    def _read(self, http: HttpClient | None) -> Generator[PackagedFragment]:
        with self._limits.slot(self._stopped):
            container = self._open(http)
        with closing(container):
            yield from self._packaged(container, http)

    def _open(self, http: HttpClient | None) -> InputContainer:
        """Open the connection. FFmpeg has no error of its own for a timeout, so the time is measured."""
        begun = self._time()
        try:
            container = av.open(
                self._address.url,
                "r",
                timeout=(self._limits.timeout, self._settings.read_timeout),
                # as `options` they crash PyAV 17 where a stream is found late, as in FLV
                container_options=options_of(self._address, self._settings),
                io_open=http.open if http else None,
            )
        except FFmpegError:
            if http and http.fault:
                raise SourceUnusable(http.fault) from None
            if self._time() - begun >= self._limits.timeout:
                raise SourceUnusable(SLOW) from None
            raise
        if http:
            http.succeed()
        return container

    def _packaged(
        self, container: InputContainer, http: HttpClient | None
    ) -> Generator[PackagedFragment]:
        stream = _video(container)
        codec = _codec(stream)
        announced = extradata.read(codec, stream.codec_context.extradata or b"")
        packager = self._packager = Packager(codec, announced.sets, self._timeline)
        ticks = partial(_ticks, stream)
        for timed in self._packets(container, stream, http):
            packet = timed.packet
            packaged = packager.add(
                AccessUnit(
                    units=list(announced.split(bytes(packet))),
                    pts=ticks(packet.pts),
                    dts=ticks(packet.dts),
                    duration=ticks(packet.duration),
                    at=time.monotonic(),
                    after=timed.after,
                )
            )
            if packaged is not None:
                yield packaged

    def _packets(
        self, container: InputContainer, stream: VideoStream, http: HttpClient | None
    ) -> Generator[_Timed]:
        """Yield this stream's packets; end after a timeout without one, whatever else arrives.

        FFmpeg holds each packet until the next one begins: it may hold this one and the one before when it is given
        more, so this one is new since it was given all before the packet before last. What HLS shows was taken
        before it could be fetched: that counts.
        """
        after = next_after = self._after(http, self._begun)
        last_at = self._time()
        for packet in container.demux():
            if self._stopped.is_set():
                return
            at = self._time()
            if packet.stream_index == stream.index:
                yield _Timed(packet=packet, after=after)
                after, next_after, last_at = next_after, self._after(http, at), at
            elif at - last_at > self._settings.read_timeout:
                return

    def _after(self, http: HttpClient | None, at: float) -> float:
        """Return a moment at which FFmpeg had been given all that had arrived; of its own connections a safe guess."""
        return http.taken_after if http else max(self._begun, at - _LONGEST_LAG)


def _ticks(stream: VideoStream, count: int | None) -> int | None:
    base = stream.time_base
    if count is None or base is None:
        return None
    return count * TIMESCALE * base.numerator // base.denominator


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
