"""What the server makes of what clients write."""

from asyncio import StreamReader
from contextlib import suppress

from hypothesis import example, given, strategies as st
import pytest

from .message import MalformedRequest, Request, Response, interleaved, next_request

ASKED = (
    b"SETUP rtsp://127.0.0.1:554/porch/track1 RTSP/1.0\r\n"
    b"CSeq: 3\r\ntransport:RTP/AVP/TCP;unicast\r\n\r\n"
)


def test_a_request_is_read_whatever_the_case_of_its_headers() -> None:
    request = Request.parse(ASKED)
    assert (request.method, request.camera, request.sequence) == ("SETUP", "porch", "3")
    assert request.headers["transport"] == "RTP/AVP/TCP;unicast"


@given(head=st.binary(max_size=200))
@example(head=b"PLAY rtsp://[ RTSP/1.0\r\n\r\n")
@example(head=b"PLAY rtsp://a/porch\nX:y RTSP/1.0\r\n\r\n")
def test_what_is_not_rtsp_is_malformed_and_nothing_else(head: bytes) -> None:
    with suppress(MalformedRequest):
        request = Request.parse(head)
        assert request.url.isprintable()


@pytest.mark.parametrize(
    "head",
    [
        b"PLAY rtsp://127.0.0.1/porch HTTP/1.1\r\n\r\n",
        b"PLAY rtsp://127.0.0.1/porch\r\n\r\n",
        b"PLAY rtsp://[ RTSP/1.0\r\n\r\n",
        b"PLAY rtsp://127.0.0.1/porch RTSP/1.0\r\nno header\r\n\r\n",
        b"PLAY rtsp://127.0.0.1/porch\nX: RTSP/1.0\r\n\r\n",
        b"PLAY rtsp://127.0.0.1/porch RTSP/1.0\r\nContent-Length: 4097\r\n\r\n",
        b"PLAY rtsp://127.0.0.1/porch RTSP/1.0\r\nContent-Length: -1\r\n\r\n",
        b"PLAY rtsp://127.0.0.1/porch RTSP/1.0\r\nContent-Length: some\r\n\r\n",
    ],
)
def test_a_request_that_breaks_a_rule_is_refused(head: bytes) -> None:
    with pytest.raises(MalformedRequest):
        Request.parse(head)


async def test_reports_bodies_and_empty_lines_between_requests_are_skipped() -> None:
    reader = StreamReader()
    reader.feed_data(interleaved(1, b"$ a report"))
    reader.feed_data(ASKED.replace(b"CSeq: 3", b"CSeq: 1\r\nContent-Length: 5"))
    reader.feed_data(b"SETUP\r\n" + ASKED)
    assert (await next_request(reader)).sequence == "1"
    assert (await next_request(reader)).sequence == "3"


def test_an_answer_names_its_request_and_the_length_of_its_body() -> None:
    answer = Response(headers=(("Session", "a"),), body="grün").encode("9")
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *headers = head.decode().split("\r\n")
    assert first == "RTSP/1.0 200 OK"
    assert {"CSeq: 9", "Session: a", "Content-Length: 5"} <= set(headers)
    assert body.decode() == "grün"
