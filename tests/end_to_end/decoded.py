"""What a decoder that is not ours makes of a stream."""

import asyncio

import imageio_ffmpeg

from tests.reference_hub import Seen

from .promise import promise


async def decoded_size(seen: Seen) -> str:
    """Decode what arrived, by a decoder that is not ours; give the picture's size."""
    promise(seen.capture, "something arrived")
    ffmpeg = await asyncio.create_subprocess_exec(
        imageio_ffmpeg.get_ffmpeg_exe(),
        *("-loglevel", "error", "-i", "pipe:0", "-frames:v", "1"),
        *("-f", "image2pipe", "-c:v", "ppm", "pipe:1"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    picture, complaint = await ffmpeg.communicate(bytes(seen.capture or b""))
    promise(picture.startswith(b"P6"), f"it decodes: {complaint.decode()}")
    return picture.split(b"\n", 2)[1].decode().replace(" ", "x")
