"""The kinds of entries of the record, a dataclass for each.

A hub log has only entries of what that hub took part in, because a proof shows the hub the whole entry. All else is in
the household's log.
"""

from .actor import ADMINISTRATOR, NOBODY, SYSTEM, Actor, ActorKind
from .epoch import EpochBegun, EpochCause
from .household import (
    Change,
    ClockConfirmed,
    Closed,
    ConsentChanged,
    Erased,
    Exported,
    HeadCommitted,
    KeysChanged,
    Opened,
    OpeningsEnded,
    OptionsChanged,
    RequestAnswered,
    SessionAllowed,
    SessionCut,
    SwitchTurned,
)
from .hub import (
    AgreementAccepted,
    HouseholdHead,
    Paired,
    Receipt,
    Refusals,
    RequestDecided,
    Requested,
    SessionEnded,
    SessionStarted,
    Unpaired,
)
from .kinds import HOUSEHOLD_KINDS, HUB_KINDS, KINDS, Entry, HouseholdEntry, HubEntry

__all__ = [
    "ADMINISTRATOR",
    "HOUSEHOLD_KINDS",
    "HUB_KINDS",
    "KINDS",
    "NOBODY",
    "SYSTEM",
    "Actor",
    "ActorKind",
    "AgreementAccepted",
    "Change",
    "ClockConfirmed",
    "Closed",
    "ConsentChanged",
    "Entry",
    "EpochBegun",
    "EpochCause",
    "Erased",
    "Exported",
    "HeadCommitted",
    "HouseholdEntry",
    "HouseholdHead",
    "HubEntry",
    "KeysChanged",
    "Opened",
    "OpeningsEnded",
    "OptionsChanged",
    "Paired",
    "Receipt",
    "Refusals",
    "RequestAnswered",
    "RequestDecided",
    "Requested",
    "SessionAllowed",
    "SessionCut",
    "SessionEnded",
    "SessionStarted",
    "SwitchTurned",
    "Unpaired",
]
