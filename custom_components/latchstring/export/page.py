"""The page of an export: who watched what, and what of that is confirmed. Nothing in it runs or is fetched."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
import json
from typing import Any, Final, Protocol

from ..core.canonical import canonical_json, parse_rfc3339
from ..core.content import UNTELLABLE, asserted
from ..core.text import escape_html
from ..record import HOUSEHOLD, KeptEntry, KeptEpoch

MOST: Final = 5000
"""So many sessions of a log stand on the page, the newest; all of them are in the files beside it."""

HEAD: Final = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }}
table {{ border-collapse: collapse; width: 100%; font-size: .9rem; }}
th, td {{ text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #ccc; }}
td {{ overflow-wrap: anywhere; }}
.open {{ font-weight: bold; }}
</style>
</head>
<body>
"""
FOOT: Final = "</body>\n</html>\n"

COLUMNS: Final = (
    *("began", "ended", "camera", "viewer", "purpose"),
    *("case", "sent", "confirmed"),
)


class Say(Protocol):
    """The words of a page, in the home's language; values come escaped."""

    @property
    def language(self) -> str:
        """Name the language."""

    def __call__(self, key: str, /, **values: str) -> str:
        """Give one sentence."""

    def time(self, at: datetime, /) -> str:
        """Write a time as it is at home."""


@dataclass(slots=True, kw_only=True)
class Watched:
    """A session, with its times as they are at home."""

    began: str
    camera: str
    viewer: str
    purpose: str
    case: str
    is_confirmed: bool
    ended: str | None = None
    sent: int = 0


@dataclass(slots=True, kw_only=True)
class Chapter:
    """One epoch of one log."""

    epoch: KeptEpoch
    confirmed: int
    name: str | None = None
    read: int = 0
    erased: int = 0
    requests: int = 0
    refusals: int = 0
    sessions: int = 0
    watched: deque[Watched] = field(default_factory=lambda: deque(maxlen=MOST))


class Page:
    """Hears every entry once, and keeps of them what people want to read."""

    def __init__(self, say: Say, at: datetime, labels: Mapping[str, str]) -> None:
        self._say = say
        self._at = at
        self._chapters: list[Chapter] = []
        self._running: dict[object, Watched] = {}
        self._labels = dict(labels)

    def begin_log(self, epoch: KeptEpoch, *, confirmed: int) -> None:
        """Go on with the entries of this epoch, of which the hub has confirmed so many."""
        self._chapters.append(Chapter(epoch=epoch, confirmed=confirmed))

    def take(self, entry: KeptEntry) -> None:
        """Read an entry, as far as it can be read."""
        chapter = self._chapters[-1]
        chapter.read += 1
        if entry.content is None:
            chapter.erased += 1
            return
        try:
            said = json.loads(entry.content)
            canonical_json(said)  # what is not was never written, and need not fit here
            self._read(chapter, entry.index, said)
        except UNTELLABLE:
            return  # it is in the files, whatever it is

    def _read(self, chapter: Chapter, index: int, said: dict[str, Any]) -> None:
        match said["kind"]:
            case "paired":
                chapter.name = str(said["name"])
            case "session_started":
                self._begin(chapter, index, said)
            case "session_ended":
                self._end(said)
            case "requested":
                chapter.requests += 1
            case "refusals":
                chapter.refusals += sum(said["counts"].values())
            case _ if "label" in said and "camera" in said:
                self._labels[said["camera"]] = str(said["label"])

    def _begin(self, chapter: Chapter, index: int, said: dict[str, Any]) -> None:
        viewer = asserted(said["assertion"])
        watched = Watched(
            began=self._time(said),
            camera=str(said["camera"]),
            viewer=", ".join(filter(None, (viewer.name, viewer.agency))),
            purpose=viewer.purpose or "",
            case=viewer.case or "",
            is_confirmed=index < chapter.confirmed,
        )
        chapter.sessions += 1
        chapter.watched.append(watched)
        self._running[said["session"]] = watched

    def _end(self, said: dict[str, Any]) -> None:
        if watched := self._running.pop(said["session"], None):
            watched.sent = int(said["bytes"])
            watched.ended = self._time(said)

    def _time(self, said: Mapping[str, Any]) -> str:
        return self._say.time(parse_rfc3339(said["at"]))

    def render(self) -> bytes:
        """Write the page."""
        return "".join(self._parts()).encode("utf-8", "replace")

    def _parts(self) -> Iterator[str]:
        say = self._say
        title = say("title")
        yield HEAD.format(language=escape_html(say.language), title=title)
        yield f"<h1>{title}</h1>\n"
        yield f"<p>{say('made', time=escape_html(say.time(self._at)))}</p>\n"
        for key in ("what_it_says", "what_it_does_not_say", "how_to_check"):
            yield f"<p>{say(key)}</p>\n"
        for chapter in self._chapters:
            yield from self._chapter(chapter)
        yield FOOT

    def _chapter(self, chapter: Chapter) -> Iterator[str]:
        say, epoch = self._say, chapter.epoch
        is_household = epoch.log == HOUSEHOLD
        name = (
            say("household") if is_household else escape_html(chapter.name or epoch.log)
        )
        number = say("epoch", number=str(epoch.epoch)) if epoch.epoch else ""
        yield f"<h2>{name} {number}</h2>\n<ul>\n"
        yield f"<li>{say('entries', count=str(epoch.size), erased=str(chapter.erased))}</li>\n"
        if chapter.read < epoch.size:
            yield f"<li class=open>{say('unreadable', count=str(chapter.read))}</li>\n"
        if is_household:
            yield f"<li>{say('household_is_private')}</li>\n</ul>\n"
            return
        yield f"<li>{say('is_confirmed', count=str(chapter.confirmed))}</li>\n"
        open_ = epoch.size - chapter.confirmed
        if open_ > 0:
            yield f"<li class=open>{say('is_unconfirmed', count=str(open_))}</li>\n"
        yield f"<li>{say('asked', requests=str(chapter.requests), refusals=str(chapter.refusals))}</li>\n</ul>\n"
        yield from self._table(chapter)

    def _table(self, chapter: Chapter) -> Iterator[str]:
        say = self._say
        if not chapter.watched:
            yield f"<p>{say('nobody')}</p>\n"
            return
        if len(chapter.watched) < chapter.sessions:
            yield f"<p>{say('newest_only', shown=str(len(chapter.watched)), count=str(chapter.sessions))}</p>\n"
        heads = "".join(f"<th>{say(column)}</th>" for column in COLUMNS)
        yield f"<table>\n<tr>{heads}</tr>\n"
        for watched in chapter.watched:
            cells = "".join(f"<td>{cell}</td>" for cell in self._cells(watched))
            yield f"<tr>{cells}</tr>\n"
        yield "</table>\n"

    def _cells(self, watched: Watched) -> Iterator[str]:
        say = self._say
        yield escape_html(watched.began)
        yield escape_html(watched.ended) if watched.ended else say("no_end")
        yield escape_html(self._labels.get(watched.camera, watched.camera))
        yield escape_html(watched.viewer)
        yield escape_html(watched.purpose)
        yield escape_html(watched.case)
        yield say("bytes", count=f"{watched.sent:,}") if watched.ended else ""
        yield say("yes" if watched.is_confirmed else "not_yet")
