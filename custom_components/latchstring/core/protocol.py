"""JSON-RPC messages: a hub's requests parsed strictly, the home's messages and answers encoded.

Parsing is total: whatever a hub sends becomes an RpcRequest or a ProtocolError.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
import json
from typing import Final

from . import encoding
from .errors import ERROR_NUMBERS, ErrorCode, ProtocolError, RequestId
from .messages import (
    CameraEntry,
    Cameras,
    CheckpointConsistency,
    CheckpointCosigned,
    CheckpointRefused,
    HomeMessage,
    HubMessage,
    Ingest,
    Objection,
    ReceiptMessage,
    RequestOpen,
    Result,
    SessionClose,
    SessionOpen,
    SessionPicture,
)
from .schema import (
    MalformedError,
    Parser,
    bounded,
    constant,
    identifier,
    integer,
    matching,
    member_of,
    shape,
    strict_json,
    string,
)

SUBPROTOCOL: Final = "latchstring.v1"
MAX_MESSAGE_BYTES: Final = 65_536
UNPAIRED: Final = 4001
"""The WebSocket close code of a home whose owner has ended the pairing."""
PING_SECONDS: Final = 3
SILENCE_SECONDS: Final = 10
REFUSAL_SECONDS: Final = 0.5
STILL_SECONDS: Final = 10
"""How long an image has to stay the same until a hub is told."""
REQUEST_SECONDS: Final = 120
SESSION_MINUTES: Final = 60
MAX_SESSIONS: Final = 32
MAX_SESSIONS_A_DAY: Final = 1_000
MAX_REQUESTS: Final = 32
MAX_REQUESTS_A_DAY: Final = 300
REQUESTS_A_SECOND: Final = 20
REQUESTS_AT_ONCE: Final = 100
QUOTA_REFUSALS_A_MINUTE: Final = 1_000
_IMAGES_SINCE: Final = 2
"""The revision that tells video from images."""

_METHODS: Final[Mapping[str, Parser[HubMessage]]] = {
    "session.open": shape(
        SessionOpen,
        {
            "session": identifier,
            "camera": identifier,
            "assertion": string,
            "ingest": shape(Ingest, {"url": bounded(512), "token": identifier}),
        },
    ),
    "session.close": shape(SessionClose, {"session": identifier}),
    "request.open": shape(
        RequestOpen,
        {
            "request": identifier,
            "camera": identifier,
            "minutes": integer(1, SESSION_MINUTES),
            "assertion": string,
        },
    ),
    "checkpoint.cosigned": shape(CheckpointCosigned, {"checkpoint": bounded(4096)}),
    "checkpoint.consistency": shape(
        CheckpointConsistency, {"from_size": integer(1), "to_size": integer(1)}
    ),
    "checkpoint.refused": shape(
        CheckpointRefused, {"size": integer(0), "reason": member_of(Objection)}
    ),
    "receipt": shape(ReceiptMessage, {"session": identifier, "receipt": string}),
}

_NUMBER_ID: Final = integer(0)
_STRING_ID: Final = matching(r"[^\ud800-\udfff]{1,64}")
_VERSION: Final = constant("2.0")


@dataclass(frozen=True, slots=True, kw_only=True)
class RpcRequest:
    """A hub's request, to be answered once under its id."""

    id: RequestId
    message: HubMessage


def parse_request(text: str) -> RpcRequest:
    """Parse a text frame of the hub, or raise ProtocolError."""
    envelope = _envelope(text)
    request_id = _request_id(envelope)
    try:
        return RpcRequest(id=request_id, message=_message(envelope))
    except ProtocolError as error:
        error.request_id = request_id
        raise


def _envelope(text: str) -> dict[str, object]:
    try:
        envelope = strict_json(text)
    except MalformedError as error:
        raise ProtocolError(ErrorCode.MESSAGE_MALFORMED) from error
    if not isinstance(envelope, dict):
        raise ProtocolError(ErrorCode.REQUEST_INVALID)
    if "method" not in envelope and envelope.keys() & {"result", "error"}:
        raise ProtocolError(ErrorCode.REQUEST_INVALID, answerable=False)
    return envelope


def _request_id(envelope: Mapping[str, object]) -> RequestId:
    value = envelope.get("id")
    try:
        return _STRING_ID(value) if isinstance(value, str) else _NUMBER_ID(value)
    except MalformedError as error:
        raise ProtocolError(ErrorCode.REQUEST_INVALID) from error


def _message(envelope: Mapping[str, object]) -> HubMessage:
    try:
        _VERSION(envelope.get("jsonrpc"))
        method = string(envelope.get("method"))
    except MalformedError as error:
        raise ProtocolError(ErrorCode.REQUEST_INVALID) from error
    if envelope.keys() - {"jsonrpc", "id", "method", "params"}:
        raise ProtocolError(ErrorCode.REQUEST_INVALID)
    if (parse := _METHODS.get(method)) is None:
        raise ProtocolError(ErrorCode.METHOD_UNKNOWN)
    try:
        return parse(envelope.get("params"))
    except MalformedError as error:
        raise ProtocolError(ErrorCode.PARAMS_INVALID) from error


def told(message: HomeMessage, revision: int) -> HomeMessage | None:
    """Return a message with what a hub that reads this revision knows; None: it knows nothing of it."""
    if revision >= _IMAGES_SINCE:
        return message
    match message:
        case SessionPicture():
            return None
        case Cameras(cameras=cameras):
            return Cameras(cameras=tuple(map(_without_images, cameras)))
    return message


def _without_images(camera: CameraEntry) -> CameraEntry:
    return replace(camera, video=camera.video and replace(camera.video, images=None))


def encode(message: HomeMessage) -> str:
    """Return a message to the hub, as a notification."""
    method, params = encoding.notification(message)
    return _json({"jsonrpc": "2.0", "method": method, "params": params})


def encode_result(request_id: RequestId, result: Result) -> str:
    """Return the response to a request."""
    return _json(
        {"jsonrpc": "2.0", "id": request_id, "result": encoding.result(result)}
    )


def encode_error(request_id: RequestId | None, code: ErrorCode) -> str:
    """Return the error response to a request; its id is None where it could not be read."""
    error = {"code": ERROR_NUMBERS[code], "message": code}
    return _json({"jsonrpc": "2.0", "id": request_id, "error": error})


def _json(members: Mapping[str, object]) -> str:
    return json.dumps(
        members, allow_nan=False, separators=(",", ":"), ensure_ascii=False
    )
