"""A real IP camera for the tests: x264 or x265 over RTSP, by gst-rtsp-server.

Runs under Debian's own `/usr/bin/python3`, the only one that has `gi`; `gst_camera.py`
starts it. The encoder runs all the time, as in a real camera, so a client joins in the
middle of a group of pictures. Says what happens as one JSON object a line on stdout.
"""

import argparse
from collections.abc import Iterator
import json
import sys
from typing import Any

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")

from gi.repository import (  # noqa: E402  # gi wants its versions chosen before the import
    Gio,
    GLib,
    Gst,
    GstRtsp,
    GstRtspServer,
)

Gst.init(None)  # before a class of its is derived from, or its signals are not there

ENCODERS = {
    "h264": (
        "x264enc speed-preset=ultrafast {tune} bitrate={bitrate} key-int-max={gop}"
        " bframes={bframes} option-string=scenecut=0:open-gop=0:slices={slices}"
        " ! video/x-h264,stream-format=avc,alignment=au"
    ),
    "h265": (
        "x265enc speed-preset=ultrafast {tune} bitrate={bitrate} key-int-max={gop}"
        " option-string=scenecut=0:open-gop=0:bframes={bframes}"
        " ! h265parse ! video/x-h265,stream-format=hvc1,alignment=au"
    ),
    "mjpeg": "jpegenc",
    "aac": "voaacenc ! audio/mpeg,stream-format=raw",
    "g711": "alawenc",
}
PAYLOADERS = {
    # x264 repeats its parameter sets itself; the payloader would do so at every slice
    "h264": "rtph264pay config-interval=0 pt=96",
    "h265": "rtph265pay config-interval=-1 pt=96",
    "mjpeg": "rtpjpegpay pt=96",
    "aac": "rtpmp4gpay pt=97",
    "g711": "rtppcmapay pt=8",
}
TRANSPORTS = {
    "tcp": GstRtsp.RTSPLowerTrans.TCP,
    "udp": GstRtsp.RTSPLowerTrans.UDP,
}
PICTURES = ("h264", "h265", "mjpeg", "none")
SOUNDS = ("none", "aac", "g711")
RATES = {"aac": 48000, "g711": 8000}
SEI = {"h264": b"\x06", "h265": b"\x4e\x01"}
DELIMITER = {"h264": 9, "h265": 35}
SETS = {"h264": (7, 8), "h265": (32, 33, 34)}


def say(event: str, **facts: object) -> None:
    """Tell the test that started this camera."""
    sys.stdout.write(json.dumps({"event": event, **facts}) + "\n")
    sys.stdout.flush()


def kind(codec: str, unit: bytes) -> int:
    return unit[0] & 0x1F if codec == "h264" else unit[0] >> 1


def units(access_unit: bytes) -> Iterator[bytes]:
    while access_unit:
        end = 4 + int.from_bytes(access_unit[:4], "big")
        yield access_unit[4:end]
        access_unit = access_unit[end:]


def sei(codec: str, text: str) -> bytes:
    """One unit of user data holding `text`."""
    payload = b"\x11" * 16 + text.encode()
    size = b"\xff" * (len(payload) // 255) + bytes([len(payload) % 255])
    return SEI[codec] + b"\x05" + size + payload + b"\x80"


def dressed(codec: str, access_unit: bytes, unit: bytes, *, bare: bool) -> bytes:
    """Put `unit` after the delimiter, if any; take the parameter sets out if `bare`."""
    found = list(units(access_unit))
    if bare:
        found = [other for other in found if kind(codec, other) not in SETS[codec]]
    if unit:
        found.insert(int(kind(codec, found[0]) == DELIMITER[codec]), unit)
    return b"".join(len(other).to_bytes(4, "big") + other for other in found)


class Media(GstRtspServer.RTSPMedia):
    """A stream whose description carries the canary as its title."""

    canary = ""

    def do_setup_sdp(self, sdp: Any, info: Any) -> bool:
        """Write the title, then let the server describe the streams."""
        done: bool = GstRtspServer.RTSPMedia.do_setup_sdp(self, sdp, info)
        if self.canary:
            sdp.set_session_name(self.canary)
            sdp.set_information(self.canary)
        return done


class Camera:
    """One picture, one sound, one mount point."""

    def __init__(self, options: argparse.Namespace) -> None:
        """Describe the server; nothing runs before `start`."""
        self.options = options
        self.clients = 0
        self.codecs = {
            kind: codec
            for kind, codec in (("video", options.codec), ("audio", options.audio))
            if codec != "none"
        }
        self.watching: dict[str, list[Any]] = {kind: [] for kind in self.codecs}
        self.delays: dict[Any, int] = {}
        self.pipelines: list[Any] = []
        self.server = GstRtspServer.RTSPServer(
            address=options.host, service=str(options.port)
        )
        self.server.connect("client-connected", self.on_client)
        if options.user or options.certificate:
            self.demand(options)
        self.server.get_mount_points().add_factory(options.path, self.factory())

    def demand(self, options: argparse.Namespace) -> None:
        """Let in nobody without these credentials, or without TLS."""
        auth = GstRtspServer.RTSPAuth()
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "viewer")
        if options.user:
            login = GstRtspServer.RTSPAuth.make_basic(options.user, options.password)
            auth.add_basic(login, token)
        else:
            auth.set_default_token(token)
        if options.certificate:
            files = options.certificate, options.key
            auth.set_tls_certificate(Gio.TlsCertificate.new_from_files(*files))
        self.server.set_auth(auth)

    def factory(self) -> Any:
        """One pipeline for all clients: what the encoder makes, and the sound."""
        options = self.options
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(f"( {' '.join(self.streams())} )")
        factory.set_shared(True)
        Media.canary = options.canary
        factory.set_media_gtype(Media.__gtype__)
        factory.connect("media-configure", self.on_media)
        if options.transport != "any":
            factory.set_protocols(TRANSPORTS[options.transport])
        if options.user or options.certificate:
            permissions = GstRtspServer.RTSPPermissions()
            for right in ("media.factory.access", "media.factory.construct"):
                permissions.add_permission_for_role("viewer", right, True)
            factory.set_permissions(permissions)
        return factory

    def streams(self) -> Iterator[str]:
        """Describe what clients may set up, the picture first.

        Sources that cannot be sought in, as a real camera's.
        """
        for number, (kind, codec) in enumerate(self.codecs.items()):
            source = f"appsrc name={kind} is-live=true format=time"
            yield f"{source} ! {PAYLOADERS[codec]} name=pay{number}"

    def on_media(self, _factory: Any, media: Any) -> None:
        """A first client asked: connect the encoders to its pipeline."""
        for kind, watching in self.watching.items():
            source = media.get_element().get_by_name_recurse_up(kind)
            watching.append(source)
            media.connect("unprepared", self.on_unprepared, source, watching)

    def on_unprepared(self, _media: Any, source: Any, watching: list[Any]) -> None:
        """The last client left."""
        watching.remove(source)
        self.delays.pop(source, None)

    def on_client(self, _server: Any, client: Any) -> None:
        """Count who is connected."""
        self.clients += 1
        say("connected", clients=self.clients)
        client.connect("setup-request", self.on_setup)
        client.connect("closed", self.on_closed)

    def on_setup(self, _client: Any, context: Any) -> None:
        """Say which of the two streams was asked for."""
        say("setup", stream=list(self.codecs)[context.stream.get_index()])

    def on_closed(self, _client: Any) -> None:
        """Count who has left."""
        self.clients -= 1
        say("closed", clients=self.clients)

    def on_sample(self, sink: Any, kind: str) -> Any:
        """Hand what was encoded to whoever watches."""
        sample = sink.emit("pull-sample")
        buffer = sample.get_buffer()
        data = self.dressed(kind, buffer.extract_dup(0, buffer.get_size()))
        taken = sample.get_segment().to_running_time(Gst.Format.TIME, buffer.pts)
        for source in list(self.watching[kind]):
            if source.get_state(0).state == Gst.State.PLAYING:
                out = Gst.Buffer.new_wrapped(data)
                out.pts, out.duration = self.due(source, taken), buffer.duration
                out.set_flags(buffer.get_flags())
                source.set_caps(sample.get_caps())
                source.emit("push-buffer", out)
        return Gst.FlowReturn.OK

    def due(self, source: Any, taken: int) -> int:
        """Put a picture into a client's time, however late a busy machine encodes it."""
        if source not in self.delays:
            now = source.get_clock().get_time() - source.get_base_time()
            self.delays[source] = now + Gst.SECOND // 10 - taken
        return max(0, taken + self.delays[source])

    def dressed(self, kind: str, data: bytes) -> bytes:
        """Add the canary, and take away what only the description shall say."""
        codec = self.codecs[kind]
        if codec not in SEI:
            return data
        unit = sei(codec, self.options.canary) if self.options.canary else b""
        return dressed(codec, data, unit, bare=self.options.sets == "described")

    def start(self) -> None:
        """Run the encoders, watched or not, and listen."""
        for kind, codec in self.codecs.items():
            self.encode(kind, self.source(kind), codec)
        if not self.server.attach(None):
            sys.exit("the camera's port is taken")
        say("ready", port=self.server.get_bound_port(), path=self.options.path)

    def source(self, kind: str) -> str:
        """Describe a moving picture, or a tone."""
        options = self.options
        if kind == "audio":
            rate = f"rate={RATES[options.audio]},channels=1"
            return f"audiotestsrc is-live=true ! audio/x-raw,{rate}"
        size = f"width={options.width},height={options.height}"
        form = f"format={options.format},{size},framerate={options.fps}/1"
        return (
            f"videotestsrc is-live=true pattern={options.pattern} ! video/x-raw,{form}"
        )

    def encode(self, kind: str, source: str, codec: str) -> None:
        """Encode without end."""
        options = self.options
        encoder = ENCODERS[codec].format(
            tune="" if options.bframes else "tune=zerolatency",
            bitrate=options.bitrate,
            gop=options.gop,
            bframes=options.bframes,
            slices=options.slices,
        )
        sink = "appsink name=sink emit-signals=true sync=false"
        pipeline = Gst.parse_launch(f"{source} ! {encoder} ! {sink}")
        pipeline.get_by_name("sink").connect("new-sample", self.on_sample, kind)
        pipeline.set_state(Gst.State.PLAYING)
        self.pipelines.append(pipeline)


def parse() -> argparse.Namespace:
    """What kind of camera this is."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--codec", choices=PICTURES, default="h264")
    parser.add_argument("--audio", choices=SOUNDS, default="none")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=720)
    parser.add_argument("--fps", type=int, default=30)
    parser.add_argument("--gop", type=int, default=30)
    parser.add_argument("--bframes", type=int, default=0)
    parser.add_argument("--slices", type=int, default=1)
    parser.add_argument("--bitrate", type=int, default=2000)
    parser.add_argument("--pattern", default="ball")
    parser.add_argument("--format", default="I420")
    parser.add_argument("--transport", choices=("any", *TRANSPORTS), default="any")
    parser.add_argument("--certificate", default="")
    parser.add_argument("--key", default="")
    parser.add_argument("--sets", choices=("inband", "described"), default="inband")
    parser.add_argument("--canary", default="")
    parser.add_argument("--user", default="")
    parser.add_argument("--password", default="")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--path", default="/live")
    return parser.parse_args()


def main() -> None:
    """Be a camera until killed, or until whoever started it is gone."""
    loop = GLib.MainLoop()
    camera = Camera(parse())
    GLib.io_add_watch(
        sys.stdin, GLib.PRIORITY_DEFAULT, GLib.IO_HUP, lambda *_: loop.quit()
    )
    camera.start()
    loop.run()


if __name__ == "__main__":
    main()
