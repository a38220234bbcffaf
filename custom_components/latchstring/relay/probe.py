"""A look at a camera before it is shared: can it be relayed, and what does it show?"""

import asyncio
from contextlib import closing
import threading
from typing import Final

from .camera import pieces
from .errors import NO_VIDEO, SourceUnusable
from .movie import VideoFormat
from .timeline import Timeline

_TIMEOUT: Final = 25


async def probe(url: str) -> VideoFormat:
    """Look at a camera once; raises SourceUnusable."""
    stopped = threading.Event()
    try:
        async with asyncio.timeout(_TIMEOUT):
            return await asyncio.to_thread(_first_format, url, stopped)
    except TimeoutError:
        raise SourceUnusable(NO_VIDEO) from None
    finally:
        stopped.set()


def _first_format(url: str, stopped: threading.Event) -> VideoFormat:
    with closing(pieces(url, Timeline(), stopped)) as incoming:
        for piece in incoming:
            return piece.video
    raise SourceUnusable(NO_VIDEO)
