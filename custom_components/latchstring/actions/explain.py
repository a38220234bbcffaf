"""The action that explains a share: whether it is open at a moment and why, and how the coming week goes on."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Final

from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.const import Platform
from homeassistant.core import ServiceCall, ServiceResponse
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ..const import ATTR_HUB, DOMAIN
from ..controls.permissions import async_may_read
from ..core.decision import decide, outlook
from ..core.model import Window
from ..localize import Sentences
from ..tracking.reference import entity_id_of, last_entity_id_of
from .targets import targets_of

if TYPE_CHECKING:
    from homeassistant.util.json import JsonObjectType, JsonValueType

    from ..core.model import Facts, Reason, Share, Stretch
    from ..runtime.hub import HubRuntime

ATTR_AT: Final = "at"

EXPLAIN_SCHEMA: Final = vol.Schema(
    {
        **cv.ENTITY_SERVICE_FIELDS,
        vol.Optional(ATTR_HUB): cv.string,
        vol.Optional(ATTR_AT): cv.datetime,
    }
)

REACH: Final = timedelta(days=7)
"""How far it looks ahead. A schedule is known one day further."""

JUST_NOW: Final = timedelta(minutes=1)
"""How old a moment may be that a template took for now."""


async def async_explain(call: ServiceCall) -> ServiceResponse:
    """Return of each share whether it is open and why, and how the coming week goes on."""
    targets = targets_of(call)
    targets.require_all()
    await targets.async_require_access(
        call, Platform.BINARY_SENSOR, "viewable", POLICY_READ
    )
    now = dt_util.utcnow()
    explanation = Explanation(
        now=now,
        at=_within_reach(call.data.get(ATTR_AT), now),
        words=await Sentences.load(call.hass),
        may_read=await async_may_read(call.hass, call.context),
    )
    return {
        "shares": [explanation.of(runtime, share) for runtime, share in targets],
    }


def _within_reach(moment: datetime | None, now: datetime) -> datetime:
    """Return the moment that is asked about in UTC; raise ServiceValidationError where nobody can know yet."""
    at = dt_util.as_utc(moment) if moment else now
    if not now - JUST_NOW <= at <= now + REACH:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="moment_out_of_reach"
        )
    return max(at, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What time alone makes of shares, as everything else is now: `at` a moment, and from `now` on for a week.

    `may_read` says of an entity whether the reader may be told of it.
    """

    now: datetime
    at: datetime
    words: Sentences
    may_read: Callable[[str], bool]

    def of(self, runtime: HubRuntime, share: Share) -> JsonObjectType:
        """Explain one share of a hub."""
        facts = runtime.decisions.facts(share.share_id)
        decision = runtime.decisions.for_somebody_new(
            decide(share, facts, None, self.at)
        )
        return {
            "camera": entity_id_of(runtime.hass, share.camera),
            "label": share.label,
            "hub": runtime.entry.title,
            **self._said(decision.open, decision.reason),
            "until": _local(decision.until),
            "next_change": _local(decision.next_change),
            "never_while": self._named(runtime, runtime.never_while(share.share_id)),
            "own_entities": self._named(runtime, runtime.own_entities(share.share_id)),
            "allowed": _allowed(facts, self.at),
            "windows": self._windows(runtime, share, facts),
        }

    def _windows(
        self, runtime: HubRuntime, share: Share, facts: Facts
    ) -> list[JsonValueType]:
        week = Window(start=self.now, end=self.now + REACH)
        somebody_new = runtime.decisions.for_somebody_new
        stretches = [
            replace(stretch, decision=somebody_new(stretch.decision))
            for stretch in outlook(share, facts, None, week)
        ]
        return [
            {
                "start": _local(window.start),
                "end": _local(window.end),
                **self._said(is_open, reason),
            }
            for window, is_open, reason in _merged(stretches)
        ]

    def _said(self, is_open: bool, reason: Reason) -> JsonObjectType:  # noqa: FBT001 - what it says of a decision
        words = self.words.reason(reason)
        return {"open": is_open, "reason": str(reason), "words": words}

    def _named(self, runtime: HubRuntime, keys: Iterable[str]) -> list[JsonValueType]:
        """Return the names of the entities that the reader may be told of."""
        names = {last_entity_id_of(runtime.hass, key) for key in keys}
        return [*sorted(filter(self.may_read, names))]


def _allowed(facts: Facts, at: datetime) -> JsonObjectType:
    """Return the viewers whom an answer lets in, though nobody else may be, and until when."""
    return {
        str(approval.viewer): _local(approval.window.end)
        for approval in facts.approvals
        if approval.window.holds(at)
    }


def _merged(week: Iterable[Stretch]) -> Iterable[tuple[Window, bool, Reason]]:
    """Return one window for as long as it goes on for the same reason."""
    for (is_open, reason), group in groupby(
        week, lambda stretch: (stretch.decision.open, stretch.decision.reason)
    ):
        windows = [stretch.window for stretch in group]
        yield Window(start=windows[0].start, end=windows[-1].end), is_open, reason


def _local(moment: datetime | None) -> str | None:
    return dt_util.as_local(moment).isoformat() if moment else None
