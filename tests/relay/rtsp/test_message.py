"""Messages and frames of one connection, as cameras write them and however they are split."""

from contextlib import suppress
from itertools import repeat

from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.relay.rtsp.message import (
    MalformedMessageError,
    RtspRequest,
)

from .received import (
    OPENING,
    Received,
    frame,
    pieces_of,
    reader_into,
    receive,
    response_of,
    turns,
)

URL = "rtsp://camera.example/live?x=1"
PACKETS = st.binary(max_size=60).map(lambda rest: b"\x80\x60" + bytes(10) + rest)
FRAMES = st.builds(frame, st.integers(0, 7), PACKETS)
BODIES = st.binary(max_size=60)
RESPONSES = st.builds(
    lambda line_end, number, body: line_end.join(
        (
            b"RTSP/1.0 200 OK",
            b"CSeq: %d" % number,
            b"Content-Length: %d" % len(body),
            b"",
            body,
        )
    ),
    st.sampled_from((b"\r\n", b"\n")),
    st.integers(0, 999),
    BODIES,
)
GARBAGE = st.lists(st.integers(37, 254), max_size=60).map(bytes)
"""What some cameras put between packets; as a byte of theirs, `$` is none."""


def test_a_request_is_written_as_the_protocol_asks() -> None:
    request = RtspRequest(
        method="DESCRIBE", url=URL, headers=(("Accept", "application/sdp"),)
    )
    assert request.encode(7) == (
        b"DESCRIBE rtsp://camera.example/live?x=1 RTSP/1.0\r\n"
        b"CSeq: 7\r\n"
        b"User-Agent: Latchstring/1\r\n"
        b"Accept: application/sdp\r\n"
        b"\r\n"
    )


@pytest.mark.parametrize(
    "bad", ["a\r\nX: 1", "a\nb", "a\rb", "a\0b", "a\x7f", "\u0100"]
)
@pytest.mark.parametrize("part", ["method", "url", "name", "value"])
def test_no_part_of_a_request_can_break_its_line(part: str, bad: str) -> None:
    parts = {"method": "PLAY", "url": URL, "name": "Range", "value": "npt=0-"}
    parts[part] = bad
    request = RtspRequest(
        method=parts["method"],
        url=parts["url"],
        headers=((parts["name"], parts["value"]),),
    )
    with pytest.raises(ValueError, match="fit into its line"):
        request.encode(1)


@pytest.mark.parametrize(
    ("method", "url"), [("", URL), ("PLAY", ""), ("PLAY ALL", URL), ("PLAY", "a b")]
)
def test_a_request_line_has_three_words(method: str, url: str) -> None:
    with pytest.raises(ValueError, match="fit into its line"):
        RtspRequest(method=method, url=url).encode(1)


@given(
    method=st.text(max_size=8),
    url=st.text(max_size=8),
    headers=st.lists(st.tuples(st.text(max_size=4), st.text(max_size=8))),
)
def test_a_request_has_as_many_lines_as_it_should_or_none(
    method: str, url: str, headers: list[tuple[str, str]]
) -> None:
    request = RtspRequest(method=method, url=url, headers=tuple(headers))
    try:
        written = request.encode(1)
    except ValueError:
        return
    assert len(written.decode("latin-1").split("\r\n")) == 5 + len(headers)
    assert written.count(b"\n") == written.count(b"\r\n")


def test_nothing_of_an_address_or_login_is_in_a_repr() -> None:
    request = RtspRequest(
        method="PLAY", url=URL, headers=(("Authorization", "Basic secret"),)
    )
    response = response_of(
        b"RTSP/1.0 302 Moved\r\nLocation: rtsp://secret\r\nContent-Length: 6\r\n\r\n",
        b"secret",
    )
    assert "camera.example" not in repr(request)
    assert "secret" not in repr(request) + repr(response)


@pytest.mark.parametrize(
    ("head", "status", "sequence"),
    [
        (b"RTSP/1.0 200 OK\r\nCSeq: 3\r\n\r\n", 200, 3),
        (b"RTSP/1.0 200 OK\nCSeq: 3\n\n", 200, 3),
        (b"RTSP/1.0 200 OK\r\nCSeq: 3\n\r\n", 200, 3),
        (b"RTSP/1.0 200\r\nCSeq: 3\r\n\r\n", 200, 3),
        (b"RTSP/1.0 200 \r\nCSeq: 3\r\n\r\n", 200, 3),
        (b"rtsp/1.0 200 ok\r\ncseq:3\r\n\r\n", 200, 3),
        (b"RTSP/1.0  401\tUnauthorized\r\nCSEQ :\t 3 \r\n\r\n", 401, 3),
        (b"RTSP/2.0 551 Option not supported\r\nCSeq: 0003\r\n\r\n", 551, 3),
        (b"\r\n\r\nRTSP/1.0 200 OK\r\nCSeq: 3\r\n\r\n", 200, 3),
        (b"RTSP/1.0 200 OK\r\nno header at all\r\nCSeq: 3\r\n\r\n", 200, 3),
        (b"RTSP/1.0 200 OK\r\n\r\n", 200, None),
        (b"RTSP/1.0 200 OK\r\nCSeq:\r\n\r\n", 200, None),
        (b"RTSP/1.0 200 OK\r\nCSeq: -3\r\n\r\n", 200, None),
        (b"RTSP/1.0 200 OK\r\nCSeq: three\r\n\r\n", 200, None),
    ],
)
def test_a_response_is_read_as_cameras_write_it(
    head: bytes, status: int, sequence: int | None
) -> None:
    response = response_of(head)
    assert (response.status, response.sequence) == (status, sequence)


def test_headers_of_one_name_are_kept_in_their_order_whatever_their_case() -> None:
    response = response_of(
        b"RTSP/1.0 401 Unauthorized\r\n"
        b'WWW-Authenticate: Digest realm="a",\r\n'
        b'  nonce="b"\r\n'
        b"www-authenticate:Basic\r\n"
        b"\r\n"
    )
    assert response.all("www-authenticate") == ('Digest realm="a", nonce="b"', "Basic")
    assert response.first("www-authenticate") == 'Digest realm="a", nonce="b"'
    assert (response.all("session"), response.first("session")) == ((), "")


def test_what_a_camera_wrote_can_be_told_back_to_it() -> None:
    session = response_of(b"RTSP/1.0 200 OK\r\nSession: \x00\xe4\xff\x1b1\r2\r\n\r\n")
    told = RtspRequest(
        method="PLAY", url=URL, headers=(("Session", session.first("session")),)
    )
    assert b"Session: \xe4\xff12\r\n" in told.encode(1)


def test_a_body_is_as_long_as_it_says() -> None:
    received = receive(b"RTSP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nv=0\r\n" + OPENING)
    assert [response.body for response in received.responses] == [b"v=0\r\n", b""]


def test_a_request_of_the_camera_is_told_with_its_number() -> None:
    received = receive(
        OPENING,
        b"ANNOUNCE rtsp://camera RTSP/1.0\r\nCSeq: 4\r\nContent-Length: 3\r\n\r\nv=0",
        b"OPTIONS * RTSP/1.0\r\n\r\n",
    )
    assert received.requests == [("ANNOUNCE", 4), ("OPTIONS", None)]


@given(
    parts=st.lists(st.one_of(FRAMES, RESPONSES), max_size=12),
    ends=st.lists(st.integers(0, 2000), max_size=30),
)
def test_frames_and_messages_are_the_same_however_they_are_split(
    parts: list[bytes], ends: list[int]
) -> None:
    stream = OPENING + b"".join(parts)
    whole, split = receive(stream), receive(*pieces_of(stream, ends))

    assert (split.frames, split.responses) == (whole.frames, whole.responses)
    assert whole.frames == [
        (part[1], part[4:]) for part in parts if part.startswith(b"$")
    ]
    assert len(whole.responses) == 1 + len(parts) - len(whole.frames)
    assert not whole.is_incomplete


@given(
    parts=st.lists(st.tuples(GARBAGE, st.one_of(FRAMES, RESPONSES)), max_size=12),
    ends=st.lists(st.integers(0, 2000), max_size=30),
)
def test_garbage_between_them_costs_neither_frame_nor_message(
    parts: list[tuple[bytes, bytes]], ends: list[int]
) -> None:
    stream = OPENING + b"".join(garbage + part for garbage, part in parts)
    wanted = receive(OPENING + b"".join(part for _, part in parts))
    received = receive(*pieces_of(stream, ends))

    assert (received.frames, received.responses) == (wanted.frames, wanted.responses)


def test_a_large_frame_is_whole_with_its_last_byte_and_not_before() -> None:
    packet = b"\x80" + bytes(65_534)
    stream = frame(254, packet)
    received = receive(
        OPENING, *(stream[at : at + 100] for at in range(0, 65_500, 100))
    )
    assert (received.frames, received.is_incomplete) == ([], True)
    assert receive(OPENING, stream).frames == [(254, packet)]
    single = (stream[at : at + 1] for at in range(len(stream)))
    assert receive(OPENING, *single).frames == [(254, packet)]


@pytest.mark.parametrize(
    ("rest", "is_incomplete"),
    [
        (b"", False),
        (b"$", True),
        (frame(0, bytes(12))[:-1], True),
        (b"garbage", False),
        (b"garbage" * 10 + b"$\x00", True),
        (b"RTSP/1.0 200 OK\r\nCSeq", False),
    ],
)
def test_what_is_held_is_a_frame_that_has_begun_or_not(
    rest: bytes, *, is_incomplete: bool
) -> None:
    received = receive(OPENING, frame(0, bytes(12)) + rest)
    assert received.is_incomplete is is_incomplete


@pytest.mark.parametrize(
    "false",
    [
        b"$\x28\x10\x00\x80",  # a channel that nobody set up
        b"$\x00\x00\x04\x80\x60",  # shorter than any packet
        b"$\x00\x10\x00\x40\x60",  # another version of RTP
    ],
)
def test_garbage_with_a_dollar_in_it_is_told_from_a_frame(false: bytes) -> None:
    packet = b"\x80\x60" + bytes(30)
    for garbage in (b"garbage" + false, false * 40, bytes(60) + false.ljust(32, b"%")):
        received = receive(OPENING, b"%" + garbage, frame(0, packet))
        assert received.frames == [(0, packet)]


@pytest.mark.parametrize(
    "stream",
    [
        b"H",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\r\nSSH-2.0-OpenSSH_9.9\r\n",
        b"\x15\x03\x03\x00\x02\x02\x28",
        b"RTP",
        frame(0, bytes(12)),
        b"OPTIONS * RTSP/1.0\r\n\r\n",
        b"RTSP/1.0 OK\r\n\r\n",
        b"RTSP/1.0 2000 OK\r\n\r\n",
        b"RTSP/\r\n\r\n",
    ],
)
def test_what_does_not_begin_with_a_response_is_noticed_at_once(stream: bytes) -> None:
    with pytest.raises(MalformedMessageError):
        receive(stream)


@pytest.mark.parametrize("length", ["262145", "-1", "some", "1e3", "9999999999"])
def test_a_body_of_an_impossible_length_is_refused(length: str) -> None:
    with pytest.raises(MalformedMessageError):
        receive(f"RTSP/1.0 200 OK\r\nContent-Length: {length}\r\n\r\n".encode())


@pytest.mark.parametrize(
    ("begin", "more", "most"),
    [
        (b"RTSP/1.0 200 OK\r\n", b"X: " + bytes(1000), 16_384),
        (b"RTSP/1.0 200 OK\r\n", b"X\r\n" * 300, 16_384),
        (OPENING, b"%" * 1000, 65_536),
        (OPENING, b"ANNOUNC" * 100, 65_536),
    ],
)
def test_what_never_ends_is_not_kept_for_ever(
    begin: bytes, more: bytes, most: int
) -> None:
    received = Received()
    with pytest.raises(MalformedMessageError):
        receive(begin, *repeat(more, 1000), into=received)
    assert received.fed <= most + len(begin) + len(more)


@pytest.mark.parametrize(
    ("tiny", "cost"),
    [
        (b"RTSP/1.0 200 OK\n" + b"X\n" * 60 + b"\n", 62),
        (b"%" + frame(0, b"\x80" * 8), 3),
        (frame(0, b""), 1),
    ],
)
def test_what_would_hold_the_loop_is_read_in_many_turns(tiny: bytes, cost: int) -> None:
    many = 65_000 // len(tiny)
    received = Received()
    reader = reader_into(received)
    read, at_once = 0, 0
    for each in turns(reader, OPENING + tiny * many):
        reader.feed(each)
        before, read = read, _read(received)
        at_once = max(at_once, read - before)
    # Beside these: the first response, and what begins at the bound.
    assert at_once <= 512 // cost + 2
    assert read == 1 + many


@pytest.mark.parametrize("tiny", [OPENING, b"OPTIONS * RTSP/1.0\n\n"])
def test_hundreds_of_messages_at_once_are_refused(tiny: bytes) -> None:
    assert _read(receive(OPENING, tiny * 500)) == 501
    with pytest.raises(MalformedMessageError):
        receive(OPENING, tiny * 600)


def _read(received: Received) -> int:
    return len(received.frames) + len(received.responses) + len(received.requests)


def test_a_head_with_hundreds_of_headers_is_refused() -> None:
    with pytest.raises(MalformedMessageError):
        receive(b"RTSP/1.0 200 OK\r\n" + b"X: 1\r\n" * 256 + b"\r\n")


@given(
    begin=st.sampled_from((b"", OPENING)),
    stream=st.lists(
        st.one_of(
            st.binary(max_size=40),
            FRAMES,
            RESPONSES,
            st.sampled_from((b"$", b"RTSP/1.0", b"\r\n\r\n", b"Content-Length: 9\r\n")),
        )
    ).map(b"".join),
    ends=st.lists(st.integers(0, 2000), max_size=10),
)
def test_whatever_comes_is_read_or_refused_and_nothing_is_made_up(
    begin: bytes, stream: bytes, ends: list[int]
) -> None:
    received = Received()
    with suppress(MalformedMessageError):
        receive(*pieces_of(begin + stream, ends), into=received)
    assert received.size <= received.fed
