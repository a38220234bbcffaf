"""Readers of cameras: their face, and the table of who reads an address, and why."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from ..errors import SCHEME_UNSUPPORTED, SourceUnusable
from .address import CameraAddress
from .ffmpeg.reader import FFmpegReader
from .images.reader import ImageReader
from .images.source import ImageSource
from .reading import CameraTraits, Reading
from .rtsp.reader import RtspReader
from .source import Source
from .webrtc.reader import WebRtcReader
from .webrtc.source import WebRtcSource


class Reader(Protocol):
    """Reads one connection to a camera, until the camera ends it or `stop` is called. All is called on the loop."""

    ended: asyncio.Event
    fault: str | None
    """Why it ended, by a code of `relay.errors`; None: the camera ended it."""

    @property
    def has_delivered(self) -> bool:
        """Return whether a fragment was made."""

    @property
    def missing(self) -> str:
        """Return what is missing for a picture, by a code of `relay.errors`."""

    def start(self) -> None:
        """Connect, and read."""

    def stop(self) -> None:
        """End; nothing is delivered from now on."""

    def flush(self) -> None:
        """Deliver what has arrived."""

    def request_keyframe(self) -> None:
        """Ask the camera for a keyframe, where that is possible: somebody waits for one."""

    async def async_join(self) -> None:
        """Wait until the connection, and what read it, are gone."""


class ReaderKind(StrEnum):
    """Who reads a camera."""

    RTSP = "rtsp"
    """Our own RTSP client."""
    FFMPEG = "ffmpeg"
    WEBRTC = "webrtc"
    """Our own WebRTC peer."""
    IMAGES = "images"
    """The camera is asked for one image after the other."""


class Because(StrEnum):
    """Why that one reads it."""

    SCHEME = "scheme"
    """The scheme of its address."""
    KIND = "kind"
    """It has no address: nothing else can read it."""
    UNREADABLE = "unreadable"
    """Our own client could not read what it answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Who reads a camera, and why."""

    by: ReaderKind
    because: Because = Because.SCHEME


_BY_SCHEME: Final[Mapping[str, ReaderKind]] = {
    "rtsp": ReaderKind.RTSP,
    "rtsps": ReaderKind.RTSP,
    "http": ReaderKind.FFMPEG,
    "https": ReaderKind.FFMPEG,
    "rtmp": ReaderKind.FFMPEG,
    "rtmps": ReaderKind.FFMPEG,
}
_READERS: Final[Mapping[ReaderKind, Callable[[CameraAddress, Reading], Reader]]] = {
    ReaderKind.RTSP: RtspReader,
    ReaderKind.FFMPEG: FFmpegReader,
}


def choose(source: Source, traits: CameraTraits) -> Choice:
    """Return who reads a source of which this is known; raises SourceUnusable for none."""
    match source:
        case CameraAddress():
            return _choose(source, traits)
        case WebRtcSource():
            return Choice(by=ReaderKind.WEBRTC, because=Because.KIND)
        case ImageSource():
            return Choice(by=ReaderKind.IMAGES, because=Because.KIND)


def _choose(address: CameraAddress, traits: CameraTraits) -> Choice:
    """Return who reads an address. What our own client cannot read, FFmpeg may."""
    by = _BY_SCHEME.get(address.scheme)
    if by is None:
        raise SourceUnusable(SCHEME_UNSUPPORTED)
    if by is ReaderKind.RTSP and traits.is_unreadable:
        return Choice(by=ReaderKind.FFMPEG, because=Because.UNREADABLE)
    return Choice(by=by)


def reader_of(choice: Choice, source: Source, reading: Reading) -> Reader:
    """Return a reader, not started."""
    match source:
        case CameraAddress():
            return _READERS[choice.by](source, reading)
        case WebRtcSource():
            return WebRtcReader(source, reading)
        case ImageSource():
            return ImageReader(source, reading)
