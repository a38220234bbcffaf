"""The only door between a hub and a camera."""

from .decisions import Decisions
from .doors import Doors
from .events import (
    Answered,
    Changed,
    EndRecorded,
    GateEvent,
    HowEnded,
    Refused,
    RequestAsked,
    Unasked,
    WatchEnded,
    WatchStarted,
)
from .gate import Gate
from .handler import HubMessageHandler, OwnersSide
from .hub_log import HubLogWriter
from .listeners import Listeners
from .requests import Requests
from .values import Ending, Request, Session
from .witness import Witness

__all__ = [
    "Answered",
    "Changed",
    "Decisions",
    "Doors",
    "EndRecorded",
    "Ending",
    "Gate",
    "GateEvent",
    "HowEnded",
    "HubLogWriter",
    "HubMessageHandler",
    "Listeners",
    "OwnersSide",
    "Refused",
    "Request",
    "RequestAsked",
    "Requests",
    "Session",
    "Unasked",
    "WatchEnded",
    "WatchStarted",
    "Witness",
]
