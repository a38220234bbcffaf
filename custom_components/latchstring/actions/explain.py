"""The action `explain`: whether shares are open at a time and why, and the windows of the coming week."""

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

OUTLOOK: Final = timedelta(days=7)
"""How far the windows reach. A schedule is known one day further."""

CLOCK_TOLERANCE: Final = timedelta(minutes=1)
"""How far back a time may lie that a template took for now."""


async def async_explain(call: ServiceCall) -> ServiceResponse:
    """Return for each share whether it is open and why, and the windows of the coming week."""
    targets = targets_of(call)
    targets.require_all()
    await targets.async_require_access(
        call, Platform.BINARY_SENSOR, "viewable", POLICY_READ
    )
    now = dt_util.utcnow()
    explanation = Explanation(
        now=now,
        at=_moment(call.data.get(ATTR_AT), now),
        words=await Sentences.load(call.hass),
        may_read=await async_may_read(call.hass, call.context),
    )
    return {
        "shares": [explanation.of(runtime, share) for runtime, share in targets],
    }


def _moment(moment: datetime | None, now: datetime) -> datetime:
    """Return the time asked about in UTC; raise ServiceValidationError if it is past or too far ahead."""
    at = dt_util.as_utc(moment) if moment else now
    if not now - CLOCK_TOLERANCE <= at <= now + OUTLOOK:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="moment_out_of_reach"
        )
    return max(at, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The decisions of shares if only time changes: at the time `at`, and from `now` on for a week.

    `may_read` returns whether the caller may read an entity.
    """

    now: datetime
    at: datetime
    words: Sentences
    may_read: Callable[[str], bool]

    def of(self, runtime: HubRuntime, share: Share) -> JsonObjectType:
        """Return the explanation of one share of a hub."""
        facts = runtime.decisions.facts(share.share_id)
        decision = runtime.decisions.for_somebody_new(
            decide(share, facts, None, self.at)
        )
        return {
            "camera": entity_id_of(runtime.hass, share.camera),
            "label": share.label,
            "hub": runtime.entry.title,
            **self._decision(decision.open, decision.reason),
            "until": _local(decision.until),
            "next_change": _local(decision.next_change),
            "never_while": self._entity_names(
                runtime, runtime.never_while(share.share_id)
            ),
            "own_entities": self._entity_names(
                runtime, runtime.own_entities(share.share_id)
            ),
            "allowed": _allowed(facts, self.at),
            "windows": self._windows(runtime, share, facts),
        }

    def _windows(
        self, runtime: HubRuntime, share: Share, facts: Facts
    ) -> list[JsonValueType]:
        week = Window(start=self.now, end=self.now + OUTLOOK)
        somebody_new = runtime.decisions.for_somebody_new
        stretches = [
            replace(stretch, decision=somebody_new(stretch.decision))
            for stretch in outlook(share, facts, None, week)
        ]
        return [
            {
                "start": _local(window.start),
                "end": _local(window.end),
                **self._decision(is_open, reason),
            }
            for window, is_open, reason in _merge(stretches)
        ]

    def _decision(self, is_open: bool, reason: Reason) -> JsonObjectType:  # noqa: FBT001 - a decision has it
        words = self.words.reason(reason)
        return {"open": is_open, "reason": str(reason), "words": words}

    def _entity_names(
        self, runtime: HubRuntime, keys: Iterable[str]
    ) -> list[JsonValueType]:
        """Return the ids of the entities that the caller may read."""
        names = {last_entity_id_of(runtime.hass, key) for key in keys}
        return [*sorted(filter(self.may_read, names))]


def _allowed(facts: Facts, at: datetime) -> JsonObjectType:
    """Return the viewers admitted by an answered request, and until when."""
    return {
        str(approval.viewer): _local(approval.window.end)
        for approval in facts.approvals
        if approval.window.holds(at)
    }


def _merge(week: Iterable[Stretch]) -> Iterable[tuple[Window, bool, Reason]]:
    """Return adjacent stretches of the same decision and reason as one window."""
    for (is_open, reason), group in groupby(
        week, lambda stretch: (stretch.decision.open, stretch.decision.reason)
    ):
        windows = [stretch.window for stretch in group]
        yield Window(start=windows[0].start, end=windows[-1].end), is_open, reason


def _local(moment: datetime | None) -> str | None:
    return dt_util.as_local(moment).isoformat() if moment else None
