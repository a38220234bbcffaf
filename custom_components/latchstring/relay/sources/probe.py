"""The probe of a camera before it is shared: can it be relayed, and in which format?"""

import asyncio
from typing import Final

from ..errors import UNAUTHORIZED, UNREACHABLE, UNREADABLE, SourceUnusable
from ..mp4.init_segment import VideoFormat
from ..mp4.packager import PackagedFragment
from ..mp4.timeline import Timeline
from .reader import Reader, ReaderKind, choose, reader_of
from .reading import CameraTraits, Reading
from .refused_logins import RefusedLogins
from .source import Source

_TIMEOUT: Final = 25


async def probe(source: Source, refused_logins: RefusedLogins) -> VideoFormat:
    """Return the format of a camera's video, waiting as long as a slow one takes; raises SourceUnusable."""
    if source in refused_logins:
        raise SourceUnusable(UNAUTHORIZED)
    traits = CameraTraits(is_slow=True)
    try:
        return await _probe(source, traits, refused_logins)
    except SourceUnusable as unusable:
        if unusable.code != UNREADABLE or _is_by_ffmpeg(source, traits):
            raise
    traits.is_unreadable = True
    return await _probe(source, traits, refused_logins)


def _is_by_ffmpeg(source: Source, traits: CameraTraits) -> bool:
    return choose(source, traits).by is ReaderKind.FFMPEG


async def _probe(
    source: Source, traits: CameraTraits, refused_logins: RefusedLogins
) -> VideoFormat:
    loop = asyncio.get_running_loop()
    first: asyncio.Future[VideoFormat] = loop.create_future()

    def deliver(packaged: PackagedFragment) -> None:
        if not first.done():
            first.set_result(packaged.video)

    reader = reader_of(
        choose(source, traits),
        source,
        Reading(
            loop=loop,
            name="being probed",
            timeline=Timeline(),
            deliver=deliver,
            traits=traits,
            refused_logins=refused_logins,
        ),
    )
    reader.start()
    try:
        return await _first(first, reader)
    finally:
        reader.stop()


async def _first(first: asyncio.Future[VideoFormat], reader: Reader) -> VideoFormat:
    """Return the first format; raises SourceUnusable where the reader ends before, or nothing comes in time."""

    def end(_: object) -> None:
        if not first.done():
            first.set_exception(SourceUnusable(reader.fault or UNREACHABLE))

    ending = asyncio.create_task(reader.ended.wait())
    ending.add_done_callback(end)
    try:
        async with asyncio.timeout(_TIMEOUT):
            return await first
    except TimeoutError:
        raise SourceUnusable(reader.missing) from None
    finally:
        ending.cancel()
