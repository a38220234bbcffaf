"""Changes of a hub's settings by its owner: the accepted agreement, the options, and the cameras listed for it.

Only here the settings of a hub's config entry are compared with those that are in the record, at every set-up and at
every update, and the differences are written into the household's log. They have taken effect by then: writing keeps
nothing open. What cannot be written waits, with its actor, and is tried again.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
import logging
from typing import TYPE_CHECKING

from homeassistant.util import dt as dt_util

from ..core.entries import NOBODY, Actor, Change, ConsentChanged, OptionsChanged
from ..core.entries.entry_bytes import content
from ..record import HOUSEHOLD, NotRecorded, RecordUnreadable
from ..settings.comparison import (
    CONSENT,
    OPTIONS,
    VALUES_FIELD,
    Setting,
    Settings,
    Subject,
    Values,
    digest,
    is_same,
    keys_in,
    settings_in_record,
    settings_of,
    what_differs,
)
from ..tracking.phone_registrations import phone_of
from ..tracking.reference import last_entity_id_of

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

    from ..record import Record

_LOGGER = logging.getLogger(__name__)

type SettingsEntry = ConsentChanged | OptionsChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedSettings:
    """The settings of an entry at one moment, those `before` (None: not known), and who changed them."""

    settings: Settings
    before: Settings | None
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What is not in the record about one subject; None: nothing held, or nothing holds.

    `names` are those that are in the record.
    """

    subject: Subject
    before: Setting | None
    after: Setting | None
    actor: Actor
    names: Mapping[str, str]


@dataclass(slots=True)
class _Hub:
    """The settings of a hub last observed, those that wait to be written, and those in the record."""

    observed: Settings | None = None
    waiting: list[ObservedSettings] = field(default_factory=list)
    recorded: Settings | None = None
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)


class SettingsChanges:
    """Records what changed of each hub's settings. What is in the record is read once."""

    def __init__(self, hass: HomeAssistant, record: Record) -> None:
        self._hass = hass
        self._record = record
        self._log = record.log(HOUSEHOLD)
        self._hubs: dict[str, _Hub] = {}

    async def async_compare(self, entry: ConfigEntry, actor: Actor) -> None:
        """Record what differs by now, and that `actor` changed it."""
        await self._async_see(entry.entry_id, settings_of(entry), actor)

    async def async_end(self, entry: ConfigEntry, actor: Actor) -> None:
        """Record that a hub was removed, and its cameras with it."""
        await self._async_see(entry.entry_id, {}, actor)

    async def async_catch_up(self) -> None:
        """Try again to write what could not be written."""
        for log, hub in tuple(self._hubs.items()):
            if hub.waiting:
                await self._async_write(log, hub)

    async def async_forget(self) -> None:
        """Forget what was read from the record: it may be another record by now.

        What is being written for a hub was compared with the old one, so it is waited for first.
        """
        for hub in tuple(self._hubs.values()):
            async with hub.writing:
                hub.recorded = None

    async def _async_see(self, log: str, settings: Settings, actor: Actor) -> None:
        """Take the settings before anything is awaited: what comes next, somebody else may have changed."""
        hub = self._hubs.setdefault(log, _Hub())
        if not (hub.waiting and hub.observed == settings):
            observed = ObservedSettings(
                settings=settings, before=hub.observed, actor=actor
            )
            hub.waiting.append(observed)
            hub.observed = settings
        await self._async_write(log, hub)

    async def _async_write(self, log: str, hub: _Hub) -> None:
        async with hub.writing:
            try:
                if hub.recorded is None:
                    kinds = (CONSENT, OPTIONS)
                    hub.recorded = settings_in_record(
                        await self._record.newest_about(log, kinds)
                    )
                while hub.waiting:
                    hub.recorded = await self._async_note(
                        log, hub.recorded, hub.waiting[0]
                    )
                    del hub.waiting[0]
                if not hub.observed:
                    self._hubs.pop(log, None)
            except (NotRecorded, RecordUnreadable) as err:
                _LOGGER.warning("What changed could not be recorded yet: %s", err)

    async def _async_note(
        self, log: str, recorded: Settings, observed: ObservedSettings
    ) -> Settings:
        """Record what differs, all or nothing, and return what is in the record then."""
        differences = [
            await self._async_named(each) for each in _differences(recorded, observed)
        ]
        at = dt_util.utcnow()
        entries = [
            fitting
            for entry in _entries(log, differences)
            if (fitting := _fitting(entry, at)) is not None
        ]
        if entries:
            await self._log.submit_many(entries, at=at)
        now = {**recorded, **{each.subject: each.after for each in differences}}
        return {subject: each for subject, each in now.items() if each is not None}

    async def _async_named(self, difference: Difference) -> Difference:
        """Add what entities, users and phones are called now."""
        if (after := difference.after) is None:
            return difference
        names: dict[str, str] = {}
        for key in keys_in(after.values):
            if (entity_id := last_entity_id_of(self._hass, key)) != key:
                names[key] = entity_id
            elif (user := await self._hass.auth.async_get_user(key)) and user.name:
                names[key] = user.name
            elif phone := phone_of(self._hass, key).name:
                names[key] = phone
        return replace(difference, after=replace(after, names=names))


def _differences(
    recorded: Settings, observed: ObservedSettings
) -> Iterator[Difference]:
    """Yield what is not in the record. The actor of now did not change what was so before already."""
    for subject in {**observed.settings, **recorded}:
        known, after = recorded.get(subject), observed.settings.get(subject)
        if is_same(known, after):
            continue
        before, actor = known, observed.actor
        if observed.before is not None:
            before = observed.before.get(subject)
            if is_same(before, after):
                before, actor = known, NOBODY
        yield Difference(
            subject=subject,
            before=before,
            after=after,
            actor=actor,
            names=known.names if known else {},
        )


def _entries(log: str, differences: Iterable[Difference]) -> Iterator[SettingsEntry]:
    """Yield an entry for each. The options of a hub that was removed went with it."""
    for each in differences:
        kind, camera = each.subject
        setting = each.after or each.before or Setting(values=None)
        names = {**each.names, **setting.names}
        if kind == CONSENT:
            yield ConsentChanged(
                change=_change(each),
                actor=each.actor,
                hub=log,
                camera=camera,
                label=setting.label,
                rules=each.after.values if each.after else None,
                before=_before(each),
                names=names,
            )
        elif each.after is not None:
            yield OptionsChanged(
                actor=each.actor,
                hub=log,
                options=each.after.values or {},
                before=_before(each),
                names=names,
            )


def _change(difference: Difference) -> Change:
    if difference.after is None:
        return Change.REMOVED
    if difference.before is not None and difference.before.values is not None:
        return Change.CHANGED
    return Change.FOUND if difference.actor == NOBODY else Change.ADDED


def _before(difference: Difference) -> Values | None:
    """Return what held before of what is different now; all of it, where nothing holds any more."""
    before, after = difference.before, difference.after
    if before is None or before.values is None:
        return None
    if after is None:
        return before.values
    return what_differs(before.values, after.values or {})


def _fitting(entry: SettingsEntry, at: datetime) -> SettingsEntry | None:
    """Return as much of an entry as can be written; None: not even which camera it is about."""
    for briefer in _briefer(entry):
        try:
            content(briefer, at)
        except ValueError:
            continue
        return briefer
    _LOGGER.error("A change has no form in the record, and is not in it")
    return None


def _briefer(entry: SettingsEntry) -> Iterator[SettingsEntry]:
    """Yield an entry, then the same without more and more of what may be too long or have no form."""
    yield entry
    member, before = VALUES_FIELD[entry.kind], entry.before
    holds = getattr(entry, member)
    now = {member: digest(holds), "names": _names(entry, before)}
    until_now = {
        "before": before and {key: digest(each) for key, each in before.items()},
        "names": _names(entry, holds),
    }
    both = {**now, **until_now, "names": {}}
    label = {"label": None} if isinstance(entry, ConsentChanged) else {}
    who = {"before": digest(before), "actor": replace(entry.actor, name=None)}
    for less in (now, until_now, both, both | label, both | label | who):
        yield replace(entry, **less)


def _names(entry: SettingsEntry, values: Values | None) -> Mapping[str, str]:
    """Return what the ids in this stood for, of all that an entry names."""
    names = entry.names or {}
    return {key: names[key] for key in keys_in(values) if key in names}
