"""What an entry is about, in columns to find it by. All of them are erased with its content."""

from dataclasses import astuple, dataclass, fields
import sqlite3
from typing import Final

from ..core.entries import Entry
from ..core.entries.entry_bytes import asserted
from .values import HOUSEHOLD

EPOCHS: Final = "(SELECT id FROM logs WHERE log = ?)"
"""The rows of all epochs of a log."""

BEGUN_BY: Final = {"session": "session_started", "request": "requested"}
"""What names the viewer once, for all that follows under the same id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexColumns:
    """Whom and what an entry is about; `hub` only where it stands in the household's log."""

    hub: str | None
    session: str | None
    request: str | None
    camera: str | None = None
    viewer: str | None = None
    agency: str | None = None
    case_number: str | None = None

    @property
    def row(self) -> tuple[str | None, ...]:
        """Return the values of the columns, in their order."""
        return astuple(self)


SUBJECT_COLUMNS: Final = tuple(field.name for field in fields(IndexColumns))
BEGAN: Final = ("camera", "viewer", "agency", "case_number")
"""What all that follows takes over from what it began with."""


def subject_of(connection: sqlite3.Connection, log: str, entry: Entry) -> IndexColumns:
    """Return what an entry is about: by itself, by what its hub asserted, or by its session or request."""
    hub = getattr(entry, "hub", None)
    known = {name: getattr(entry, name, None) for name in BEGUN_BY}
    camera = {"camera": getattr(entry, "camera", None)}
    if (assertion := getattr(entry, "assertion", None)) is not None:
        said = asserted(assertion)
        named = camera | {
            "viewer": said.name,
            "agency": said.agency,
            "case_number": said.case,
        }
    else:
        named = _begun(connection, hub or log, known) or camera
    return IndexColumns(hub=hub if log == HOUSEHOLD else None, **known, **named)


def _begun(
    connection: sqlite3.Connection, log: str, known: dict[str, str | None]
) -> dict[str, str | None] | None:
    """Return what a session or a request began with."""
    for column, kind in BEGUN_BY.items():
        if known[column] is not None:
            row = connection.execute(
                f"SELECT {', '.join(BEGAN)} FROM entries"  # noqa: S608 - of constants only
                f" WHERE {column} = ? AND kind = ? AND log_id IN {EPOCHS}",
                (known[column], kind, log),
            ).fetchone()
            return dict(zip(BEGAN, row, strict=True)) if row else None
    return None
