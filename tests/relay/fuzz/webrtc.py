"""What is fed to the modules that read what cameras with WebRTC send."""

import asyncio
from collections.abc import Mapping
from functools import cache
import struct
from typing import Final

from aioice import stun
from cryptography.hazmat.primitives.asymmetric import ec
from pylibsrtp import Error, Policy, Session

from custom_components.latchstring.relay.errors import SourceUnusable
from custom_components.latchstring.relay.rtp import feedback
from custom_components.latchstring.relay.rtp.missing import MOST_MISSING, MissingPackets
from custom_components.latchstring.relay.sdp import MalformedDescriptionError
from custom_components.latchstring.relay.sources.webrtc.certificate import (
    SessionCertificate,
    make_certificate,
)
from custom_components.latchstring.relay.sources.webrtc.description import (
    MOST_CANDIDATES,
    read_answer,
)
from custom_components.latchstring.relay.sources.webrtc.dtls import (
    DtlsError,
    DtlsHandshake,
)
from custom_components.latchstring.relay.sources.webrtc.ice import IceTransport
from custom_components.latchstring.relay.sources.webrtc.source import IceServer
from custom_components.latchstring.relay.sources.webrtc.srtp import (
    PROFILES,
    SrtpError,
)

from ..sources.webrtc.dtls_peer import Path, Peer
from .target import Counts, Target, Watch, pieces_of

_LIBSRTP: Final = (
    Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
)
_IS_SERVER, _IS_BEGUN, _IS_DONE = 1, 2, 4
_STEP_SECONDS: Final = 0.001


def answer(data: bytes, watch: Watch) -> Counts:
    """Read a camera's answer."""
    try:
        description = watch(read_answer, data.decode("utf-8", "replace"))
    except SourceUnusable as unusable:
        return 0, len(unusable.code)
    except MalformedDescriptionError:
        return ()
    camera = description.transport
    assert len(camera.candidates) <= MOST_CANDIDATES
    assert len(camera.username) <= len(data)
    assert description.video.payload_types <= {*range(1000)}
    return (
        1,
        len(camera.candidates),
        len(camera.fingerprints),
        camera.has_all_candidates,
    )


def candidate(data: bytes, watch: Watch) -> Counts:
    """Add a camera's candidates, one a line; nobody is asked what a name stands for."""
    lines = data.decode("utf-8", "replace").split("\n")
    return _loop().run_until_complete(_candidates(lines, watch))


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


async def _candidates(lines: list[str], watch: Watch) -> Counts:
    transport = IceTransport([])
    for line in lines:
        if ".local" not in line:
            watch(transport.add, line)
    adding = asyncio.all_tasks() - {asyncio.current_task()}
    assert len(adding) <= MOST_CANDIDATES + 1
    if adding:
        await asyncio.wait(adding)
    assert not any(each.exception() for each in adding)
    await transport.async_close()
    return (len(adding),)


def ice_url(data: bytes, watch: Watch) -> Counts:
    """Read the addresses of servers, one a line."""
    urls = tuple(data.decode("utf-8", "replace").split("\n"))
    return _loop().run_until_complete(_servers(urls, watch))


async def _servers(urls: tuple[str, ...], watch: Watch) -> Counts:
    transport = watch(IceTransport, [IceServer(urls=urls, username="a")])
    await transport.async_close()
    return ()


def stun_packet(data: bytes, watch: Watch) -> Counts:
    """Read a datagram as aioice does; it lets the second error pass, which its transport then reports to the loop."""
    try:
        message = watch(stun.parse_message, data)
    except ValueError, struct.error:
        return ()
    return len(message.attributes), message.message_class


def dtls(data: bytes, watch: Watch) -> Counts:
    """Take datagrams before, in and after a handshake, as its client or its server."""
    state = data[0] if data else 0
    path = _path(is_server=bool(state & _IS_SERVER))
    ours = path.ours
    if state & _IS_DONE:
        path.run()
    elif state & _IS_BEGUN:
        for each in path.theirs.receive():
            ours.receive(each)
    else:
        ours.start()
    sent = 0
    try:
        for piece in pieces_of(data[1:]):
            sent += sum(map(len, watch(ours.receive, piece)))
    except DtlsError:
        assert not ours.is_done
    watch(ours.close)
    return ours.is_done, sent


@cache
def _certificate() -> SessionCertificate:
    return make_certificate()


@cache
def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _path(*, is_server: bool) -> Path:
    ours = DtlsHandshake(_certificate(), is_server=is_server)
    return Path(ours, Peer(is_server=not is_server, key=_key()))


def srtp(data: bytes, watch: Watch) -> Counts:
    """Open packets, every second of which libsrtp has sealed, whatever it is."""
    counts: list[int] = []
    for number, profile in zip(_LIBSRTP, PROFILES.values(), strict=True):
        key, salt = bytes(range(profile.key_length)), bytes(profile.salt_length)
        sender = _sender(number, key + salt)
        context = profile.context(key, salt)
        opened = 0
        for at, piece in enumerate(pieces_of(data)):
            for seal, open_it in (
                (sender.protect, context.unprotect),
                (sender.protect_rtcp, context.unprotect_rtcp),
            ):
                packet = piece
                if at % 2:
                    try:
                        packet = seal(piece)
                    except Error, TypeError, ValueError:
                        continue  # longer than libsrtp can
                try:
                    plain = watch(open_it, packet)
                except SrtpError:
                    continue
                assert len(plain) < len(packet)
                opened += 1
        counts.append(opened)
    return tuple(counts)


def _sender(number: int, key: bytes) -> Session:
    policy = Policy(key=key, ssrc_type=Policy.SSRC_ANY_OUTBOUND, srtp_profile=number)
    policy.allow_repeat_tx = True
    return Session(policy)


def missing(data: bytes, watch: Watch) -> Counts:
    """Take packets by their numbers, each of which is followed by how long it took to come; ask for those missing."""
    packets, asked, at = MissingPackets(), 0, 0.0
    for begin in range(0, len(data) - 2, 3):
        at += data[begin + 2] * _STEP_SECONDS
        number = int.from_bytes(data[begin : begin + 2])
        for named in (watch(packets.received, number, at), watch(packets.due, at)):
            assert len(named) <= MOST_MISSING
            if named:
                said = watch(feedback.missing, 1, 2, named)
                assert len(said) <= feedback.MOST_BYTES
            asked += len(named)
    return (asked,)


WEBRTC: Final[Mapping[str, Target]] = {
    "answer": Target(
        run=answer,
        words=(
            *(b"v=0\r\n", b"m=video 9 UDP/TLS/RTP/SAVPF 102\r\n", b"m=audio 0 x 0\r\n"),
            *(b"a=rtpmap:102 H264/90000\r\n", b"a=ice-ufrag:abcd\r\n", b"a=ice-lite\n"),
            *(
                b"a=ice-pwd:0123456789abcdef\r\n",
                b"a=setup:passive\r\n",
                b"a=sendonly\n",
            ),
            *(
                b"a=fingerprint:sha-256 00:11\r\n",
                b"a=candidate:",
                b"a=rtcp-fb:* nack pli",
            ),
            *(
                b"a=end-of-candidates\n",
                b"a=rtcp-rsize\n",
                b"a=inactive\n",
                b"\r\n",
                b":",
            ),
        ),
    ),
    "candidate": Target(
        run=candidate,
        words=(
            *(
                b"candidate:",
                b"a=",
                b"1 1 udp 2130706431 127.0.0.1 5000 typ host",
                b"\n",
            ),
            *(
                b" typ ",
                b"srflx",
                b"relay",
                b" raddr ",
                b" rport ",
                b" tcptype ",
                b"::1",
            ),
            *(
                b" generation ",
                b"tcp",
                b"%eth0",
                b"camera",
                b"0.0.0.0",
                b"\xc2\xb2",
            ),  # an input
        ),
    ),
    "ice_url": Target(
        run=ice_url,
        words=(
            *(b"stun:", b"turn:", b"turns:", b"?transport=udp", b"?transport=tcp"),
            *(b"[::1]", b"host", b":3478", b":99999", b"\n", b"%", b"@", b"\xc2\xb2"),
        ),
    ),
    "stun": Target(
        run=stun_packet,
        words=(
            *(
                b"\x00\x01\x00\x08\x21\x12\xa4\x42" + bytes(12),
                b"\x01\x01",
                b"\x01\x11",
            ),
            *(b"\x00\x06\x00\x04", b"\x00\x08\x00\x14", b"\x00\x09\x00\x04"),
            *(
                b"\x00\x20\x00\x08\x00\x01",
                b"\x00\x20\x00\x14\x00\x02",
                b"\x00\x24\x00\x04",
            ),
            *(b"\x80\x28\x00\x04", b"\x80\x2a\x00\x08", b"\x00\x25\x00\x00"),
        ),
    ),
    "dtls": Target(
        run=dtls,
        words=(
            *(
                b"\x16\xfe\xff\x00\x00",
                b"\x16\xfe\xfd\x00\x00",
                b"\x17\xfe\xfd\x00\x01",
            ),
            *(
                b"\x15\xfe\xfd\x00\x00",
                b"\x14\xfe\xfd\x00\x00",
                b"\x02\x28",
                b"\x01\x00",
            ),
            *(
                b"\x01\x00\x00\x40\x00\x00",
                b"\x02\x00\x00\x40",
                b"\x0b\x00",
                b"\x14\x00",
            ),
        ),
    ),
    "srtp": Target(
        run=srtp,
        words=(
            *(b"\x00\x14\x80\x60\x00\x01", b"\x00\x20\x90\x60", b"\xbe\xde\x00\x01"),
            *(
                b"\x00\x10\x81\xc9\x00\x07",
                b"\x8f\xe0",
                b"\xff\xff",
                b"\x80\x00\x00\x01",
            ),
        ),
    ),
    "missing": Target(
        run=missing,
        words=(b"\x00\x01\x01", b"\xff\xff\x00", b"\x80\x00\x28", b"\x02\x00\xff"),
    ),
}
