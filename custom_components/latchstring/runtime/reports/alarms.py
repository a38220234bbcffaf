"""Reports of alarms to a hub: which cameras an alarm or the panic button opened, and when that is over.

A camera with a "never" rule is not named, unless its owner chose that. Named only while the rule lets it open, it would
show the hub who is home; so the hub is told nothing of it, as the list of cameras always has it as `ask`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
import secrets
from typing import TYPE_CHECKING

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ...core.messages import Alarm, AlarmState, HomeMessage

if TYPE_CHECKING:
    from ...core.model import Share
    from ...rules.timed_openings import TimedOpenings


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """Cameras that were opened at once, by their ids at the hub, and those shares of them that still are."""

    alarm: str
    began: datetime
    cameras: tuple[str, ...]
    going_on: frozenset[str]


class AlarmReports:
    """The occurrences that were reported to one hub and go on."""

    def __init__(
        self,
        *,
        openings: TimedOpenings,
        shares: Callable[[], Mapping[str, Share]],
        is_open: Callable[[str], bool],
        send: Callable[[HomeMessage], None],
    ) -> None:
        """`shares` returns the hub's shares of now, `is_open` whether one can be seen now."""
        self._openings = openings
        self._shares = shares
        self._is_open = is_open
        self._send = send
        self._occurrences: list[Occurrence] = []

    @callback
    def send_again(self) -> None:
        """Report what goes on to a hub that has just connected."""
        for occurrence in self._occurrences:
            self._report(occurrence, AlarmState.BEGAN, occurrence.began)

    @callback
    def stop(self) -> None:
        """Report the end of everything: nothing stays open by an alarm over a restart."""
        self._end_without(frozenset())

    @callback
    def update(self) -> None:
        """Report what has begun and what has ended. All that one alarm opens is open by now: it is one occurrence."""
        now = dt_util.utcnow()
        in_alarm = {
            share_id: share
            for share_id, share in self._shares().items()
            if self._openings.of(share_id).is_in_alarm(now)
        }
        self._end_without(frozenset(in_alarm))
        reported = {each for known in self._occurrences for each in known.going_on}
        opened = {
            share_id: share.camera_id
            for share_id, share in in_alarm.items()
            if share_id not in reported and share.is_alerted and self._is_open(share_id)
        }
        if opened:
            self._begin(opened, now)

    def _begin(self, opened: Mapping[str, str], at: datetime) -> None:
        occurrence = Occurrence(
            alarm=f"a-{secrets.token_hex(8)}",
            began=at,
            cameras=tuple(opened.values()),
            going_on=frozenset(opened),
        )
        self._occurrences.append(occurrence)
        self._report(occurrence, AlarmState.BEGAN, at)

    def _end_without(self, in_alarm: frozenset[str]) -> None:
        """Keep what is still in alarm, and report the end of each occurrence that no camera is left of."""
        at = dt_util.utcnow()
        before, self._occurrences = self._occurrences, []
        for occurrence in before:
            if going_on := occurrence.going_on & in_alarm:
                self._occurrences.append(replace(occurrence, going_on=going_on))
            else:
                self._report(occurrence, AlarmState.ENDED, at)

    def _report(self, occurrence: Occurrence, state: AlarmState, at: datetime) -> None:
        self._send(
            Alarm(
                alarm=occurrence.alarm, state=state, at=at, cameras=occurrence.cameras
            )
        )
