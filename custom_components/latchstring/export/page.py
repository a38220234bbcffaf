"""The HTML summary of an export: who watched what, and what of it is confirmed. No scripts, nothing is fetched."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
import json
from pathlib import Path
from typing import Any, Final, Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..core.canonical import canonical_json, parse_rfc3339
from ..core.entries.entry_bytes import UNREADABLE_ENTRY, asserted
from ..record import HOUSEHOLD, EntryRow, EpochRow
from .confirmation import ConfirmationCheck

MOST: Final = 5000
"""How many sessions of a log are on the page, the newest; the files have all of them."""

TEMPLATE: Final = "summary.html.jinja"

COLUMNS: Final = (
    *("began", "ended", "camera", "viewer", "purpose"),
    *("case", "sent", "received", "confirmed"),
)


class PageText(Protocol):
    """The translations for the page; the template escapes them with their values."""

    @property
    def language(self) -> str:
        """Return the code of the language."""

    def __call__(self, key: str, /, **values: str) -> str:
        """Return one sentence."""

    def time(self, at: datetime, /) -> str:
        """Return a time in the home's time zone, written for people."""


@dataclass(slots=True, kw_only=True)
class WatchedSession:
    """A session as the page shows it. `places` are the section and index of its entries."""

    places: list[tuple[EpochSection, int]]
    began: str
    camera: str
    viewer: str
    purpose: str
    case: str
    ended: str | None = None
    sent: int = 0
    received: int | None = None

    @property
    def is_confirmed(self) -> bool:
        """Return whether its hub has confirmed all of its entries: its start, and its end if it has ended."""
        return all(index < section.confirmed for section, index in self.places)


@dataclass(slots=True, kw_only=True)
class EpochSection:
    """One epoch of one log as the page shows it. `labels` are those of the purposes, by agreement."""

    epoch: EpochRow
    confirmation: ConfirmationCheck
    labels: Mapping[str, Mapping[str, str]]
    begun: Mapping[str, Any] = field(default_factory=dict)
    name: str | None = None
    paired: str | None = None
    unpaired: str | None = None
    read: int = 0
    erased: int = 0
    requests: int = 0
    refusals: int = 0
    sessions: int = 0
    confirmed: int = 0
    watched: deque[WatchedSession] = field(default_factory=lambda: deque(maxlen=MOST))

    @property
    def is_household(self) -> bool:
        """Return whether it is of the household's log."""
        return self.epoch.log == HOUSEHOLD

    def follows(self, before: EpochSection) -> bool:
        """Return whether it continues the epoch `before`: it begins with the head of the entries read of that."""
        return self.epoch.log == before.epoch.log and before.confirmation.is_head(
            self.begun
        )


class ExportPage:
    """Takes every entry once, and collects what the summary shows."""

    def __init__(self, say: PageText, at: datetime, labels: Mapping[str, str]) -> None:
        self._say = say
        self._at = at
        self._sections: list[EpochSection] = []
        self._sessions: dict[object, WatchedSession] = {}
        self._labels = dict(labels)

    def begin_log(
        self,
        epoch: EpochRow,
        *,
        cosigned: Iterable[tuple[int, str]] = (),
        keys: Mapping[str, Any] | None = None,
        agreements: Mapping[str, bytes] | None = None,
    ) -> None:
        """Begin an epoch, whose entries come next: with its hub's `keys` and the checkpoints that the hub cosigned."""
        confirmation = ConfirmationCheck(epoch, cosigned)
        if keys is not None:
            confirmation.paired(keys)
        self._sections.append(
            EpochSection(
                epoch=epoch,
                confirmation=confirmation,
                labels={
                    hashed: _purposes(document)
                    for hashed, document in (agreements or {}).items()
                },
            )
        )

    def take(self, entry: EntryRow) -> None:
        """Add an entry; one that can't be read is only counted."""
        section = self._sections[-1]
        section.read += 1
        section.confirmation.take(entry)
        if entry.content is None:
            section.erased += 1
            return
        try:
            content = json.loads(entry.content)
            canonical_json(content)  # what is not canonical was never written by us
            self._read(section, entry.index, content)
        except UNREADABLE_ENTRY:
            return  # the files of the export have it all the same

    def _read(self, section: EpochSection, index: int, content: dict[str, Any]) -> None:
        match content["kind"]:
            case "paired":
                section.name = str(content["name"])
                section.paired = section.paired or self._time(
                    content
                )  # of several, since the first
                section.confirmation.paired(content["keys"])
            case "epoch_begun" if index == 0:
                section.begun = content
            case "unpaired":
                section.unpaired = self._time(content)
            case "session_started":
                self._begin(section, index, content)
            case "session_ended":
                self._end(section, index, content)
            case "receipt":
                self._receive(section, content)
            case "requested":
                section.requests += 1
            case "refusals":
                section.refusals += sum(content["counts"].values())
            case _ if "label" in content and "camera" in content:
                self._labels[content["camera"]] = str(content["label"])

    def _begin(
        self, section: EpochSection, index: int, content: dict[str, Any]
    ) -> None:
        viewer = asserted(content["assertion"])
        purpose = viewer.purpose or ""
        words = section.labels.get(str(content.get("agreement")), {})
        watched = WatchedSession(
            places=[(section, index)],
            began=self._time(content),
            camera=str(content["camera"]),
            viewer=", ".join(filter(None, (viewer.name, viewer.agency))),
            purpose=words.get(purpose, purpose),
            case=viewer.case or "",
        )
        section.sessions += 1
        section.watched.append(watched)
        self._sessions[content["session"]] = watched
        if len(self._sessions) > MOST:
            del self._sessions[next(iter(self._sessions))]

    def _end(self, section: EpochSection, index: int, content: dict[str, Any]) -> None:
        if watched := self._sessions.get(content["session"]):
            watched.places.append((section, index))
            watched.sent = int(content["bytes"])
            watched.ended = self._time(content)

    def _receive(self, section: EpochSection, content: dict[str, Any]) -> None:
        if watched := self._sessions.get(content["session"]):
            watched.received = section.confirmation.receipt(content)

    def _time(self, content: Mapping[str, Any]) -> str:
        return self._say.time(parse_rfc3339(content["at"]))

    def render(self) -> bytes:
        """Return the page as HTML."""
        self._confirm()
        environment = Environment(
            loader=FileSystemLoader(Path(__file__).parent),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        page = environment.get_template(TEMPLATE).render(
            say=self._say,
            made=self._say.time(self._at),
            sections=self._sections,
            columns=COLUMNS,
            labels=self._labels,
        )
        return page.encode("utf-8", "replace")

    def _confirm(self) -> None:
        """Find what is confirmed: whoever has signed an epoch's first entry has signed the head of the epoch before."""
        for section in self._sections:
            section.confirmed = section.confirmation.confirmed()
        ordered = sorted(
            self._sections, key=lambda each: (each.epoch.log, each.epoch.epoch)
        )
        for before, after in reversed(list(pairwise(ordered))):
            if after.confirmed and after.follows(before):
                before.confirmed = before.epoch.size


def _purposes(document: bytes) -> dict[str, str]:
    """Return the labels of an agreement's purposes; none if it can't be read."""
    try:
        return {
            str(each["purpose"]): str(each["label"])
            for each in json.loads(document)["terms"]["purposes"]
        }
    except UNREADABLE_ENTRY:
        return {}
