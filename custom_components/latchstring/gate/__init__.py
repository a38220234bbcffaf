"""The only door between a hub and a camera."""

from .decisions import Decisions
from .gate import Doors, Gate
from .ledger import Ledger
from .peer import HomePeer, OwnersSide
from .requests import Request, Requests
from .session import (
    Answered,
    Asked,
    Ending,
    EndRecorded,
    GateEvent,
    HowEnded,
    Refused,
    Session,
    Turned,
    Unasked,
    WatchEnded,
    WatchStarted,
)
from .witness import Witness

__all__ = [
    "Answered",
    "Asked",
    "Decisions",
    "Doors",
    "EndRecorded",
    "Ending",
    "Gate",
    "GateEvent",
    "HomePeer",
    "HowEnded",
    "Ledger",
    "OwnersSide",
    "Refused",
    "Request",
    "Requests",
    "Session",
    "Turned",
    "Unasked",
    "WatchEnded",
    "WatchStarted",
    "Witness",
]
