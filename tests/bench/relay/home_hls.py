"""`python -m tests.bench.relay.home_hls STREAMS CAMERA RECEIVER CA FOLDER`: Home Assistant's own HLS.

A real core with its `stream` integration at its defaults; each part is posted as soon as a client could ask for it.
"""

import asyncio
import ssl
import sys
from urllib.parse import urlsplit

from homeassistant import loader
from homeassistant.auth import auth_manager_from_config
from homeassistant.bootstrap import async_load_base_functionality
from homeassistant.components.camera import DynamicStreamSettings
from homeassistant.components.stream import HLS_PROVIDER, Stream, create_stream
from homeassistant.components.stream.core import StreamOutput
from homeassistant.config_entries import ConfigEntries
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from tests.end_to_end.ports import free_port

_PART_WAIT = 5


async def core(folder: str) -> HomeAssistant:
    """Return a core with `stream` and what that needs."""
    home = HomeAssistant(folder)
    home.config_entries = ConfigEntries(home, {})
    loader.async_setup(home)
    assert await async_load_base_functionality(home)
    home.auth = await auth_manager_from_config(home, [], [])
    config = {
        "http": {"server_host": "127.0.0.1", "server_port": free_port()},
        "stream": {},
    }
    assert await async_setup_component(home, "stream", config)
    return home


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


async def post(output: StreamOutput, url: str, context: ssl.SSLContext) -> None:
    """Send each part once it is there."""
    parts = urlsplit(url)
    _reader, writer = await asyncio.open_connection(
        parts.hostname, parts.port, ssl=context
    )
    writer.write(
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    )
    sent: dict[int, int] = {}
    while True:
        await output.part_recv(_PART_WAIT)
        output.idle_timer.awake()
        for segment in tuple(output.get_segments()):
            if not sent:
                writer.write(chunk(segment.init))
            for part in segment.parts[sent.get(segment.sequence, 0) :]:
                writer.write(chunk(part.data))
            sent[segment.sequence] = len(segment.parts)


async def relay(home: HomeAssistant, camera: str, url: str, ca: str) -> Stream:
    """Start one stream."""
    stream = create_stream(home, camera, {}, DynamicStreamSettings())
    output = stream.add_provider(HLS_PROVIDER)
    await stream.start()
    context = ssl.create_default_context(cafile=ca)
    home.async_create_background_task(post(output, url, context), "post")
    return stream


async def main(streams: str, camera: str, receiver: str, ca: str, folder: str) -> None:
    """Relay until it is killed."""
    home = await core(folder)
    for k in range(int(streams)):
        await relay(home, f"{camera}/{k}", f"{receiver}/{k}", ca)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
