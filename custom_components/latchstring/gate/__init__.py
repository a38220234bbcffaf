"""The only door between a hub and a camera."""

from .gate import Doors, Gate
from .ledger import Ledger
from .peer import HomePeer, OwnersSide
from .session import (
    Ending,
    EndRecorded,
    GateEvent,
    HowEnded,
    Refused,
    Session,
    Turned,
    WatchEnded,
    WatchStarted,
)

__all__ = [
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
    "Session",
    "Turned",
    "WatchEnded",
    "WatchStarted",
]
