"""The text of each agreement that was accepted: the entries of a hub log hold their hashes alone."""

import sqlite3


def keep_agreement(
    connection: sqlite3.Connection, log: str, sha256: str, document: bytes
) -> None:
    """Store an agreement that was accepted with the hub of this log."""
    connection.execute(
        "INSERT OR IGNORE INTO agreements VALUES (?, ?, ?)", (log, sha256, document)
    )


def agreements_of(connection: sqlite3.Connection, log: str) -> dict[str, bytes]:
    """Return all agreements that were ever accepted with the hub of this log, by hash."""
    return dict(
        connection.execute(
            "SELECT sha256, document FROM agreements WHERE log = ?", (log,)
        ).fetchall()
    )
