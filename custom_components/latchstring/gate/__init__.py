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
from .ledger import Ledger
from .listeners import Listeners
from .peer import HomePeer, OwnersSide
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
    "HomePeer",
    "HowEnded",
    "Ledger",
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
