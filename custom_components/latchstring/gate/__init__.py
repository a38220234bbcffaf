"""The only door between a hub and a camera."""

from .callbacks import GateCallbacks
from .decisions import Decisions
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
from .handler import ConnectionListener, HubMessageHandler
from .hub_log import HubLogWriter
from .listeners import Listeners
from .requests import Requests
from .values import Ending, Request, Session
from .witness import Witness

__all__ = [
    "Answered",
    "Changed",
    "ConnectionListener",
    "Decisions",
    "EndRecorded",
    "Ending",
    "Gate",
    "GateCallbacks",
    "GateEvent",
    "HowEnded",
    "HubLogWriter",
    "HubMessageHandler",
    "Listeners",
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
