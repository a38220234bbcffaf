"""All kinds of entries by name, for each kind of log."""

from collections.abc import Mapping
from typing import Final, get_args

from .epoch import EpochBegun
from .household import (
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

type HubEntry = (
    EpochBegun
    | Paired
    | AgreementAccepted
    | SessionStarted
    | SessionEnded
    | Refusals
    | Requested
    | RequestDecided
    | Receipt
    | HouseholdHead
    | Unpaired
)
type HouseholdEntry = (
    EpochBegun
    | SessionAllowed
    | SessionCut
    | HeadCommitted
    | RequestAnswered
    | SwitchTurned
    | OpeningsEnded
    | ConsentChanged
    | OptionsChanged
    | KeysChanged
    | Opened
    | Closed
    | ClockConfirmed
    | Exported
    | Erased
)
type Entry = HubEntry | HouseholdEntry

HUB_KINDS: Final[Mapping[str, type[HubEntry]]] = {
    entry.kind: entry for entry in get_args(HubEntry.__value__)
}
HOUSEHOLD_KINDS: Final[Mapping[str, type[HouseholdEntry]]] = {
    entry.kind: entry for entry in get_args(HouseholdEntry.__value__)
}
KINDS: Final[Mapping[str, type[Entry]]] = {**HUB_KINDS, **HOUSEHOLD_KINDS}
