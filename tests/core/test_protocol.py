"""Whatever a hub sends becomes a request as documented, or one stable code."""

from dataclasses import asdict, replace
import json
from typing import Any, Final

from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.core.errors import ErrorCode, ProtocolError
from custom_components.latchstring.core.messages import (
    CameraEntry,
    Cameras,
    CameraState,
    Mark,
    Place,
    SessionEndedMessage,
)
from custom_components.latchstring.core.protocol import (
    MAX_MESSAGE_BYTES,
    RpcRequest,
    encode,
    encode_error,
    parse_request,
)

from .document import EXAMPLES, example
from .mutations import anything, mutated
from .parties import WATCHED_AT

REQUESTS: Final = {
    each.key: each.value for each in EXAMPLES if each.name == "hub-to-home"
}
CLOSE: Final = REQUESTS["session.close"]
OPEN: Final = REQUESTS["session.open"]
ASK: Final = REQUESTS["request.open"]

MALFORMED: Final = {
    "nothing": "",
    "a word": "hello",
    "half": '{"jsonrpc": "2.0"',
    "two": "{}{}",
    "single quotes": "{'a': 1}",
    "comment": "{} // a",
    "trailing comma": '{"a": 1,}',
    "control character": '{"a": "\n"}',
    "byte order mark": "\ufeff{}",
    "NaN": '{"a": NaN}',
    "infinity": '{"a": -Infinity}',
    "member twice": '{"id": 1, "id": 1}',
    "member twice inside": json.dumps(CLOSE).replace(
        '{"session"', '{"session": "s-4f1c0c8e7b2a4d7f", "session"'
    ),
    "member twice by escapes": '{"id": 1, "\\u0069d": 1}',
    "very deep": "[" * MAX_MESSAGE_BYTES,
    "very deep objects": '{"a":' * (MAX_MESSAGE_BYTES // 5),
}

NO_REQUEST: Final = {
    "nothing": {},
    "a batch": [CLOSE],
    "an empty batch": [],
    "a text": "session.close",
    "a number": 1,
    "null": None,
    "a notification": {name: CLOSE[name] for name in ("jsonrpc", "method", "params")},
}

IDS: Final = ("a", "x" * 64, "\u2028", 0, 1, 2**53 - 1)
NO_IDS: Final[tuple[Any, ...]] = (
    None,
    True,
    1.0,
    1.5,
    -1,
    2**53,
    "",
    "x" * 65,
    "\ud800",
    [],
    {},
)

NO_ENVELOPE: Final = {
    "another version": CLOSE | {"jsonrpc": "1.0"},
    "a version that is a number": CLOSE | {"jsonrpc": 2.0},
    "no version": {name: CLOSE[name] for name in ("id", "method", "params")},
    "no method": {name: CLOSE[name] for name in ("jsonrpc", "id", "params")},
    "a method that is no text": CLOSE | {"method": ["session.close"]},
    "a member too many": CLOSE | {"meta": {}},
    "request and response": CLOSE | {"result": {}},
}

RESPONSES: Final = (
    {"jsonrpc": "2.0", "id": "42", "result": {}},
    {"jsonrpc": "2.0", "id": "42", "result": None},
    {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "x"}},
    {"error": "x"},
)


def params(request: Any, **changes: Any) -> Any:
    return request | {"params": request["params"] | changes}


WRONG_PARAMS: Final = {
    "none": {name: CLOSE[name] for name in ("jsonrpc", "id", "method")},
    "null": CLOSE | {"params": None},
    "a list": CLOSE | {"params": ["s-4f1c0c8e7b2a4d7f"]},
    "empty": CLOSE | {"params": {}},
    "a member too many": params(CLOSE, why="x"),
    "session too short": params(CLOSE, session="x" * 15),
    "session too long": params(CLOSE, session="x" * 65),
    "session of other characters": params(CLOSE, session="x" * 15 + "é"),
    "session with a line feed": params(CLOSE, session="x" * 16 + "\n"),
    "session a number": params(CLOSE, session=1234567890123456),
    "session null": params(CLOSE, session=None),
    "camera empty": params(OPEN, camera=""),
    "assertion a list": params(OPEN, assertion=[]),
    "ingest a text": params(OPEN, ingest="https://ingest.hub.example"),
    "ingest too long": params(
        OPEN, ingest={"url": "x" * 513, "token": "q0Zr8Kk1mB4vXc7nT2yLw5"}
    ),
    "ingest without a token": params(OPEN, ingest={"url": "x"}),
    "token of other characters": params(
        OPEN, ingest={"url": "x", "token": "q0Zr8Kk1mB4vXc7n\r\nHost: x"}
    ),
    "no minutes": params(ASK, minutes=0),
    "too many minutes": params(ASK, minutes=61),
    "minutes true": params(ASK, minutes=True),
    "minutes with a fraction": params(ASK, minutes=15.0),
    "minutes a text": params(ASK, minutes="15"),
    "minutes without end": params(ASK, minutes=10**30),
    "checkpoint too long": params(
        REQUESTS["checkpoint.cosigned"], checkpoint="x" * 4097
    ),
    "a tree of no entries": params(REQUESTS["checkpoint.consistency"], from_size=0),
    "a size of true": params(REQUESTS["checkpoint.consistency"], to_size=True),
    "an objection nobody knows": params(
        REQUESTS["checkpoint.refused"], reason="not_liked"
    ),
    "less than nothing": params(REQUESTS["checkpoint.refused"], size=-1),
    "receipt null": params(REQUESTS["receipt"], receipt=None),
}


def refused(text: str) -> ProtocolError:
    with pytest.raises(ProtocolError) as caught:
        parse_request(text)
    return caught.value


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_json_is_malformed(text: str) -> None:
    error = refused(text)
    assert (error.code, error.request_id) == (ErrorCode.MESSAGE_MALFORMED, None)


@pytest.mark.parametrize("value", NO_REQUEST.values(), ids=NO_REQUEST)
def test_what_has_no_id_is_no_request(value: Any) -> None:
    error = refused(json.dumps(value))
    assert (error.code, error.request_id) == (ErrorCode.REQUEST_INVALID, None)
    assert error.answerable


@pytest.mark.parametrize("request_id", IDS)
def test_an_id_is_a_short_text_or_a_whole_number(request_id: Any) -> None:
    request = parse_request(json.dumps(CLOSE | {"id": request_id}))
    assert (type(request.id), request.id) == (type(request_id), request_id)


@pytest.mark.parametrize("request_id", NO_IDS)
def test_any_other_id_cannot_be_answered_to(request_id: Any) -> None:
    error = refused(json.dumps(CLOSE | {"id": request_id}))
    assert (error.code, error.request_id) == (ErrorCode.REQUEST_INVALID, None)


@pytest.mark.parametrize("value", NO_ENVELOPE.values(), ids=NO_ENVELOPE)
def test_an_invalid_request_is_refused_under_its_id(value: Any) -> None:
    error = refused(json.dumps(value))
    assert (error.code, error.request_id) == (ErrorCode.REQUEST_INVALID, "42")


@pytest.mark.parametrize("value", RESPONSES)
def test_a_response_is_never_answered(value: Any) -> None:
    error = refused(json.dumps(value))
    assert (error.code, error.request_id) == (ErrorCode.REQUEST_INVALID, None)
    assert not error.answerable


@pytest.mark.parametrize("method", ["", "cameras", "session.Open", "__class__"])
def test_an_unknown_method_is_named_so(method: str) -> None:
    error = refused(json.dumps(CLOSE | {"method": method}))
    assert (error.code, error.request_id) == (ErrorCode.METHOD_UNKNOWN, "42")


@pytest.mark.parametrize("value", WRONG_PARAMS.values(), ids=WRONG_PARAMS)
def test_wrong_params_are_refused_under_the_requests_id(value: Any) -> None:
    error = refused(json.dumps(value))
    assert (error.code, error.request_id) == (ErrorCode.PARAMS_INVALID, value["id"])


def test_an_integer_of_any_length_is_refused() -> None:
    text = json.dumps(ASK).replace('"minutes": 15', f'"minutes": {"9" * 60_000}')
    error = refused(text)
    assert (error.code, error.request_id) == (ErrorCode.PARAMS_INVALID, 43)


def _read(text: str) -> RpcRequest | None:
    try:
        return parse_request(text)
    except ProtocolError as error:
        encode_error(error.request_id, error.code).encode()
        return None


def _is_what_was_sent(request: RpcRequest, sent: Any) -> bool:
    """Compare as JSON text, to which true is no number."""
    shown = {"id": request.id, "params": asdict(request.message), "jsonrpc": "2.0"}
    method = {"method": sent["method"]}
    return json.dumps(shown | method, sort_keys=True) == json.dumps(
        sent, sort_keys=True
    )


@given(st.text(st.characters(codec=None)) | anything.map(json.dumps))
def test_any_text_is_a_request_or_refused(text: str) -> None:
    assert _read(text) is None


@pytest.mark.parametrize("method", REQUESTS)
@given(data=st.data())
def test_nothing_in_a_request_is_overlooked(method: str, data: st.DataObject) -> None:
    sent = data.draw(mutated(REQUESTS[method]))
    if request := _read(json.dumps(sent)):
        assert _is_what_was_sent(request, sent)


@pytest.mark.parametrize("method", REQUESTS)
@given(data=st.data())
def test_a_cut_request_is_no_request(method: str, data: st.DataObject) -> None:
    text = example(method).text.rstrip()
    end = data.draw(st.integers(0, len(text) - 1))
    assert refused(text[:end]).code == ErrorCode.MESSAGE_MALFORMED


CAMERA: Final = CameraEntry(camera="c" * 22, label="Küche", state=CameraState.ASK)
ENDED: Final = SessionEndedMessage(
    session="s" * 16,
    at=WATCHED_AT,
    sent=0,
    start=Mark(fragments=0, chain=bytes(32)),
    end=Mark(fragments=0, chain=bytes(32)),
    proof=None,
)


def test_what_a_camera_has_not_is_left_out() -> None:
    place = Place(longitude=-0.0, latitude=1e-7, radius_m=500)
    listed = Cameras(cameras=(CAMERA, replace(CAMERA, place=place)))
    bare, placed = json.loads(encode(listed))["params"]["cameras"]
    assert bare.keys() == {"camera", "label", "state"}
    assert placed["place"].keys() == {"point", "radius_m"}


def test_an_end_that_was_not_recorded_has_no_proof() -> None:
    assert "proof" not in json.loads(encode(ENDED))["params"]


def test_a_message_is_one_line_of_unescaped_text() -> None:
    text = encode(Cameras(cameras=(CAMERA,)))
    assert "Küche" in text
    assert "\n" not in text


def test_a_place_that_is_no_number_is_not_sent() -> None:
    place = Place(longitude=float("nan"), latitude=0.0, radius_m=500)
    with pytest.raises(ValueError, match="JSON"):
        encode(Cameras(cameras=(replace(CAMERA, place=place),)))
