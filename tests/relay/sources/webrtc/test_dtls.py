"""A handshake agrees on keys with the one whom the answer names, whatever happens on the way."""

import asyncio
import struct
from typing import cast

from aiortc import RTCCertificate, RTCDtlsTransport, RTCIceTransport
from aiortc.rtcdtlstransport import RTCDtlsFingerprint, RTCDtlsParameters
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, strategies as st
from pylibsrtp import Policy, Session
import pytest

from custom_components.latchstring.relay.sources.webrtc.certificate import (
    SessionCertificate,
    make_certificate,
)
from custom_components.latchstring.relay.sources.webrtc.dtls import (
    LARGEST,
    MTU,
    DtlsError,
    DtlsHandshake,
)

from .dtls_peer import Path, Peer

RTP = struct.pack("!BBHII", 0x80, 96, 1, 0, 7) + b"picture"
ALERT = 21
REPORT = struct.pack("!BBHII", 0x81, 206, 2, 3, 7)
LIBSRTP = {
    b"SRTP_AEAD_AES_128_GCM": (Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 16, 12),
    b"SRTP_AES128_CM_SHA1_80": (Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 16, 14),
}

both_roles = pytest.mark.parametrize("is_server", [False, True])


def ours(*, is_server: bool) -> DtlsHandshake:
    return DtlsHandshake(make_certificate(), is_server=is_server)


def agreed(*, is_server: bool) -> Path:
    return Path(ours(is_server=is_server), Peer(is_server=not is_server)).run()


def record(kind: int, epoch: int, body: bytes) -> bytes:
    return struct.pack("!BHHIHH", kind, 0xFEFD, epoch, 0, 9, len(body)) + body


def session(key: bytes, kind: int, profile: int) -> Session:
    return Session(Policy(key=key, ssrc_type=kind, srtp_profile=profile))


def sessions(peer: Peer, profile: bytes, *, is_server: bool) -> tuple[Session, Session]:
    """Make what the peer sends and what it receives with."""
    number, key, salt = LIBSRTP[profile]
    exported = peer.exported(2 * (key + salt))
    salts = exported[2 * key :]
    client = exported[:key] + salts[:salt]
    server = exported[key : 2 * key] + salts[salt:]
    sent, received = (server, client) if is_server else (client, server)
    return (
        session(sent, Policy.SSRC_ANY_OUTBOUND, number),
        session(received, Policy.SSRC_ANY_INBOUND, number),
    )


@both_roles
@pytest.mark.parametrize("profile", LIBSRTP)
def test_both_sides_have_the_same_keys_each_for_its_direction(
    profile: bytes, *, is_server: bool
) -> None:
    peer = Peer(is_server=not is_server, profiles=profile)
    path = Path(ours(is_server=is_server), peer).run()
    incoming, outgoing = path.ours.keys([peer.fingerprint])
    sends, receives = sessions(peer, profile, is_server=not is_server)

    assert incoming.unprotect(sends.protect(RTP)) == RTP
    assert receives.unprotect_rtcp(outgoing.protect_rtcp(REPORT)) == REPORT
    assert path.ours.timeout is None


def test_asked_for_twice_the_keys_are_those_whose_indices_were_used() -> None:
    path = agreed(is_server=True)
    named = [path.theirs.fingerprint]

    assert path.ours.keys(named) is path.ours.keys(named)


@both_roles
def test_of_two_profiles_the_cheaper_one_is_agreed_on(*, is_server: bool) -> None:
    path = agreed(is_server=is_server)

    assert (
        path.theirs.connection.get_selected_srtp_profile() == b"SRTP_AEAD_AES_128_GCM"
    )


class IcePath:
    """What aiortc takes for ICE: one end of a path."""

    role = "controlled"

    def __init__(self) -> None:
        self.to_us = asyncio.Queue[bytes]()
        self.to_them = asyncio.Queue[bytes]()

    async def _recv(self) -> bytes:
        return await self.to_them.get()

    async def _send(self, data: bytes) -> None:
        self.to_us.put_nowait(data)

    async def carry(self, handshake: DtlsHandshake) -> None:
        self.deliver(handshake.start())
        while not handshake.is_done:
            self.deliver(handshake.receive(await self.to_us.get()))

    def deliver(self, datagrams: list[bytes]) -> None:
        for datagram in datagrams:
            self.to_them.put_nowait(datagram)


@both_roles
async def test_aiortc_agrees_with_us_and_sees_us_close(*, is_server: bool) -> None:
    certificate, own = RTCCertificate.generateCertificate(), make_certificate()
    ice, handshake = IcePath(), DtlsHandshake(own, is_server=is_server)
    theirs = RTCDtlsTransport(cast("RTCIceTransport", ice), [certificate])
    theirs._set_role("client" if is_server else "server")  # noqa: SLF001 -- only an answer sets it
    algorithm, value = own.fingerprint.split()
    expected = RTCDtlsParameters([RTCDtlsFingerprint(algorithm, value)])

    async with asyncio.timeout(10):
        await asyncio.gather(theirs.start(expected), ice.carry(handshake))
    named = [f"{each.algorithm} {each.value}" for each in certificate.getFingerprints()]
    incoming, _ = handshake.keys(named)
    await theirs._send_rtp(RTP)  # noqa: SLF001 -- its sender would encode pictures

    assert theirs.state == "connected"
    assert incoming.unprotect(await ice.to_us.get()) == RTP

    has_changed = asyncio.Event()
    theirs.on("statechange", has_changed.set)
    ice.deliver(handshake.close())
    async with asyncio.timeout(10):
        await has_changed.wait()
    assert theirs.state == "closed"


@both_roles
@pytest.mark.parametrize(
    "fingerprints", [[], [make_certificate().fingerprint], ["sha-1 00:11"]]
)
def test_whoever_is_not_named_in_the_answer_gets_no_keys(
    fingerprints: list[str], *, is_server: bool
) -> None:
    path = agreed(is_server=is_server)

    with pytest.raises(DtlsError, match="certificate"):
        path.ours.keys(fingerprints)


@both_roles
def test_before_it_is_done_there_are_no_keys(*, is_server: bool) -> None:
    handshake = ours(is_server=is_server)
    handshake.start()

    with pytest.raises(DtlsError, match="not done"):
        handshake.keys([])


@both_roles
def test_a_peer_that_has_no_srtp_gets_no_keys(*, is_server: bool) -> None:
    peer = Peer(is_server=not is_server, profiles=b"")
    path = Path(ours(is_server=is_server), peer).run()

    with pytest.raises(DtlsError, match="SRTP"):
        path.ours.keys([peer.fingerprint])


@both_roles
def test_an_older_version_is_refused_and_the_peer_knows(*, is_server: bool) -> None:
    peer = Peer(is_server=not is_server, version=0xFEFF)
    path = Path(ours(is_server=is_server), peer)

    with pytest.raises(DtlsError):
        path.run()
    assert path.ours.is_closed
    assert path.ours.timeout is None
    for alert in path.ours.close():
        peer.receive(alert)
    assert peer.has_ended


def test_a_client_without_a_certificate_is_refused() -> None:
    nameless = Peer(is_server=False, has_certificate=False)

    with pytest.raises(DtlsError):
        Path(ours(is_server=True), nameless).run()


@both_roles
def test_a_peer_may_have_an_rsa_certificate(*, is_server: bool) -> None:
    peer = Peer(is_server=not is_server, key=rsa.generate_private_key(65537, 2048))
    path = Path(ours(is_server=is_server), peer).run()

    path.ours.keys([peer.fingerprint])


@both_roles
def test_what_is_lost_is_sent_again(*, is_server: bool) -> None:
    def every_third_is_lost(number: int, datagram: bytes) -> list[bytes]:
        return [] if number % 3 == 1 else [datagram]

    peer = Peer(is_server=not is_server)
    path = Path(ours(is_server=is_server), peer, every_third_is_lost).run()

    path.ours.keys([peer.fingerprint])


@both_roles
@given(data=st.data())
def test_garbage_and_doubles_between_change_nothing(
    data: st.DataObject, *, is_server: bool
) -> None:
    def garbage_comes_with_it(_number: int, datagram: bytes) -> list[bytes]:
        garbage = data.draw(
            st.one_of(
                st.binary(max_size=30),
                # Records that nothing encrypts yet, and of no known version.
                st.binary(max_size=60).map(b"\x17\xfe\xfd\x00\x07".__add__),
                st.binary(max_size=60).map(b"\x16\x01\x01\x00\x00".__add__),
                st.just(b"\x16" + bytes(LARGEST)),
            ).filter(lambda made: made[:5] != b"\x16\xfe\xfd\x00\x00")
        )
        return [garbage, datagram, datagram] if garbage else [datagram]

    handshake, peer = ours(is_server=is_server), Peer(is_server=not is_server)
    Path(handshake, peer, garbage_comes_with_it).run()

    handshake.keys([peer.fingerprint])
    assert not handshake.is_closed


@both_roles
@given(
    changes=st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 1300), st.integers(1, 255)),
        min_size=1,
        max_size=4,
    )
)
def test_whatever_is_changed_on_the_way_the_only_error_is_ours(
    changes: list[tuple[int, int, int]], *, is_server: bool
) -> None:
    def changed(number: int, datagram: bytes) -> list[bytes]:
        made = bytearray(datagram)
        for which, at, bits in changes:
            if which == number:
                made[at % len(made)] ^= bits
        return [bytes(made)]

    handshake, peer = ours(is_server=is_server), Peer(is_server=not is_server)
    path = Path(handshake, peer, changed)
    try:
        path.carry(handshake.start(), peer.receive())
    except DtlsError:
        assert handshake.is_closed
        assert not handshake.is_done
        assert handshake.receive(b"\x16\xfe\xfd") == []
    handshake.close()


@both_roles
@given(
    records=st.lists(
        st.tuples(st.integers(20, 25), st.integers(0, 2), st.binary(max_size=60)),
        max_size=5,
    )
)
def test_whatever_a_peer_begins_with_the_only_error_is_ours(
    records: list[tuple[int, int, bytes]], *, is_server: bool
) -> None:
    handshake = ours(is_server=is_server)
    handshake.start()
    try:
        for kind, epoch, body in records:
            handshake.receive(record(kind, epoch, body))
    except DtlsError:
        assert handshake.is_closed
    handshake.close()


def test_a_long_certificate_goes_in_datagrams_that_any_path_takes() -> None:
    own = make_certificate()
    names = x509.SubjectAlternativeName(
        [x509.DNSName(f"{number:0>50}.test") for number in range(60)]
    )
    builder = (
        x509.CertificateBuilder(own.certificate.subject, own.certificate.subject)
        .public_key(own.key.public_key())
        .serial_number(1)
        .not_valid_before(own.certificate.not_valid_before_utc)
        .not_valid_after(own.certificate.not_valid_after_utc)
        .add_extension(names, critical=False)
    )
    certificate = builder.sign(own.key, hashes.SHA256())
    handshake = DtlsHandshake(
        SessionCertificate(certificate=certificate, key=own.key), is_server=True
    )
    path = Path(handshake, Peer(is_server=False)).run()

    assert max(map(len, path.sent)) <= MTU
    assert len([each for each in path.sent if len(each) > MTU // 2]) >= 3


def test_a_peer_that_has_not_heard_the_end_is_told_again() -> None:
    handshake, lost = ours(is_server=True), list[bytes]()

    def the_end_is_lost_once(_number: int, datagram: bytes) -> list[bytes]:
        if handshake.is_done and not lost:
            lost.append(datagram)
            return []
        return [datagram]

    path = Path(handshake, Peer(is_server=False), the_end_is_lost_once).run()

    assert lost
    assert path.theirs.is_done
    assert not handshake.is_closed


@both_roles
def test_a_peer_that_closes_is_seen(*, is_server: bool) -> None:
    path = agreed(is_server=is_server)
    for datagram in path.theirs.close():
        path.ours.receive(datagram)

    assert path.ours.is_done
    assert path.ours.is_closed
    assert path.ours.receive(b"\x17\xfe\xfd") == []
    assert path.ours.handle_timeout() == []
    with pytest.raises(DtlsError, match="closed"):
        path.ours.keys([path.theirs.fingerprint])


@both_roles
def test_a_peer_is_told_goodbye(*, is_server: bool) -> None:
    path = agreed(is_server=is_server)
    for datagram in path.ours.close():
        path.theirs.receive(datagram)

    assert path.theirs.has_ended


@both_roles
def test_what_else_a_peer_sends_is_dropped(*, is_server: bool) -> None:
    path = agreed(is_server=is_server)
    for _ in range(100):
        path.theirs.connection.send(bytes(1000))
        assert path.ours.receive(*path.theirs.written()) == []

    assert not path.ours.is_closed


@both_roles
def test_a_peer_cannot_begin_anew(*, is_server: bool) -> None:
    path = agreed(is_server=is_server)
    path.sent.clear()
    path.theirs.connection.renegotiate()
    path.theirs.is_done = False
    path.carry([], path.theirs.receive())

    assert [datagram[0] for datagram in path.sent] == [ALERT]


@both_roles
@given(body=st.binary(max_size=80), kind=st.integers(20, 63), epoch=st.integers(0, 2))
def test_once_it_is_done_nobody_else_can_end_it(
    body: bytes, kind: int, epoch: int, *, is_server: bool
) -> None:
    path = agreed(is_server=is_server)
    forged = record(kind, epoch, body)
    for datagram in (forged, forged[:-1], record(ALERT, epoch, b"\x02\x28")):
        assert path.ours.receive(datagram) == []

    assert not path.ours.is_closed
    path.ours.keys([path.theirs.fingerprint])
