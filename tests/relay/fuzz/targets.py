"""What is fed to each module, and what has to hold of what comes out, whatever went in.

An exception that a module does not promise is a failure, and so is a result that is larger than what it was made of.
"""

from collections.abc import Mapping
import time
from typing import Final

from custom_components.latchstring.relay.codec import nal
from custom_components.latchstring.relay.codec.nal import Codec
from custom_components.latchstring.relay.encode.encoder import Encoder
from custom_components.latchstring.relay.encode.image import (
    LARGEST,
    SMALLEST,
    UnreadableImageError,
    picture_of,
)
from custom_components.latchstring.relay.rtp.access_unit import (
    AccessUnitAssembler,
    CodedUnits,
)
from custom_components.latchstring.relay.rtp.packet import RtpPacket, read_packet
from custom_components.latchstring.relay.rtp.reordering import ReorderingBuffer
from custom_components.latchstring.relay.rtp.reports import ReceptionStatistics
from custom_components.latchstring.relay.rtsp.digest import (
    Credentials,
    UnsupportedLoginError,
    authenticator,
    is_stale,
)
from custom_components.latchstring.relay.rtsp.message import (
    MalformedMessageError,
    RtspRequest,
)
from custom_components.latchstring.relay.rtsp.sdp import read_description
from custom_components.latchstring.relay.rtsp.url import (
    MalformedAddressError,
    control_url,
    read_address,
    redirected,
)
from custom_components.latchstring.relay.sdp import MalformedDescriptionError

from ..rtsp.received import (
    OPENING,
    Received,
    frames_in,
    reader_into,
    response_of,
    turns,
)
from .target import Counts, Target, Watch
from .webrtc import WEBRTC

ADDRESS: Final = read_address("rtsp://operator:sesame@camera.example/live")
CREDENTIALS: Final = Credentials("operator", "sesame")
CLOCK_RATE: Final = 90_000
LONGEST_REPORT: Final = 128
LONGEST_DECODING: Final = 3.0
"""Seconds of a thread's time: an image may say that it has 40 megapixels."""
MOST_PICTURE: Final = 250_000
"""Bytes."""


def message(data: bytes, watch: Watch) -> Counts:
    """Read a connection as one piece, as many, and behind a response."""
    _received(watch, data)
    whole, is_refused = _received(watch, OPENING, data)
    size = 1 + len(data) // 7
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    split, is_split_refused = _received(watch, OPENING, *pieces)
    for received in (whole, split):
        assert received.size <= received.fed
    if not is_refused:
        assert not is_split_refused
        assert (split.frames, split.responses) == (whole.frames, whole.responses)
        assert split.requests == whole.requests
    counts = len(whole.frames), len(whole.responses), len(whole.requests)
    return *counts, is_refused, whole.is_incomplete


def sdp(data: bytes, watch: Watch) -> Counts:
    """Read a description, and ask for its tracks."""
    try:
        session = watch(read_description, data)
    except MalformedDescriptionError:
        return ()
    base = watch(control_url, ADDRESS.url, session.control)
    for track in session.tracks:
        assert sum(map(len, track.parameter_sets)) <= len(data)
        url = watch(control_url, base, track.control)
        assert RtspRequest(method="SETUP", url=url).encode(1)
    sets = sum(len(track.parameter_sets) for track in session.tracks)
    return len(session.tracks), sets, len(session.control)


def digest(data: bytes, watch: Watch) -> Counts:
    """Answer challenges, one a line."""
    lines = b"".join(b"WWW-Authenticate: " + line + b"\n" for line in data.split(b"\n"))
    try:
        challenges = response_of(b"RTSP/1.0 401\n" + lines + b"\n").all(
            "www-authenticate"
        )
    except MalformedMessageError:
        return ()
    stale = watch(is_stale, challenges)
    try:
        login = watch(authenticator, challenges, CREDENTIALS)
    except UnsupportedLoginError:
        return stale, 0
    header = login.header("PLAY", ADDRESS.url)
    assert len(header) <= 2 * len(data) + 512
    fields = (("Authorization", header),)
    assert RtspRequest(method="PLAY", url=ADDRESS.url, headers=fields).encode(1)
    return stale, 1, len(header)


def url(data: bytes, watch: Watch) -> Counts:
    """Read an address, go where a camera refers to, and ask for what it names."""
    text = data.decode("utf-8", "replace")
    asked = watch(control_url, ADDRESS.url, data.decode("latin-1"))
    assert RtspRequest(method="SETUP", url=asked).encode(1)
    elsewhere = watch(redirected, ADDRESS, data.decode("latin-1"))
    assert elsewhere is None or elsewhere.host == ADDRESS.host
    try:
        address = watch(read_address, text)
    except MalformedAddressError:
        return (elsewhere is None,)
    assert RtspRequest(method="OPTIONS", url=address.url).encode(1)
    return elsewhere is None, address.credentials is None, address.is_tls


def rtp(data: bytes, watch: Watch) -> Counts:
    """Take pictures out of packets, as they come and put in order, with reports of their reception."""
    packets = [watch(read_packet, packet) for packet in frames_in(data)]
    whole = [packet for packet in packets if packet is not None]
    counts: list[int] = [len(packets), len(whole)]
    for codec in Codec:
        for in_order in (whole, _in_order(whole, watch)):
            counts += _pictures(codec, in_order, watch)
    _reported(whole, watch)
    return tuple(counts)


def rtcp(data: bytes, watch: Watch) -> Counts:
    """Read reports of a sender, and report to it."""
    statistics = ReceptionStatistics()
    statistics.received(
        RtpPacket(96, False, 1, 1, 1, b""), 0.0, CLOCK_RATE
    )  # a tuple's item
    watch(statistics.sender_report, data, 0.5)
    report = watch(statistics.receiver_report, 1.0)
    assert len(report) <= LONGEST_REPORT
    return statistics.has_bye, any(report[24:28])


def image(data: bytes, watch: Watch) -> Counts:
    """Make a picture of an image, and encode it. None of it is done on the loop, so that it is not watched."""
    del watch
    begun = time.thread_time()
    try:
        picture = picture_of(data)
    except UnreadableImageError:
        return (-1,)
    finally:
        assert time.thread_time() - begun < LONGEST_DECODING
    for side, most in zip((picture.width, picture.height), LARGEST, strict=True):
        assert SMALLEST <= side <= most
        assert not side % 2
    units = Encoder().encode(picture)
    assert nal.is_keyframe(Codec.H264, units)
    assert sum(map(len, units)) <= MOST_PICTURE
    return picture.width, picture.height


def _received(watch: Watch, *pieces: bytes) -> tuple[Received, bool]:
    """Feed a reader, and say whether it refused something."""
    received = Received(fed=sum(map(len, pieces)))
    reader = reader_into(received)
    try:
        for piece in pieces:
            for each in turns(reader, piece):
                watch(reader.feed, each)
    except MalformedMessageError:
        return received, True
    received.is_incomplete = reader.is_incomplete
    return received, False


def _pictures(codec: Codec, packets: list[RtpPacket], watch: Watch) -> Counts:
    pictures: list[CodedUnits] = []
    assembler = AccessUnitAssembler(codec, pictures.append)
    for number, packet in enumerate(packets):
        watch(assembler.add, packet, float(number))
        if not number % 5:
            watch(assembler.settle)
    units = [unit for picture in pictures for unit in picture.units]
    fed = sum(2 + len(packet.payload) for packet in packets)
    assert sum(map(len, units)) <= fed
    assert all(units)
    return len(pictures), len(units), assembler.dropped


def _in_order(packets: list[RtpPacket], watch: Watch) -> list[RtpPacket]:
    buffer, released = ReorderingBuffer(), list[RtpPacket]()
    for number, packet in enumerate(packets):
        released += watch(buffer.add, packet, number / 100)
        released += watch(buffer.due, number / 100)
    assert len(released) <= len(packets)
    return released


def _reported(packets: list[RtpPacket], watch: Watch) -> None:
    statistics = ReceptionStatistics()
    for number, packet in enumerate(packets):
        watch(statistics.received, packet, number / 100, CLOCK_RATE)
    assert len(watch(statistics.receiver_report, 1.0)) <= LONGEST_REPORT


TARGETS: Final[Mapping[str, Target]] = {
    "message": Target(
        run=message,
        words=(
            *(b"RTSP/1.0 200 OK\r\n", b"CSeq: 1\r\n", b"Content-Length: 9\r\n"),
            *(b"ANNOUNCE rtsp://", b"OPTIONS * RTSP/1.0\r\n", b"\r\n\r\n", b"\n\n"),
            *(b"$\x00\x00\x0c\x80\x60", b"$\x01\x00\x08\x80\xc8", b"\n  folded", b":"),
        ),
    ),
    "sdp": Target(
        run=sdp,
        words=(
            *(b"v=0\n", b"m=video 0 RTP/AVP 96\n", b"a=rtpmap:96 H265/90000\n"),
            *(b"a=control:", b"a=fmtp:96 ", b"sprop-parameter-sets=Z0I=,aO4=", b";"),
            *(b"sprop-vps=QAE=", b"sprop-sps=", b"rtsp://", b"\r\n", b"96", b"="),
        ),
    ),
    "digest": Target(
        run=digest,
        words=(
            *(b"Digest ", b"Basic ", b"NTLM", b"realm=", b"nonce=", b"qop=", b"auth"),
            *(b"algorithm=", b"MD5", b"SHA-256", b"-sess", b"stale=true", b"opaque="),
            *(b'"', b"\\", b",", b"=", b"\n", b"auth-int"),
        ),
    ),
    "url": Target(
        run=url,
        words=(
            *(
                b"rtsp://",
                b"rtsps://",
                b"operator:sesame@",
                b"camera.example",
                b"[::1]",
            ),
            *(b":554", b"/", b"?", b"#", b"@", b"%41", b"%", b"%25", b"\xc3\xa4", b"*"),
        ),
    ),
    "rtp": Target(
        run=rtp,
        words=(
            *(
                b"$\x00\x00\x20\x80\xe0\x00\x01",
                b"\x7c\x85",
                b"\x7c\x45",
                b"\x78\x00\x04",
            ),
            *(
                b"\x62\x01\x93",
                b"\x60\x01\x00\x05",
                b"\x00\x00\x00\x01",
                b"\x67",
                b"\x65\x88",
            ),
            *(b"\x90", b"\xbe\xde\x00\x01", b"\x26\x01\xaf", b"\x40\x01", b"\x09\xf0"),
        ),
    ),
    "rtcp": Target(
        run=rtcp,
        words=(
            *(
                b"\x80\xc8\x00\x06",
                b"\x81\xc9\x00\x07",
                b"\x81\xca",
                b"\x81\xcb\x00\x01",
            ),
            *(b"\xa0", b"\xff\xff", b"\x00\x00"),
        ),
    ),
    "image": Target(
        run=image,
        most_memory=48
        * 2**20,  # a few bytes are the image of a wall, which is copied twice
        words=(
            *(
                b"\xff\xd8\xff\xe0\x00\x10JFIF\x00",
                b"\xff\xc0\x00\x11\x08",
                b"\xff\xda",
            ),
            *(b"\xff\xc2", b"\xff\xc4", b"\xff\xdb", b"\xff\xdd\x00\x04", b"\xff\xd9"),
            *(
                b"\xff\xe1\x00\x20Exif\x00\x00",
                b"MM\x00*",
                b"\x01\x12\x00\x03",
                b"\xff\xee",
            ),
            *(
                b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
                b"IDAT",
                b"tRNS",
                b"PLTE",
                b"acTL",
            ),
            *(b"RIFF", b"WEBPVP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF", b"ALPH"),
            *(b"GIF89a", b"\x21\xf9\x04", b"\x2c\x00\x00\x00\x00", b"\x3b", b"BM"),
        ),
    ),
    **WEBRTC,
}
