"""Decoders that are not the relay's own: a stand-alone ffmpeg, and PyAV's."""

import asyncio
from io import BytesIO
import re

import av
import imageio_ffmpeg

_STREAM = re.compile(r"^  Stream #0:\d+.*?: (\w+): (\w+)", re.MULTILINE)


async def ffmpeg(*arguments: str, data: bytes) -> tuple[str, str]:
    process = await asyncio.create_subprocess_exec(
        imageio_ffmpeg.get_ffmpeg_exe(),
        *("-hide_banner", "-nostdin", "-i", "pipe:0", "-map", "0", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, told = await process.communicate(data)
    assert process.returncode == 0, told.decode()
    return out.decode(), told.decode()


async def streams_by_ffmpeg(data: bytes) -> list[tuple[str, str]]:
    _, told = await ffmpeg("-c", "copy", "-f", "null", "-", data=data)
    return _STREAM.findall(told.partition("Output #0")[0])


async def frames_by_ffmpeg(data: bytes) -> int:
    """Decode everything; any error fails."""
    out, told = await ffmpeg(
        "-xerror", "-fps_mode", "passthrough", "-f", "framecrc", "-", data=data
    )
    assert "error" not in told.lower(), told
    return sum(not line.startswith("#") for line in out.splitlines())


def frames_by_pyav(data: bytes) -> tuple[list[str], int]:
    """Give the types of all streams, and how many pictures they decode to."""
    with av.open(BytesIO(data), "r") as container:
        types = [str(stream.type) for stream in container.streams]
        return types, len(list(container.decode(video=0)))
