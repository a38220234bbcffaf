"""The probe of a camera before it is shared: can it be relayed, and in which format?"""

import asyncio
from contextlib import closing
import threading
from typing import Final

from ..errors import KEYFRAMES_RARE, SLOW, UNREACHABLE, SourceUnusable
from ..mp4.init_segment import VideoFormat
from ..mp4.timeline import Timeline
from .rtsp import SLOW_LIMITS, demux

_TIMEOUT: Final = 25


async def probe(url: str) -> VideoFormat:
    """Return the format of a camera's video, waiting as long as a slow one takes; raises SourceUnusable."""
    stopped, received = threading.Event(), threading.Event()
    try:
        async with asyncio.timeout(_TIMEOUT):
            return await asyncio.to_thread(_first_format, url, stopped, received)
    except TimeoutError:
        raise SourceUnusable(KEYFRAMES_RARE if received.is_set() else SLOW) from None
    finally:
        stopped.set()


def _first_format(
    url: str, stopped: threading.Event, received: threading.Event
) -> VideoFormat:
    fragments = demux(url, Timeline(), stopped, limits=SLOW_LIMITS, received=received)
    with closing(fragments) as incoming:
        for packaged in incoming:
            return packaged.video
    raise SourceUnusable(KEYFRAMES_RARE if received.is_set() else UNREACHABLE)
