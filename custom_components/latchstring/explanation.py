"""What the owner is told about a share: whether it is open at a moment and why, and how the coming week goes on."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Final

from homeassistant.util import dt as dt_util

from .chosen import shown
from .core.decision import decide, outlook
from .core.model import Window
from .following import entity_id_of

if TYPE_CHECKING:
    from homeassistant.util.json import JsonObjectType, JsonValueType

    from .core.model import Facts, Reason, Share, Stretch
    from .runtime import HubRuntime
    from .words import Words

REACH: Final = timedelta(days=7)
"""How far it looks ahead. A schedule is known one day further."""


def explained(
    runtime: HubRuntime,
    share: Share,
    *,
    now: datetime,
    at: datetime,
    words: Words,
    may_read: Callable[[str], bool],
) -> JsonObjectType:
    """Say of a share what time alone makes of it, as everything else stands now.

    `may_read` says of an entity whether the reader may be told of it.
    """
    facts = runtime.decisions.facts(share.share_id)
    somebody_new = runtime.decisions.for_somebody_new
    decision = somebody_new(decide(share, facts, None, at))
    week = [
        replace(stretch, decision=somebody_new(stretch.decision))
        for stretch in outlook(share, facts, None, Window(start=now, end=now + REACH))
    ]
    return {
        "camera": entity_id_of(runtime.hass, share.camera),
        "label": share.label,
        "hub": runtime.entry.title,
        **_said(decision.open, decision.reason, words),
        "until": _local(decision.until),
        "next_change": _local(decision.next_change),
        "never_while": _named(runtime.never_while(share.share_id), runtime, may_read),
        "own_entities": _named(runtime.own_entities(share.share_id), runtime, may_read),
        "allowed": _allowed(facts, at),
        "windows": [
            {
                "start": _local(window.start),
                "end": _local(window.end),
                **_said(is_open, reason, words),
            }
            for window, is_open, reason in _merged(week)
        ],
    }


def _said(is_open: bool, reason: Reason, words: Words) -> JsonObjectType:  # noqa: FBT001 - what it says of a decision
    return {"open": is_open, "reason": str(reason), "words": words.reason(reason)}


def _named(
    keys: Iterable[str], runtime: HubRuntime, may_read: Callable[[str], bool]
) -> list[JsonValueType]:
    """Name entities to a reader who may be told of them."""
    return [*sorted(filter(may_read, {shown(runtime.hass, key) for key in keys}))]


def _allowed(facts: Facts, at: datetime) -> JsonObjectType:
    """Name the viewers whom an answer lets in, though nobody else may be."""
    return {
        str(approval.viewer): _local(approval.window.end)
        for approval in facts.approvals
        if approval.window.holds(at)
    }


def _merged(week: Iterable[Stretch]) -> Iterable[tuple[Window, bool, Reason]]:
    """Give one window for as long as it goes on for the same reason."""
    for (is_open, reason), group in groupby(
        week, lambda stretch: (stretch.decision.open, stretch.decision.reason)
    ):
        windows = [stretch.window for stretch in group]
        yield Window(start=windows[0].start, end=windows[-1].end), is_open, reason


def _local(moment: datetime | None) -> str | None:
    return dt_util.as_local(moment).isoformat() if moment else None
