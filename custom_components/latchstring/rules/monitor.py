"""An index of which shares of a hub name which entity and show which camera, so that a change concerns only those."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from homeassistant.core import callback

from ..core.model import Opening, Share
from ..settings.rules import Rules
from ..tracking.camera_sources import CameraSources
from ..tracking.users import MayOpen
from .entity_monitor import EntityChange, EntityMonitors
from .share_monitor import ShareMonitor
from .timed_openings import TimedOpenings

type OnChange = Callable[[Collection[str]], None]
"""Takes share ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """The shares that name one entity: all, and for each purpose those that name it for that."""

    all: dict[str, None] = field(default_factory=dict)
    deciding: dict[str, None] = field(default_factory=dict)
    alarms: dict[str, timedelta] = field(default_factory=dict)
    disarming: dict[str, None] = field(default_factory=dict)


class RuleMonitor:
    """Listens to all entities and cameras that a hub's shares name, and reports which shares a change concerns."""

    def __init__(
        self,
        *,
        cameras: CameraSources,
        entity_monitors: EntityMonitors,
        openings: TimedOpenings,
        may_open: MayOpen,
        on_change: OnChange,
        on_failed: OnChange,
        on_picture: OnChange,
    ) -> None:
        """`may_open` says who may open cameras to the hub, also by changing by hand what its shares name.

        `on_change` takes the shares that a change concerns, `on_failed` those of a change that could not be processed,
        and `on_picture` those that have a picture now, or none any more.
        """
        self._cameras = cameras
        self._entity_monitors = entity_monitors
        self._openings = openings
        self._may_open = may_open
        self._on_change = on_change
        self._on_failed = on_failed
        self._on_picture = on_picture
        self._shares: dict[str, ShareMonitor] = {}
        self._named: dict[str, _Named] = {}
        self._shown_by: dict[str, dict[str, None]] = {}

    def of(self, share_id: str) -> ShareMonitor:
        """Return the monitor of a share."""
        return self._shares[share_id]

    @callback
    def update(
        self, shares: Mapping[str, Share], rules: Mapping[str, Rules]
    ) -> set[str]:
        """Listen to exactly what these shares name, and return those whose rules changed.

        What is still named is not forgotten meanwhile.
        """
        rules_before = {share_id: each.rules for share_id, each in self._shares.items()}
        before, cameras_before = self._named, self._shown_by
        self._named, self._shown_by = _named(rules), _shown_by(shares)
        schedules = {each.schedule for each in rules.values()}
        monitors = {
            key: self._entity_monitors.listen(key, self, is_schedule=key in schedules)
            for key in self._named
        }
        self._shares = {
            share_id: ShareMonitor(
                rules=each, monitors=monitors, may_open=self._may_open
            )
            for share_id, each in rules.items()
        }
        for camera in self._shown_by.keys() - cameras_before.keys():
            self._cameras.watch(camera, self)
        for key in before.keys() - self._named.keys():
            self._entity_monitors.leave(key, self)
        for camera in cameras_before.keys() - self._shown_by.keys():
            self._cameras.leave(camera, self)
        return {
            share_id
            for share_id in rules_before.keys() | rules.keys()
            if rules_before.get(share_id) != rules.get(share_id)
        }

    @callback
    def close_dropped(
        self, before: Mapping[str, Share], after: Mapping[str, Share]
    ) -> None:
        """End timed openings that the owner's rules no longer allow. `update` came first."""
        for share_id in before.keys() & after.keys():
            rules = self._shares[share_id].rules
            dropped = before[share_id].openings - after[share_id].openings
            self._openings.close_dropped(
                share_id,
                all_alarms_but=rules.alarms if rules.opens_by_alarm else (),
                approvals=Opening.APPROVAL in dropped,
            )

    @callback
    def stop(self) -> None:
        """Stop listening."""
        self.update({}, {})

    @callback
    def entity_changed(self, key: str, change: EntityChange) -> None:
        """See `EntityListener`."""
        named = self._named[key]
        if change.is_disarm:
            self._openings.close_alarm(named.disarming)
        if change.is_alarm and all(map(self._may_open, change.user_ids)):
            self._openings.open_by_alarm(named.alarms, by=key)
        self._on_change(named.all if change.own_entity_changed else named.deciding)

    @callback
    def entity_failed(self, key: str) -> None:
        """See `EntityListener`."""
        named = self._named[key]
        try:
            self._openings.close_alarm(named.alarms)
        finally:
            self._on_failed(named.all)

    @callback
    def camera_changed(self, camera: str) -> None:
        """See `CameraListener`."""
        self._on_change(self._shown_by.get(camera, {}))

    @callback
    def picture_changed(self, camera: str) -> None:
        """See `CameraListener`."""
        self._on_picture(self._shown_by.get(camera, {}))

    @callback
    def camera_failed(self, camera: str) -> None:
        """See `CameraListener`."""
        self._on_failed(self._shown_by.get(camera, {}))


def _named(rules: Mapping[str, Rules]) -> dict[str, _Named]:
    """Return which shares name which entity, and for what."""
    named: dict[str, _Named] = {}
    for share_id, each in rules.items():
        for never in each.never:
            _name(named, never.entity, share_id).deciding[share_id] = None
        for key in each.alarms if each.opens_by_alarm else ():
            alarm = _name(named, key, share_id)
            alarm.alarms[share_id] = each.alarm_length
            if each.disarm_ends:
                alarm.disarming[share_id] = None
        if each.schedule:
            _name(named, each.schedule, share_id).deciding[share_id] = None
    return named


def _name(named: dict[str, _Named], key: str, share_id: str) -> _Named:
    named_by = named.setdefault(key, _Named())
    named_by.all[share_id] = None
    return named_by


def _shown_by(shares: Mapping[str, Share]) -> dict[str, dict[str, None]]:
    """Return which shares show which camera."""
    shown_by: dict[str, dict[str, None]] = {}
    for share_id, share in shares.items():
        shown_by.setdefault(share.camera, {})[share_id] = None
    return shown_by
