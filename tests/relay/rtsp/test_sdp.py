"""Session descriptions as cameras write them."""

import base64
from contextlib import suppress

from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.relay.rtsp.sdp import (
    SessionDescription,
    Track,
    read_description,
)
from custom_components.latchstring.relay.sdp import MalformedDescriptionError

SPS = bytes.fromhex("6764001facb402802dd80880000003008000000f478c1950")
PPS = bytes.fromhex("68ee3cb0")
VPS265, SPS265, PPS265 = b"\x40\x01\x0c\x01", b"\x42\x01\x01\x01", b"\x44\x01\xc1\x72"


def text_of(*units: bytes) -> str:
    return ",".join(base64.b64encode(unit).decode() for unit in units)


SETS = text_of(SPS, PPS)


def described(*lines: str, line_end: str = "\r\n") -> SessionDescription:
    return read_description("".join(line + line_end for line in lines).encode())


def only_track(*lines: str) -> Track:
    (track,) = described("v=0", *lines).tracks
    return track


@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r", "\r\n\r\n", " \r\n"])
def test_a_camera_is_read_whatever_its_line_ends(line_end: str) -> None:
    session = described(
        "v=0",
        "o=- 1 1 IN IP4 0.0.0.0",
        "s=Media",
        "t=0 0",
        "a=control:*",
        "m=audio 0 RTP/AVP 8",
        "a=control:trackID=2",
        "m=video 0 RTP/AVP 96",
        "b=AS:2000",
        "a=rtpmap:96 H264/90000",
        f"a=fmtp:96 packetization-mode=1;sprop-parameter-sets={SETS}",
        "a=control:trackID=1",
        "m=application 0 RTP/AVP 107",
        "a=rtpmap:107 vnd.onvif.metadata/90000",
        line_end=line_end,
    )
    assert session == SessionDescription(
        control="*",
        tracks=(
            Track(
                media="audio",
                payload_type=8,
                encoding="PCMA",
                clock_rate=8000,
                parameter_sets=(),
                control="trackID=2",
            ),
            Track(
                media="video",
                payload_type=96,
                encoding="H264",
                clock_rate=90_000,
                parameter_sets=(SPS, PPS),
                control="trackID=1",
            ),
            Track(
                media="application",
                payload_type=107,
                encoding="VND.ONVIF.METADATA",
                clock_rate=90_000,
                parameter_sets=(),
                control="",
            ),
        ),
    )


@pytest.mark.parametrize(
    ("lines", "encoding"),
    [
        (("m=video 0 RTP/AVP 96", "a=rtpmap:96 h264/90000/1"), "H264"),
        (("m=video 0 RTP/AVP 96", "a=rtpmap: 96  H264 / 90000"), "H264"),
        (("M=x", "m=video 0 RTP/AVP 96", "A=x", "a=rtpmap:96 H265"), "H265"),
        (("m=video 0 RTP/AVP 98", "a=rtpmap:98 HEVC/90000"), "H265"),
        (("m=video 0 RTP/AVP 97 96", "a=rtpmap:96 H264/90000"), "H264"),
        (("m=video 0 RTP/AVP 96", "a=rtpmap:97 H265/90000"), "H264"),
        (("m=video 0 RTP/AVP", "a=rtpmap:97 H265/90000"), "H265"),
        (("m=video", "a=rtpmap:97 H265/90000"), "H265"),
        (("m=video 0 RTP/AVP 26",), "JPEG"),
        (("m=video 0 RTP/AVP 96", "a=rtpmap:96 JPEG/90000"), "JPEG"),
        (("m=video 0 RTP/AVP 33",), "MP2T"),
        (("m=video 0 RTP/AVP 34",), ""),
        (("m=video 0 RTP/AVP 96",), "H264"),
        (("m=video 0 RTP/AVP 96", f"a=fmtp:96 sprop-parameter-sets={SETS}"), "H264"),
        (("m=video 0 RTP/AVP 96", "a=fmtp:96 sprop-sps=;x"), "H265"),
        (("m=audio 0 RTP/AVP 97",), ""),
        (("m=audio 0 RTP/AVP 0",), "PCMU"),
        (
            ("m=Audio 0 RTP/AVP 104", "a=RTPMAP:104 mpeg4-generic/16000/1"),
            "MPEG4-GENERIC",
        ),
    ],
)
def test_the_encoding_is_named_or_told_from_the_rest(
    lines: tuple[str, ...], encoding: str
) -> None:
    assert only_track(*lines).encoding == encoding


@pytest.mark.parametrize(
    ("rtpmap", "rate"),
    [
        ("H264/90000", 90_000),
        ("H264/100000", 100_000),
        ("H264/0", 90_000),
        ("H264/1", 90_000),
        ("H264/9999999", 90_000),
        ("H264/some", 90_000),
        ("H264/", 90_000),
        ("H264", 90_000),
    ],
)
def test_a_clock_that_cannot_be_counts_as_the_usual_one(rtpmap: str, rate: int) -> None:
    track = only_track("m=video 0 RTP/AVP 96", f"a=rtpmap:96 {rtpmap}")
    assert track.clock_rate == rate


@pytest.mark.parametrize(
    ("parameters", "sets"),
    [
        (f"sprop-parameter-sets={SETS}", (SPS, PPS)),
        (f"SPROP-Parameter-Sets = {SETS} ; x", (SPS, PPS)),
        (f"packetization-mode=1;;sprop-parameter-sets={SETS},;", (SPS, PPS)),
        (f"sprop-parameter-sets={text_of(PPS, SPS, SPS)}", (SPS, PPS)),
        (f"sprop-parameter-sets={SETS.replace('=', '')}", (SPS, PPS)),
        (f"sprop-parameter-sets={text_of(SPS)},", (SPS,)),
        (f"sprop-parameter-sets={text_of(b'\0\0\0\1' + SPS, PPS + b'\0')}", (SPS, PPS)),
        (f"sprop-parameter-sets={text_of(SPS + b'\0\0\1' + PPS)}", (SPS, PPS)),
        (f"sprop-parameter-sets=!!notb64,%%,{text_of(PPS)};x", (PPS,)),
        (f"sprop-parameter-sets=ä,A,{text_of(b'\x65picture')}", ()),
        ("sprop-parameter-sets=", ()),
        ("sprop-parameter-sets", ()),
        ("packetization-mode=1", ()),
        ("", ()),
    ],
)
def test_parameter_sets_are_taken_where_they_are_some(
    parameters: str, sets: tuple[bytes, ...]
) -> None:
    lines = ("m=video 0 RTP/AVP 96", "a=rtpmap:96 H264/90000")
    assert only_track(*lines, f"a=fmtp:96 {parameters}").parameter_sets == sets


def test_parameter_sets_of_h265_are_in_three_parameters() -> None:
    track = only_track(
        "m=video 0 RTP/AVP 96",
        "a=rtpmap:96 H265/90000",
        f"a=fmtp:96 sprop-pps={text_of(PPS265)};sprop-sps={text_of(SPS265)}",
        f"a=fmtp:96 sprop-vps={text_of(VPS265)}",
        f"a=fmtp:97 sprop-vps={text_of(b'other')}",
    )
    assert track.parameter_sets == (VPS265, SPS265, PPS265)


def test_a_medium_without_a_payload_type_is_none() -> None:
    session = described(
        "v=0", "m=video 0 RTP/AVP x", "m=", "m=audio 0 RTP/AVP 128", "m=text 0 TCP 200"
    )
    assert session.tracks == ()


def test_controls_are_kept_as_they_are() -> None:
    session = read_description(
        b"v=0\na=control:rtsp://10.0.0.9/live/\nm=video 0 RTP/AVP 96\na=control: \xe4 b\n"
    )
    assert session.control == "rtsp://10.0.0.9/live/"
    assert session.tracks[0].control == "ä b"
    assert "10.0.0.9" not in repr(session)


@pytest.mark.parametrize(
    "body", [b"", b"\r\n", b"<html>", b"a=control:*\r\n", b"s=x\nt=0 0", bytes(100)]
)
def test_what_has_no_line_of_a_description_is_none(body: bytes) -> None:
    with pytest.raises(MalformedDescriptionError):
        read_description(body)


@pytest.mark.parametrize(
    "body", [b"v=0", b"m=video 0 RTP/AVP 96", b"junk\nv=0\n\0\xff"]
)
def test_one_line_of_a_description_is_enough(body: bytes) -> None:
    assert len(read_description(body).tracks) <= 1


@pytest.mark.parametrize(
    "line",
    [
        b"m=video 0 RTP/AVP 96\n",
        b"a=fmtp:96 sprop-parameter-sets=" + b"Z0I=," * 1000 + b"\n",
        b"a=fmtp:96 " + b"a=" * 9000 + b"\n",
        b"a\n",
    ],
)
def test_however_long_it_is_only_so_much_is_read(line: bytes) -> None:
    session = read_description(b"v=0\nm=video 0 RTP/AVP 96\n" + line * 9000)
    assert 1 <= len(session.tracks) <= 64
    assert all(len(track.parameter_sets) <= 16 for track in session.tracks)


WORDS = st.sampled_from(
    (
        *("v=0\n", "m=video 0 RTP/AVP 96\n", "a=rtpmap:96 H265/90000\n", "a=control:"),
        *(
            "a=fmtp:96 ",
            "sprop-vps=QAE=",
            "sprop-parameter-sets=",
            SETS,
            ",",
            ";",
            "\n",
        ),
    )
).map(str.encode)


@given(body=st.lists(st.one_of(st.binary(max_size=12), WORDS)).map(b"".join))
def test_whatever_comes_is_read_or_refused(body: bytes) -> None:
    with suppress(MalformedDescriptionError):
        session = read_description(body)
        for track in session.tracks:
            assert 0 <= track.payload_type <= 127
            assert 1_000 <= track.clock_rate <= 1_000_000
            assert sum(map(len, track.parameter_sets)) <= len(body)
