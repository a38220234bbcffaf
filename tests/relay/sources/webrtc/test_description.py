"""Our offer, and what is read of answers as cameras write them."""

from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.relay.errors import SourceUnusable
from custom_components.latchstring.relay.sdp import MalformedDescriptionError
from custom_components.latchstring.relay.sources.webrtc.description import (
    MOST_CANDIDATES,
    LocalTransport,
    offer_of,
    read_answer,
)

OURS = LocalTransport(
    username="ab12",
    password="p" * 22,
    candidates=["1 1 udp 2130706431 127.0.0.1 5000 typ host"],
    fingerprint="sha-256 AA:BB",
)
VIDEO = """v=0
o=- 1 2 IN IP4 0.0.0.0
s=-
t=0 0
m=video 9 UDP/TLS/RTP/SAVPF 102
a=ice-ufrag:cam1
a=ice-pwd:camerapasswordcamera01
a=fingerprint:sha-256 01:02
a=setup:active
a=mid:1
a=sendonly
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:102 H264/90000
a=rtcp-fb:102 nack
a=rtcp-fb:102 nack pli
a=candidate:1 1 udp 1 127.0.0.1 6000 typ host
"""


def lines_of(sdp: str, name: str) -> list[str]:
    return [line for line in sdp.split("\r\n") if line.startswith(name)]


def test_the_offer_has_sound_video_and_data_in_the_order_that_nest_wants() -> None:
    offer = offer_of(OURS, has_data_channel=True)
    kinds = [line.split()[0] for line in lines_of(offer, "m=")]
    assert kinds == ["m=audio", "m=video", "m=application"]
    assert lines_of(offer, "a=group") == ["a=group:BUNDLE 0 1 2"]
    assert lines_of(offer, "a=mid") == ["a=mid:0", "a=mid:1", "a=mid:2"]


def test_the_offer_has_a_data_channel_only_where_it_is_asked_for() -> None:
    offer = offer_of(OURS, has_data_channel=False)
    assert not lines_of(offer, "m=application")


def test_the_offer_receives_h264_and_no_other_video_and_sends_nothing() -> None:
    offer = offer_of(OURS, has_data_channel=True)
    video = offer.partition("m=video")[2].partition("m=")[0]
    codecs = {line.split()[1] for line in lines_of(video, "a=rtpmap")}
    assert codecs == {"H264/90000"}
    assert not lines_of(offer, "a=send")
    assert len(lines_of(offer, "a=recvonly")) == 2


def test_each_medium_of_the_offer_has_the_whole_transport() -> None:
    offer = offer_of(OURS, has_data_channel=True)
    for name in ("ice-ufrag", "ice-pwd", "fingerprint", "setup:actpass", "candidate"):
        assert len(lines_of(offer, f"a={name}")) == 3


def test_what_an_answer_says_is_read() -> None:
    answer = read_answer(VIDEO)
    assert answer.video.payload_types == frozenset((102,))
    assert answer.takes_picture_loss
    assert answer.takes_missing
    assert answer.takes_reduced_size
    transport = answer.transport
    assert transport.username == "cam1"
    assert transport.password == "camerapasswordcamera01"
    assert transport.fingerprints == ["sha-256 01:02"]
    assert transport.is_client
    assert not transport.is_lite
    assert transport.candidates == ["1 1 udp 1 127.0.0.1 6000 typ host"]
    assert not transport.has_all_candidates


def test_what_an_answer_says_once_for_all_media_is_found() -> None:
    session, _, video = VIDEO.partition("m=video")
    moved = [
        line
        for line in video.splitlines()
        if line.startswith(("a=ice", "a=fingerprint", "a=setup"))
    ]
    kept = [line for line in video.splitlines() if line not in moved]
    at_the_session = "\n".join([session.strip(), *moved, "m=video" + "\n".join(kept)])
    assert read_answer(at_the_session).transport.username == "cam1"
    sound = "\n".join(["m=audio 9 UDP/TLS/RTP/SAVPF 111", *moved])
    at_the_sound = f"{session}{sound}\nm=video" + "\n".join(kept)
    assert read_answer(at_the_sound).transport.fingerprints == ["sha-256 01:02"]


def test_fingerprints_of_another_medium_count_only_where_the_video_has_none() -> None:
    sound = "m=audio 9 UDP/TLS/RTP/SAVPF 111\na=fingerprint:sha-256 FF:FF\n"
    assert read_answer(VIDEO + sound).transport.fingerprints == ["sha-256 01:02"]


@pytest.mark.parametrize(
    ("was", "now", "code"),
    [
        ("m=video 9", "m=video 0", "codec_unsupported"),
        ("102 H264", "102 VP8", "codec_unsupported"),
        ("a=sendonly", "a=inactive", "no_video"),
        ("a=sendonly", "a=recvonly", "no_video"),
        ("m=video", "m=audio", "no_video"),
    ],
)
def test_an_answer_without_video_that_can_be_relayed_says_why(
    was: str, now: str, code: str
) -> None:
    with pytest.raises(SourceUnusable) as unusable:
        read_answer(VIDEO.replace(was, now))
    assert unusable.value.code == code


@pytest.mark.parametrize(
    "line", ["a=ice-ufrag:cam1", "a=ice-pwd:camerapasswordcamera01"]
)
@pytest.mark.parametrize("bad", ["", "a=ice-ufrag:a b", "a=ice-pwd:" + "x" * 300])
def test_an_answer_without_a_way_to_the_camera_is_none(line: str, bad: str) -> None:
    with pytest.raises(MalformedDescriptionError):
        read_answer(VIDEO.replace(line, bad))


def test_only_so_many_candidates_are_read() -> None:
    more = "".join(f"a=candidate:{at} x\n" for at in range(1000))
    candidates = read_answer(VIDEO + more).transport.candidates
    assert len(candidates) == MOST_CANDIDATES


@given(st.text(max_size=2000))
def test_anything_is_an_answer_or_refused(text: str) -> None:
    try:
        read_answer(text)
    except SourceUnusable, MalformedDescriptionError:
        return


@given(st.integers(0, len(VIDEO)), st.text(max_size=40))
def test_an_answer_with_anything_inside_is_read_or_refused(at: int, text: str) -> None:
    try:
        answer = read_answer(VIDEO[:at] + text + VIDEO[at:])
    except SourceUnusable, MalformedDescriptionError:
        return
    assert all(0 <= each <= 999 for each in answer.video.payload_types)
