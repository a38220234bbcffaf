"""What a home may say, checked member by member."""

from collections.abc import Callable
from typing import Any

from . import shapes
from .wire import parse_json

MAX_MESSAGE = 65_536
MAX_CAMERAS = 100


class NotAMessage(ValueError):
    """Neither a notification nor an answer that a home may send."""


type Shapes = dict[str, shapes.Shape]


def _shapes(record: Callable[..., shapes.Shape]) -> tuple[Shapes, Shapes]:
    """What a home says and what it answers, of objects that this makes."""
    hashes = shapes.listed(shapes.base64(32, at_least=32), 64)
    proof = record(
        {
            "origin": shapes.string(128),
            "index": shapes.COUNT,
            "content": shapes.base64(32_768),
            "salt": shapes.base64(32, at_least=32),
            "checkpoint": shapes.string(4096),
            "inclusion": hashes,
        }
    )
    link = record({"fragments": shapes.COUNT, "chain": shapes.is_hash})
    point = record(
        {
            "type": shapes.one_of("Point"),
            "coordinates": lambda value: (
                isinstance(value, list)
                and len(value) == 2
                and shapes.number(-180, 180)(value[0])
                and shapes.number(-90, 90)(value[1])
            ),
        }
    )
    place = record(
        {"point": point, "radius_m": shapes.COUNT},
        optional={"heading_deg": shapes.whole(0, 359)},
    )
    images = record({"interval_ms": shapes.whole(1, 3_600_000)})
    video = record(
        {"codec": shapes.text(64), "width": shapes.COUNT, "height": shapes.COUNT},
        optional={"images": images},
    )
    camera = record(
        {
            "camera": shapes.is_id,
            "label": shapes.text(64),
            "state": shapes.one_of("open", "ask", "closed"),
        },
        optional={"place": place, "video": video},
    )

    from_home = {
        "cameras": record({"cameras": shapes.listed(camera, MAX_CAMERAS)}),
        "session.picture": record(
            {
                "session": shapes.is_id,
                "unchanged_since": lambda value: value is None or shapes.is_time(value),
                "or_longer": shapes.is_bool,
            }
        ),
        "session.ended": record(
            {
                "session": shapes.is_id,
                "at": shapes.is_time,
                "bytes": shapes.COUNT,
                "from": link,
                "to": link,
            },
            optional={"proof": proof},
        ),
        "request.decided": record({"request": shapes.is_id, "granted": shapes.is_bool}),
        "alarm": record(
            {
                "alarm": shapes.is_id,
                "state": shapes.one_of("began", "ended"),
                "at": shapes.is_time,
                "cameras": shapes.listed(shapes.is_id, MAX_CAMERAS),
            }
        ),
        "checkpoint": record(
            {
                "checkpoint": shapes.string(4096),
                "from_size": shapes.COUNT,
                "consistency": hashes,
            }
        ),
    }

    results = {
        "session.open": record(
            {
                "session": shapes.is_id,
                "carried_by": shapes.is_id,
                "ends_by": shapes.is_time,
                "proof": proof,
            }
        ),
        "checkpoint.consistency": record({"consistency": hashes}),
    }
    return from_home, results


FROM_HOME, RESULTS = _shapes(shapes.record)
"""Just as the document has it."""
FROM_NEWER_HOMES, _ = _shapes(shapes.open_record)
"""With members that this hub doesn't know yet, and doesn't look at."""

EMPTY = shapes.record({})

NOTIFICATION = shapes.record(
    {
        "jsonrpc": shapes.one_of("2.0"),
        "method": shapes.one_of(*FROM_HOME),
        "params": lambda value: isinstance(value, dict),
    }
)
NOTIFICATION_OF_NEWER = shapes.record(
    {
        "jsonrpc": shapes.one_of("2.0"),
        "method": shapes.string(64),
        "params": lambda value: isinstance(value, dict),
    }
)
NUMBERS = {
    -32700: "message_malformed",
    -32600: "request_invalid",
    -32601: "method_unknown",
    -32602: "params_invalid",
    -32010: "assertion_invalid",
    -32011: "assertion_expired",
    -32012: "assertion_mismatch",
    -32013: "assertion_replayed",
    -32014: "purpose_unknown",
    -32015: "text_unsafe",
    -32016: "ingest_not_pinned",
    -32017: "session_duplicate",
    -32018: "cosignature_invalid",
    -32019: "receipt_invalid",
    -32020: "not_available",
    -32030: "quota_exceeded",
}
ERROR = shapes.record(
    {"code": shapes.one_of(*NUMBERS), "message": shapes.one_of(*NUMBERS.values())}
)


def _is_request_id(value: object) -> bool:
    return shapes.COUNT(value) or shapes.string(64)(value) or value is None


ANSWER = shapes.record(
    {"jsonrpc": shapes.one_of("2.0"), "id": _is_request_id},
    optional={"result": lambda value: isinstance(value, dict), "error": ERROR},
)


def read_of_newer(text: str) -> dict[str, Any] | None:
    """Read a notification of a home that says more than this hub knows; None for one that it must not look at."""
    message = parse_json(text)
    if not NOTIFICATION_OF_NEWER(message):
        raise NotAMessage(text)
    known = FROM_NEWER_HOMES.get(message["method"])
    if known is None:
        return None
    if not known(message["params"]):
        raise NotAMessage(text)
    return dict(message)


def read(text: str) -> dict[str, Any]:
    """Read a notification or an answer. Raises ValueError if it isn't even JSON."""
    message = parse_json(text)
    if NOTIFICATION(message) and FROM_HOME[message["method"]](message["params"]):
        return dict(message)
    if not ANSWER(message) or ("result" in message) == ("error" in message):
        raise NotAMessage(text)
    error = message.get("error")
    if error is not None and NUMBERS[error["code"]] != error["message"]:
        raise NotAMessage(text)
    return dict(message)


def result_fits(method: str, result: object) -> bool:
    return RESULTS.get(method, EMPTY)(result)
