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
from ..core.entries.entry_bytes import UNTELLABLE, asserted
from ..record import HOUSEHOLD, KeptEntry, KeptEpoch
from .confirming import Confirming

MOST: Final = 5000
"""How many sessions of a log are on the page, the newest; the files have all of them."""

TEMPLATE: Final = "summary.html.jinja"

COLUMNS: Final = (
    *("began", "ended", "camera", "viewer", "purpose"),
    *("case", "sent", "received", "confirmed"),
)


class Say(Protocol):
    """The translations for the page; the template escapes them with their values."""

    @property
    def language(self) -> str:
        """Return the code of the language."""

    def __call__(self, key: str, /, **values: str) -> str:
        """Return one sentence."""

    def time(self, at: datetime, /) -> str:
        """Return a time in the home's time zone, written for people."""


@dataclass(slots=True, kw_only=True)
class Watched:
    """A session as the page shows it. `said` are the places of its entries."""

    said: list[tuple[Chapter, int]]
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
        return all(index < chapter.confirmed for chapter, index in self.said)


@dataclass(slots=True, kw_only=True)
class Chapter:
    """One epoch of one log as the page shows it. `labels` are those of the purposes, by agreement."""

    epoch: KeptEpoch
    confirming: Confirming
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
    watched: deque[Watched] = field(default_factory=lambda: deque(maxlen=MOST))

    @property
    def is_household(self) -> bool:
        """Return whether it is of the household's log."""
        return self.epoch.log == HOUSEHOLD

    def follows(self, before: Chapter) -> bool:
        """Return whether it continues the epoch `before`: it begins with the head of the entries read of that."""
        return self.epoch.log == before.epoch.log and before.confirming.is_head(
            self.begun
        )


class ExportPage:
    """Takes every entry once, and collects what the summary shows."""

    def __init__(self, say: Say, at: datetime, labels: Mapping[str, str]) -> None:
        self._say = say
        self._at = at
        self._chapters: list[Chapter] = []
        self._sessions: dict[object, Watched] = {}
        self._labels = dict(labels)

    def begin_log(
        self,
        epoch: KeptEpoch,
        *,
        cosigned: Iterable[tuple[int, str]] = (),
        keys: Mapping[str, Any] | None = None,
        agreements: Mapping[str, bytes] | None = None,
    ) -> None:
        """Begin an epoch, whose entries come next: with its hub's `keys` and the checkpoints that the hub cosigned."""
        confirming = Confirming(epoch, cosigned)
        if keys is not None:
            confirming.paired(keys)
        self._chapters.append(
            Chapter(
                epoch=epoch,
                confirming=confirming,
                labels={
                    hashed: _purposes(document)
                    for hashed, document in (agreements or {}).items()
                },
            )
        )

    def take(self, entry: KeptEntry) -> None:
        """Add an entry; one that can't be read is only counted."""
        chapter = self._chapters[-1]
        chapter.read += 1
        chapter.confirming.take(entry)
        if entry.content is None:
            chapter.erased += 1
            return
        try:
            said = json.loads(entry.content)
            canonical_json(said)  # what is not canonical was never written by us
            self._read(chapter, entry.index, said)
        except UNTELLABLE:
            return  # the files of the export have it all the same

    def _read(self, chapter: Chapter, index: int, said: dict[str, Any]) -> None:
        match said["kind"]:
            case "paired":
                chapter.name = str(said["name"])
                chapter.paired = chapter.paired or self._time(
                    said
                )  # of several, since the first
                chapter.confirming.paired(said["keys"])
            case "epoch_begun" if index == 0:
                chapter.begun = said
            case "unpaired":
                chapter.unpaired = self._time(said)
            case "session_started":
                self._begin(chapter, index, said)
            case "session_ended":
                self._end(chapter, index, said)
            case "receipt":
                self._receive(chapter, said)
            case "requested":
                chapter.requests += 1
            case "refusals":
                chapter.refusals += sum(said["counts"].values())
            case _ if "label" in said and "camera" in said:
                self._labels[said["camera"]] = str(said["label"])

    def _begin(self, chapter: Chapter, index: int, said: dict[str, Any]) -> None:
        viewer = asserted(said["assertion"])
        purpose = viewer.purpose or ""
        words = chapter.labels.get(str(said.get("agreement")), {})
        watched = Watched(
            said=[(chapter, index)],
            began=self._time(said),
            camera=str(said["camera"]),
            viewer=", ".join(filter(None, (viewer.name, viewer.agency))),
            purpose=words.get(purpose, purpose),
            case=viewer.case or "",
        )
        chapter.sessions += 1
        chapter.watched.append(watched)
        self._sessions[said["session"]] = watched
        if len(self._sessions) > MOST:
            del self._sessions[next(iter(self._sessions))]

    def _end(self, chapter: Chapter, index: int, said: dict[str, Any]) -> None:
        if watched := self._sessions.get(said["session"]):
            watched.said.append((chapter, index))
            watched.sent = int(said["bytes"])
            watched.ended = self._time(said)

    def _receive(self, chapter: Chapter, said: dict[str, Any]) -> None:
        if watched := self._sessions.get(said["session"]):
            watched.received = chapter.confirming.receipt(said)

    def _time(self, said: Mapping[str, Any]) -> str:
        return self._say.time(parse_rfc3339(said["at"]))

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
            chapters=self._chapters,
            columns=COLUMNS,
            labels=self._labels,
        )
        return page.encode("utf-8", "replace")

    def _confirm(self) -> None:
        """Find what is confirmed: whoever has signed an epoch's first entry has signed the head of the epoch before."""
        for chapter in self._chapters:
            chapter.confirmed = chapter.confirming.confirmed()
        ordered = sorted(
            self._chapters, key=lambda each: (each.epoch.log, each.epoch.epoch)
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
    except UNTELLABLE:
        return {}
