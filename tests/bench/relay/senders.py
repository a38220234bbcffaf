"""What is compared: each a command that relays so many cameras to the receiver."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import imageio_ffmpeg

from tests.cameras.gst_camera import SYSTEM_PYTHON, is_installed

from .counterpart import Counterpart


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """From where to where: `camera` and `receiver` are URLs without the stream's number."""

    streams: int
    camera: str
    receiver: str
    ca: Path
    folder: Path

    @property
    def arguments(self) -> tuple[str, ...]:
        """Return what every program of ours is told."""
        return (str(self.streams), self.camera, self.receiver, str(self.ca))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """One way to relay; `commands` starts it, one process or one a stream."""

    name: str
    processes: Callable[[Route], Sequence[Counterpart]]
    is_ours: bool = False
    is_needed: bool = False
    """Whether there is nothing to compare without it."""
    is_there: Callable[[], bool] = lambda: True
    from_streams: int = 1
    """Measured with so many streams and more."""


_LOWEST: Final = (
    *("-probesize", "32", "-analyzeduration", "0", "-fflags", "nobuffer"),
    *("-flags", "low_delay", "-max_delay", "0", "-reorder_queue_size", "0"),
)
_FRAGMENTS: Final = "frag_every_frame+empty_moov+default_base_moof"


def _ffmpeg(route: Route, *options: str) -> list[Counterpart]:
    """Return a process a stream: one for all would end with its first camera."""
    return [
        Counterpart(
            [
                imageio_ffmpeg.get_ffmpeg_exe(),
                *("-nostdin", "-v", "error", "-rtsp_transport", "tcp", *options),
                *("-i", f"{route.camera}/{k}", "-an", "-c", "copy"),
                *("-f", "mp4", "-movflags", _FRAGMENTS, "-flush_packets", "1"),
                *("-method", "POST", "-ca_file", route.ca, "-tls_verify", "1"),
                f"{route.receiver}/{k}",
            ]
        )
        for k in range(route.streams)
    ]


def _gstreamer(route: Route) -> list[Counterpart]:
    script = Path(__file__).with_name("gst_sender.py")
    return [Counterpart([SYSTEM_PYTHON, script, *route.arguments])]


def _hls(route: Route) -> list[Counterpart]:
    return [Counterpart.module("home_hls", *route.arguments, route.folder)]


OURS: Final = Sender(
    name="ours",
    processes=lambda route: [Counterpart.module("ours", *route.arguments)],
    is_ours=True,
    is_needed=True,
)
IN_HOME: Final = Sender(
    name="ours, with Home Assistant imported",
    processes=lambda route: [Counterpart.module("ours", *route.arguments, "home")],
    is_ours=True,
    from_streams=14,
)
FFMPEG: Final = Sender(name="ffmpeg -c copy", processes=_ffmpeg, is_needed=True)
FFMPEG_LOW: Final = Sender(
    name="ffmpeg -c copy, lowest latency",
    processes=lambda route: _ffmpeg(route, *_LOWEST),
    is_needed=True,
)
GSTREAMER: Final = Sender(name="GStreamer", processes=_gstreamer, is_there=is_installed)
HLS: Final = Sender(name="Home Assistant's HLS", processes=_hls)

FFMPEGS: Final = (FFMPEG, FFMPEG_LOW)
SENDERS: Final = (OURS, *FFMPEGS, GSTREAMER, HLS, IN_HOME)
