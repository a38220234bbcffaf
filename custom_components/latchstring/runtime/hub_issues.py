"""Repair issues of one hub that no dialog fixes: each is shown as long as it is true.

Every user of the home may read the list of repairs. So which cameras, entities or phones an issue is about is only in
its dialog, which opens for administrators.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..const import (
    ISSUE_CAMERAS_CHANGED,
    ISSUE_CHECKPOINT_REFUSED,
    ISSUE_COSIGNATURE_LATE,
    ISSUE_HUB_ELSEWHERE,
    ISSUE_HUB_FILLS,
    ISSUE_NO_PICTURE,
    ISSUE_OPENINGS_MIXED,
    ISSUE_OWN_ENTITIES,
    ISSUE_UNHEARD,
)
from ..core.errors import ADDRESS_PROBLEMS, PairingProblem
from ..core.text import escape_markdown
from ..issues import async_hide, async_show
from ..localize import bullets
from ..tracking.reference import names_of

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry

    from ..core.model import Share
    from ..gate import Witness
    from ..localize import Sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueTexts:
    """The translation placeholders of an issue."""

    everybody: Mapping[str, str]
    """No camera, entity, viewer, purpose or phone is among them."""
    administrators: Mapping[str, str] | None = None
    """Those of its dialog; None: it says nothing more, and has no dialog."""


type Issues = Mapping[str, IssueTexts]
"""Issues, by their translation keys."""

SESSION_BYTES: Final = 20_000
REQUEST_BYTES: Final = 6_000
"""Bytes of the longest session or request in the record's file, with all entries that belong to it."""

MEGABYTE: Final = 1_000_000
FILLS: Final = 10 * MEGABYTE
"""Bytes by one hub in one day that are more than anybody needs: a session every three minutes."""

UNHEARD: Final = timedelta(hours=1)
"""How long an entity may report nothing before an issue says that cameras wait for it."""


class HubIssues:
    """The repair issues of one hub: at each update, those that each of `sources` returns."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, *sources: Callable[[], Issues]
    ) -> None:
        self._hass = hass
        self._entry = entry
        self._sources = sources
        self._shown: Issues = {}

    @callback
    def add_source(self, source: Callable[[], Issues]) -> None:
        """Show the issues of this source too from now on."""
        self._sources = (*self._sources, source)

    @callback
    def stop(self) -> None:
        """Hide all issues, as nothing updates them any more."""
        self._sources = ()
        self._show({})

    @callback
    def update(self) -> None:
        """Show the issues that there are now, and hide those that are over."""
        self._show(
            {
                issue: texts
                for source in self._sources
                for issue, texts in source().items()
            }
        )

    @callback
    def details(self, issue: str) -> Mapping[str, str] | None:
        """Return the placeholders of an issue's dialog, for administrators; None where the issue is over."""
        self.update()
        texts = self._shown.get(issue)
        return texts.administrators if texts else None

    def _show(self, issues: Issues) -> None:
        before, self._shown = self._shown, issues
        for issue in before.keys() - issues.keys():
            async_hide(self._hass, issue, self._entry)
        for issue, texts in issues.items():
            if issue not in before or texts.everybody != before[issue].everybody:
                async_show(self._hass, issue, self._entry, **texts.everybody)


def place_issues(entry: ConfigEntry, problem: PairingProblem | None) -> Issues:
    """Return the issue of a hub that is not where it was; `problem` is why it was not reached last."""
    if problem not in ADDRESS_PROBLEMS:
        return {}
    return {ISSUE_HUB_ELSEWHERE: IssueTexts(everybody={"hub": entry.title})}


def witness_issues(entry: ConfigEntry, witness: Witness) -> Issues:
    """Return the issues of a hub that does not cosign the record."""
    hub = {"hub": entry.title}
    issues: dict[str, IssueTexts] = {}
    if witness.is_late:
        issues[ISSUE_COSIGNATURE_LATE] = IssueTexts(everybody=hub)
    if (objection := witness.objection) is not None:
        issues[ISSUE_CHECKPOINT_REFUSED] = IssueTexts(
            everybody={
                **hub,
                "reason": objection.reason,
                "size": str(objection.size),
            }
        )
    return issues


def record_issues(entry: ConfigEntry, *, sessions: int, requests: int) -> Issues:
    """Return the issue of a hub that fills the record by what it did today."""
    filled = sessions * SESSION_BYTES + requests * REQUEST_BYTES
    if filled < FILLS:
        return {}
    return {
        ISSUE_HUB_FILLS: IssueTexts(
            everybody={
                "hub": entry.title,
                "megabytes": str(round(filled / MEGABYTE)),
            }
        )
    }


def rule_issues(
    hass: HomeAssistant,
    entry: ConfigEntry,
    shares: Iterable[Share],
    own_entities: Callable[[str], frozenset[str]],
) -> Issues:
    """Return the issues of a hub's rules; `own_entities` returns those that a share names to no effect."""
    mixed, unusable = [], []
    for share in shares:
        if share.is_mixed:
            mixed.append(escape_markdown(share.label))
        if own := own_entities(share.share_id):
            label = escape_markdown(share.label)
            unusable.append(f"{label}: {names_of(hass, sorted(own))}")
    return _of_cameras(
        entry, {ISSUE_OPENINGS_MIXED: mixed, ISSUE_OWN_ENTITIES: unusable}
    )


def unheard_issues(
    hass: HomeAssistant,
    entry: ConfigEntry,
    shares: Iterable[Share],
    silent_since: Callable[[str, datetime], frozenset[str]],
) -> Issues:
    """Return the issue of entities that a hub's cameras wait for; `silent_since` returns those of one share."""
    since = dt_util.utcnow() - UNHEARD
    waiting = []
    for share in shares:
        if unheard := silent_since(share.share_id, since):
            label = escape_markdown(share.label)
            waiting.append(f"{label}: {names_of(hass, sorted(unheard))}")
    return _of_cameras(entry, {ISSUE_UNHEARD: waiting})


def _of_cameras(entry: ConfigEntry, found: Mapping[str, list[str]]) -> Issues:
    """Return issues about cameras, with a line for each camera."""
    return {
        issue: listed(entry, cameras=cameras)
        for issue, cameras in found.items()
        if cameras
    }


def listed(entry: ConfigEntry, **lines: Iterable[str]) -> IssueTexts:
    """Return an issue that names the hub to everybody, and lists `lines` by their placeholder to administrators."""
    return IssueTexts(
        everybody={"hub": entry.title},
        administrators={
            "hub": escape_markdown(entry.title),
            **{name: bullets(each) for name, each in lines.items()},
        },
    )


def picture_issues(
    entry: ConfigEntry,
    words: Sentences,
    shares: Iterable[Share],
    missed: Callable[[Share], str | None],
) -> Issues:
    """Return the issue of shared cameras of which whoever asked saw no picture; `missed` returns why, of one share."""
    why = {share.label: code for share in shares if (code := missed(share))}
    if not why:
        return {}
    lines = [
        words.say(
            "pictureless",
            "line",
            camera=escape_markdown(label),
            why=words.no_picture(code),
            advice=words.picture_advice(code),
        )
        for label, code in why.items()
    ]
    return _of_cameras(entry, {ISSUE_NO_PICTURE: lines})


def camera_issues(
    hass: HomeAssistant,
    entry: ConfigEntry,
    shares: Iterable[Share],
    has_changed: Callable[[Share], bool],
) -> Issues:
    """Return the issue of cameras whose source changed: they stay closed until their owner confirms it."""
    changed = [
        f"{escape_markdown(share.label)} ({names_of(hass, [share.camera])})"
        for share in shares
        if has_changed(share)
    ]
    return _of_cameras(entry, {ISSUE_CAMERAS_CHANGED: changed})
