"""The index columns of an entry: what it is about. They are erased with its content."""

from dataclasses import astuple, dataclass, fields
import sqlite3
from typing import Final

from ..core.entries import Entry
from ..core.entries.entry_bytes import asserted
from .values import HOUSEHOLD

EPOCHS: Final = "(SELECT id FROM logs WHERE log = ?)"
"""The rows of all epochs of a log."""

FIRST_KINDS: Final = {"session": "session_started", "request": "requested"}
"""The kind of the first entry of a session or request, which alone names the viewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexColumns:
    """The index columns of one entry; `hub` is set only in the household's log."""

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


INDEX_COLUMNS: Final = tuple(field.name for field in fields(IndexColumns))
INHERITED_COLUMNS: Final = ("camera", "viewer", "agency", "case_number")
"""The columns that later entries take over from the first one of their session or request."""


def index_columns_of(
    connection: sqlite3.Connection, log: str, entry: Entry
) -> IndexColumns:
    """Return the index columns of an entry: from its members, its assertion, or the first entry of its session."""
    hub = getattr(entry, "hub", None)
    known = {name: getattr(entry, name, None) for name in FIRST_KINDS}
    camera = {"camera": getattr(entry, "camera", None)}
    if (assertion := getattr(entry, "assertion", None)) is not None:
        claims = asserted(assertion)
        named = camera | {
            "viewer": claims.name,
            "agency": claims.agency,
            "case_number": claims.case,
        }
    else:
        named = _inherited(connection, hub or log, known) or camera
    return IndexColumns(hub=hub if log == HOUSEHOLD else None, **known, **named)


def _inherited(
    connection: sqlite3.Connection, log: str, known: dict[str, str | None]
) -> dict[str, str | None] | None:
    """Return the columns of the first entry of its session or request."""
    for column, kind in FIRST_KINDS.items():
        if known[column] is not None:
            row = connection.execute(
                f"SELECT {', '.join(INHERITED_COLUMNS)} FROM entries"  # noqa: S608 - of constants only
                f" WHERE {column} = ? AND kind = ? AND log_id IN {EPOCHS}",
                (known[column], kind, log),
            ).fetchone()
            return dict(zip(INHERITED_COLUMNS, row, strict=True)) if row else None
    return None
