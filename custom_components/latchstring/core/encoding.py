"""The home's messages and results as JSON, with members in the order of protocol.md."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from .canonical import rfc3339
from .messages import (
    Alarm,
    CameraEntry,
    Cameras,
    CheckpointMessage,
    Consistency,
    Empty,
    HomeMessage,
    Images,
    Mark,
    Place,
    Proof,
    RequestDecidedMessage,
    Result,
    SessionEndedMessage,
    SessionOpened,
    SessionPicture,
    Video,
)

type Members = Mapping[str, Any]


def notification(message: HomeMessage) -> tuple[str, Members]:
    """Return the method and the params of a message."""
    match message:
        case Cameras(cameras=cameras):
            return "cameras", {"cameras": [_camera(camera) for camera in cameras]}
        case SessionPicture():
            return "session.picture", _session_picture(message)
        case SessionEndedMessage():
            return "session.ended", _session_ended(message)
        case RequestDecidedMessage(request=request, granted=granted):
            return "request.decided", {"request": request, "granted": granted}
        case Alarm():
            return "alarm", _alarm(message)
        case CheckpointMessage():
            return "checkpoint", _checkpoint(message)


def result(value: Result) -> Members:
    """Return the result of a request that was not refused."""
    match value:
        case SessionOpened():
            return {
                "session": value.session,
                "carried_by": value.carried_by,
                "ends_by": rfc3339(value.ends_by),
                "proof": _proof(value.proof),
            }
        case Consistency(consistency=consistency):
            return {"consistency": list(map(_base64, consistency))}
        case Empty():
            return {}


def _camera(entry: CameraEntry) -> Members:
    return _present(
        camera=entry.camera,
        label=entry.label,
        place=entry.place and _place(entry.place),
        state=entry.state,
        video=entry.video and _video(entry.video),
    )


def _place(place: Place) -> Members:
    coordinates = [place.longitude, place.latitude]
    return _present(
        point={"type": "Point", "coordinates": coordinates},
        radius_m=place.radius_m,
        heading_deg=place.heading_deg,
    )


def _video(video: Video) -> Members:
    return _present(
        codec=video.codec,
        width=video.width,
        height=video.height,
        images=video.images and _images(video.images),
    )


def _images(images: Images) -> Members:
    return {"interval_ms": images.interval_ms}


def _session_picture(message: SessionPicture) -> Members:
    since = message.unchanged_since
    return {
        "session": message.session,
        "unchanged_since": since and rfc3339(since),
        "or_longer": message.or_longer,
    }


def _session_ended(message: SessionEndedMessage) -> Members:
    return _present(
        **{
            "session": message.session,
            "at": rfc3339(message.at),
            "bytes": message.sent,
            "from": _mark(message.start),
            "to": _mark(message.end),
            "proof": message.proof and _proof(message.proof),
        }
    )


def _alarm(message: Alarm) -> Members:
    return {
        "alarm": message.alarm,
        "state": message.state,
        "at": rfc3339(message.at),
        "cameras": message.cameras,
    }


def _checkpoint(message: CheckpointMessage) -> Members:
    return {
        "checkpoint": message.checkpoint,
        "from_size": message.from_size,
        "consistency": list(map(_base64, message.consistency)),
    }


def _mark(mark: Mark) -> Members:
    return {"fragments": mark.fragments, "chain": mark.chain.hex()}


def _proof(proof: Proof) -> Members:
    return {
        "origin": proof.origin,
        "index": proof.index,
        "content": _base64(proof.content),
        "salt": _base64(proof.salt),
        "checkpoint": proof.checkpoint,
        "inclusion": list(map(_base64, proof.inclusion)),
    }


def _base64(data: bytes) -> str:
    return b64encode(data).decode()


def _present(**members: Any) -> Members:
    """Return the members that have a value."""
    return {name: value for name, value in members.items() if value is not None}
