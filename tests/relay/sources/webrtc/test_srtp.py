"""SRTP is that of RFC 3711 and RFC 7714, and nothing is taken that is not authentic, or twice."""

from collections.abc import Iterator
import hmac
import struct

from hypothesis import given, strategies as st
from pylibsrtp import Error, Policy, Session
import pytest

from custom_components.latchstring.relay.rtp.packet import read_packet
from custom_components.latchstring.relay.sources.webrtc.ciphers import (
    CounterModeCipher,
    GaloisCipher,
    SessionKeys,
    derived,
    session_keys,
)
from custom_components.latchstring.relay.sources.webrtc.srtp import (
    MOST_SOURCES,
    PROFILES,
    WINDOW,
    SrtpContext,
    SrtpError,
)

GCM, CM = PROFILES
LIBSRTP = {
    GCM: Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    CM: Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
}
TAG = {GCM: 16, CM: 10}
SOURCE = 0xDECAFBAD
REPORT = struct.pack("!BBHII", 0x81, 206, 2, SOURCE, 7)

profiles = pytest.mark.parametrize("profile", PROFILES)


def key_of(profile: bytes) -> tuple[bytes, bytes]:
    lengths = PROFILES[profile]
    return bytes(range(lengths.key_length)), bytes(range(50, 50 + lengths.salt_length))


def context(profile: bytes) -> SrtpContext:
    return PROFILES[profile].context(*key_of(profile))


def libsrtp(profile: bytes, kind: int) -> Session:
    """Make the other side, by libsrtp."""
    key, salt = key_of(profile)
    policy = Policy(key=key + salt, ssrc_type=kind, srtp_profile=LIBSRTP[profile])
    policy.allow_repeat_tx = True
    policy.window_size = WINDOW
    return Session(policy)


def sender(profile: bytes) -> Session:
    return libsrtp(profile, Policy.SSRC_ANY_OUTBOUND)


def rtp(sequence: int, source: int = SOURCE, payload: bytes = b"picture") -> bytes:
    return struct.pack("!BBHII", 0x80, 96, sequence % 2**16, 0, source) + payload


def came(incoming: SrtpContext, packets: list[bytes]) -> Iterator[bool]:
    for packet in packets:
        try:
            incoming.unprotect(packet)
        except SrtpError:
            yield False
        else:
            yield True


def test_the_key_stream_is_that_of_rfc_3711_section_b_2() -> None:
    key = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
    salt = bytes.fromhex("f0f1f2f3f4f5f6f7f8f9fafbfcfd")

    assert derived(key, salt, 0, 48) == bytes.fromhex(
        "e03ead0935c95e80e166b16dd92b4eb4 d23513162b02d0f72a43a2fe4a5f97ab"
        "41e95b3bb0a2e8dd477901e4fca894c0"
    )


def test_keys_are_derived_as_in_rfc_3711_section_b_3() -> None:
    key = bytes.fromhex("e1f97a0d3e018be0d64fa32c06de4139")
    salt = bytes.fromhex("0ec675ad498afeebb6960b3aabe6")

    assert session_keys(key, salt, 0) == SessionKeys(
        encryption=bytes.fromhex("c61e7a93744f39ee10734afe3ff7a087"),
        salt=bytes.fromhex("30cbbc08863d8c85d49db34a9ae1"),
        authentication=bytes.fromhex("cebe321f6ff7716b6fd4ab49af256a156d38baa4"),
    )


RFC_7714 = SessionKeys(
    encryption=bytes(range(16)), salt=bytes.fromhex("517569642070726f2071756f")
)


def test_a_packet_is_opened_as_in_rfc_7714_section_16_1() -> None:
    head = bytes.fromhex("8040f17b8041f8d35501a0b2")
    sealed = head + bytes.fromhex(
        "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b"
        "36de3adf8833899d7f27beb16a9152cf765ee4390cce"
    )
    opened = GaloisCipher(RFC_7714).open(sealed, 12, 0x5501A0B2, 0xF17B)

    assert opened == head + b"Gallia est omnis divisa in partes tres"


def test_a_report_is_sealed_and_opened_as_in_rfc_7714_section_17_1() -> None:
    plain = bytes.fromhex(
        "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61"
        "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef"
    )
    sealed = bytes.fromhex(
        "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32d"
        "c676a5f1730d6fda4ce09b4686303ded0bb9275bc84aa45896cf4d2fc5abf872"
        "45d9eade800005d4"
    )
    cipher = GaloisCipher(RFC_7714)

    assert cipher.seal_rtcp(plain, 0x4D617273, 0x5D4) == sealed
    assert cipher.index_of(sealed) == 0x800005D4
    assert cipher.open_rtcp(sealed, 0x4D617273, 0x5D4) == plain


def test_keys_do_not_show_themselves() -> None:
    assert repr(RFC_7714) == "SessionKeys()"


@profiles
@given(
    payload=st.binary(max_size=1200),
    sources=st.integers(0, 15),
    extension=st.one_of(st.none(), st.integers(0, 3)),
)
def test_whatever_libsrtp_protects_comes_out_as_it_went_in(
    profile: bytes, payload: bytes, sources: int, extension: int | None
) -> None:
    head = bytearray(rtp(9, payload=bytes(4 * sources)))
    head[0] |= sources | 0x10 * (extension is not None)
    if extension is not None:
        head += b"\xbe\xde" + extension.to_bytes(2) + bytes(4 * extension)
    packet = bytes(head) + payload
    opened = context(profile).unprotect(sender(profile).protect(packet))

    assert opened == packet
    read = read_packet(opened)
    assert read is not None
    assert read.payload == payload


@profiles
def test_the_count_rolls_over_again_and_again(profile: bytes) -> None:
    session, incoming = sender(profile), context(profile)

    for sequence in range(65000, 65000 + 200_000, 500):
        packet = rtp(sequence)
        assert incoming.unprotect(session.protect(packet)) == packet


@profiles
def test_a_jump_of_just_less_than_half_is_followed(profile: bytes) -> None:
    session, incoming = sender(profile), context(profile)

    for sequence in range(0, 200_000, 2**15 - 1):
        packet = rtp(sequence)
        assert incoming.unprotect(session.protect(packet)) == packet


@profiles
def test_packets_around_the_roll_over_may_come_in_any_order(profile: bytes) -> None:
    session, incoming = sender(profile), context(profile)
    first, *rest = [
        session.protect(rtp(sequence)) for sequence in range(65500, 65500 + 100)
    ]

    assert all(came(incoming, [first, *reversed(rest)]))
    assert not any(came(incoming, [first, *rest]))


@profiles
def test_what_lies_before_the_first_packet_is_refused(profile: bytes) -> None:
    incoming = context(profile)
    incoming.unprotect(sender(profile).protect(rtp(1)))

    with pytest.raises(SrtpError, match="before the first"):
        incoming.unprotect(sender(profile).protect(rtp(65000)))


@profiles
def test_each_of_many_sources_has_its_own_count(profile: bytes) -> None:
    session, incoming = sender(profile), context(profile)
    packets = [
        rtp(65530 + number, source)
        for number in range(10)
        for source in range(MOST_SOURCES)
    ]

    assert [
        incoming.unprotect(session.protect(packet)) for packet in packets
    ] == packets


@profiles
def test_one_source_too_many_is_refused_and_the_others_go_on(profile: bytes) -> None:
    session, incoming = sender(profile), context(profile)
    fed = [session.protect(rtp(1, source)) for source in range(MOST_SOURCES + 1)]
    reports = [
        session.protect_rtcp(REPORT[:4] + struct.pack("!II", source, 0))
        for source in range(MOST_SOURCES + 1)
    ]

    assert [*came(incoming, fed)] == [True] * MOST_SOURCES + [False]
    assert [*came(incoming, [session.protect(rtp(2, 3))])] == [True]
    for report in reports[:-1]:
        incoming.unprotect_rtcp(report)
    with pytest.raises(SrtpError, match="too many"):
        incoming.unprotect_rtcp(reports[-1])


@profiles
def test_a_source_that_is_not_authentic_takes_no_place(profile: bytes) -> None:
    incoming = context(profile)

    assert not any(came(incoming, [rtp(1, source, bytes(40)) for source in range(100)]))
    assert [*came(incoming, [sender(profile).protect(rtp(1))])] == [True]


@pytest.fixture(scope="module")
def sealed() -> dict[bytes, list[bytes]]:
    """Return four thousand packets in the middle of which the count rolls over, by libsrtp."""
    return {
        profile: [*map(sender(profile).protect, map(rtp, range(63_500, 67_500)))]
        for profile in PROFILES
    }


@profiles
@given(
    steps=st.lists(
        st.one_of(
            st.integers(-3, 3), st.integers(-1100, 1100), st.integers(1000, 2000)
        ),
        max_size=40,
    )
)
def test_what_came_before_or_may_have_is_what_libsrtp_says_it_is(
    profile: bytes, sealed: dict[bytes, list[bytes]], steps: list[int]
) -> None:
    at, incoming = 0, context(profile)
    theirs = libsrtp(profile, Policy.SSRC_ANY_INBOUND)
    for step in [0, *steps]:
        at = min(max(0, at + step), 3999)
        packet = sealed[profile][at]
        try:
            theirs.unprotect(packet)
        except Error:
            taken = False
        else:
            taken = True

        assert [*came(incoming, [packet])] == [taken]


@profiles
def test_no_packet_is_taken_twice_nor_one_behind_the_window(profile: bytes) -> None:
    session = sender(profile)
    packets = [session.protect(rtp(number)) for number in range(WINDOW + 10)]
    incoming = context(profile)
    assert all(came(incoming, [packets[0], packets[-1]]))

    late = [*came(incoming, packets[1:-1])]

    assert late == [False] * 9 + [True] * (WINDOW - 1)
    assert not any(came(incoming, packets))


@profiles
@given(data=st.data())
def test_whatever_is_changed_on_the_way_is_refused_and_moves_nothing(
    profile: bytes, data: st.DataObject
) -> None:
    session, incoming = sender(profile), context(profile)
    assert [*came(incoming, [session.protect(rtp(1))])] == [True]
    sealed = session.protect(rtp(2))
    changed = bytearray(sealed)
    changed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(
        st.integers(1, 255)
    )

    assert not any(came(incoming, [bytes(changed)]))
    assert all(came(incoming, [sealed, session.protect(rtp(3))]))


@profiles
@given(data=st.binary(max_size=60), first=st.sampled_from([0x80, 0x90, 0x9F, 0xBF, 0]))
def test_whatever_comes_the_only_error_is_ours(
    profile: bytes, data: bytes, first: int
) -> None:
    incoming = context(profile)

    for packet in (data, bytes((first,)) + data[1:]):
        with pytest.raises(SrtpError):
            incoming.unprotect(packet)
        with pytest.raises(SrtpError):
            incoming.unprotect_rtcp(packet)


@profiles
def test_an_extension_longer_than_the_packet_is_refused(profile: bytes) -> None:
    with pytest.raises(SrtpError, match="does not fit"):
        context(profile).unprotect(
            b"\x90" + rtp(1, payload=b"\xbe\xde\xff\xff" + bytes(40))[1:]
        )


@profiles
@given(body=st.binary(max_size=200), count=st.integers(1, 4))
def test_reports_are_read_by_libsrtp_and_those_of_libsrtp_here(
    profile: bytes, body: bytes, count: int
) -> None:
    report = REPORT + body.ljust((len(body) + 3) // 4 * 4, b"\0")
    outgoing, incoming = context(profile), context(profile)
    receiver, session = libsrtp(profile, Policy.SSRC_ANY_INBOUND), sender(profile)

    for _ in range(count):
        sealed = outgoing.protect_rtcp(report)
        assert len(sealed) == len(report) + TAG[profile] + 4
        assert receiver.unprotect_rtcp(sealed) == report
        assert incoming.unprotect_rtcp(session.protect_rtcp(report)) == report


@profiles
def test_no_report_is_taken_twice_or_changed(profile: bytes) -> None:
    session, incoming = sender(profile), context(profile)
    first, second = session.protect_rtcp(REPORT), session.protect_rtcp(REPORT)
    incoming.unprotect_rtcp(second)
    incoming.unprotect_rtcp(first)

    for report in (first, second):
        with pytest.raises(SrtpError, match="before"):
            incoming.unprotect_rtcp(report)
        for number in range(len(report)):
            changed = bytearray(report)
            changed[number] ^= 0x80
            with pytest.raises(SrtpError):
                context(profile).unprotect_rtcp(bytes(changed))


def test_a_report_that_is_not_encrypted_is_refused_although_it_is_authentic() -> None:
    keys = session_keys(*key_of(CM), 3)
    cipher = CounterModeCipher(keys)
    sealed = cipher.seal_rtcp(REPORT[:8], SOURCE, 1)
    assert context(CM).unprotect_rtcp(sealed) == REPORT[:8]
    plain = cipher.seal_rtcp(REPORT[:8], SOURCE, 2)[:8] + (2).to_bytes(4)

    tag = hmac.digest(keys.authentication, plain, "sha1")[:10]

    with pytest.raises(SrtpError, match="not encrypted"):
        context(CM).unprotect_rtcp(plain + tag)


@profiles
def test_less_than_a_report_is_not_sent(profile: bytes) -> None:
    with pytest.raises(SrtpError):
        context(profile).protect_rtcp(REPORT[:7])


@profiles
def test_when_every_index_was_used_nothing_more_is_sent(profile: bytes) -> None:
    outgoing = context(profile)
    outgoing._sent = 2**31 - 2  # noqa: SLF001 -- to send as many takes weeks
    receiver = libsrtp(profile, Policy.SSRC_ANY_INBOUND)
    assert receiver.unprotect_rtcp(outgoing.protect_rtcp(REPORT)) == REPORT

    with pytest.raises(SrtpError, match="used up"):
        outgoing.protect_rtcp(REPORT)
