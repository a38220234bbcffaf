"""What stands around a hub's shares: each one's camera, schedule, alarms and "never while" entities are watched."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from .cameras import Cameras
from .core.model import Opening, Share
from .members import SharedMembers
from .openings import Openings
from .rules import Rules
from .watchers import ShareWatch


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """A watch, with what it was made for."""

    camera: str
    rules: Rules
    watch: ShareWatch


class Standing:
    """Keeps one watch for each share, and leaves it alone while its rules stay the same."""

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        cameras: Cameras,
        members: SharedMembers,
        openings: Openings,
        on_turned: Callable[[], None],
    ) -> None:
        """Watch nothing yet; `on_turned` is called when something that a share depends on has turned."""
        self._hass = hass
        self._cameras = cameras
        self._members = members
        self._openings = openings
        self._on_turned = on_turned
        self._kept: dict[str, _Kept] = {}
        self._undo: dict[str, tuple[CALLBACK_TYPE, ...]] = {}

    def of(self, share_id: str) -> ShareWatch:
        """Give the watch of a share."""
        return self._kept[share_id].watch

    @callback
    def keep(self, shares: Mapping[str, Share], rules: Mapping[str, Rules]) -> None:
        """Have a watch for exactly these shares, a new one only where its rules are new. `start` must follow."""
        for share_id in self._kept.keys() - shares.keys():
            self._end(share_id)
        for share_id, share in shares.items():
            kept = self._kept.get(share_id)
            if kept and (kept.camera, kept.rules) == (share.camera, rules[share_id]):
                continue
            if kept:
                self._end(share_id)
            self._kept[share_id] = _Kept(
                camera=share.camera,
                rules=rules[share_id],
                watch=self._watch(
                    share, rules[share_id], before=kept.watch if kept else None
                ),
            )

    @callback
    def take_away(
        self, before: Mapping[str, Share], after: Mapping[str, Share]
    ) -> None:
        """End what still opens shares for a while by a choice that their owner has dropped. `keep` came first."""
        for share_id in before.keys() & after.keys():
            rules = self._kept[share_id].rules
            dropped = before[share_id].openings - after[share_id].openings
            self._openings.take_away(
                share_id,
                all_alarms_but=rules.alarms if rules.opens_by_alarm else (),
                approvals=Opening.APPROVAL in dropped,
            )

    @callback
    def start(self) -> None:
        """Begin to watch what is not watched yet."""
        for share_id, kept in self._kept.items():
            if share_id not in self._undo:
                self._undo[share_id] = (
                    self._cameras.watch(kept.camera),
                    kept.watch.start(),
                )

    @callback
    def stop(self) -> None:
        """Watch nothing any more. What was seen last still stands."""
        for share_id in tuple(self._undo):
            self._stop(share_id)

    def _watch(
        self, share: Share, rules: Rules, *, before: ShareWatch | None
    ) -> ShareWatch:
        return ShareWatch(
            self._hass,
            rules,
            members=self._members,
            on_alarm=lambda alarm: self._alarm(share.share_id, rules, alarm),
            on_disarm=lambda: self._openings.close_alarm(share.share_id),
            on_turned=self._on_turned,
            before=before,
        )

    @callback
    def _alarm(self, share_id: str, rules: Rules, alarm: str) -> None:
        """Open for an alarm, where the owner chose that."""
        if rules.opens_by_alarm:
            self._openings.open_by_alarm(share_id, rules.alarm_length, by=alarm)

    def _end(self, share_id: str) -> None:
        self._stop(share_id)
        del self._kept[share_id]

    def _stop(self, share_id: str) -> None:
        for undo in self._undo.pop(share_id, ()):
            undo()
