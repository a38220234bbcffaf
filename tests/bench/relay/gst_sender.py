"""`/usr/bin/python3 gst_sender.py STREAMS CAMERA RECEIVER CA`: the same by GStreamer, all streams in one process.

Runs under Debian's own Python, the only one that has `gi`. GStreamer's own HTTP sinks begin a request with every
buffer, so what the muxer makes is written to a TLS socket here.
"""

import socket
import ssl
import sys
from typing import Any
from urllib.parse import urlsplit

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstApp", "1.0")

from gi.repository import (  # noqa: E402  # gi wants its versions chosen before the import
    GLib,
    Gst,
)

Gst.init(None)

PIPELINE = (
    "rtspsrc location={camera} protocols=tcp latency=0 ! rtph264depay ! h264parse"
    " ! video/x-h264,stream-format=avc,alignment=au"
    " ! mp4mux streamable=true fragment-duration=1 ! appsink name=out emit-signals=true sync=false"
)


def connected(url: str, ca: str) -> ssl.SSLSocket:
    parts = urlsplit(url)
    assert parts.hostname is not None
    context = ssl.create_default_context(cafile=ca)
    plain = socket.create_connection((parts.hostname, parts.port or 443))
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    secure = context.wrap_socket(plain, server_hostname=parts.hostname)
    secure.sendall(
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    )
    return secure


def on_sample(sink: Any, receiver: ssl.SSLSocket) -> Any:
    buffer = sink.emit("pull-sample").get_buffer()
    data = buffer.extract_dup(0, buffer.get_size())
    if data:
        receiver.sendall(b"%x\r\n%b\r\n" % (len(data), data))
    return Gst.FlowReturn.OK


def main(streams: str, camera: str, receiver: str, ca: str) -> None:
    """Relay until it is killed."""
    pipelines = []
    for k in range(int(streams)):
        pipeline = Gst.parse_launch(PIPELINE.format(camera=f"{camera}/{k}"))
        sink = pipeline.get_by_name("out")
        sink.connect("new-sample", on_sample, connected(f"{receiver}/{k}", ca))
        pipeline.set_state(Gst.State.PLAYING)
        pipelines.append(pipeline)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main(*sys.argv[1:])
