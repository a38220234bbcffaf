"""The agreements that were accepted, word for word: the entries of a log hold their hashes alone."""

import sqlite3


def keep_agreement(
    connection: sqlite3.Connection, log: str, sha256: str, document: bytes
) -> None:
    """Keep what was agreed to with the hub of this log."""
    connection.execute(
        "INSERT OR IGNORE INTO agreements VALUES (?, ?, ?)", (log, sha256, document)
    )


def agreements_of(connection: sqlite3.Connection, log: str) -> dict[str, bytes]:
    """Give all that was ever agreed to with the hub of this log, by hash."""
    return dict(
        connection.execute(
            "SELECT sha256, document FROM agreements WHERE log = ?", (log,)
        ).fetchall()
    )
