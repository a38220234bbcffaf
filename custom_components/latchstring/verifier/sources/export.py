"""The logs of an export: each is a folder with metadata, and entries line by line."""

from collections.abc import Iterator
import json
import re
from typing import Any, Final

from ..formats.encoding import (
    HASH_BYTES,
    Malformed,
    member,
    read_object,
    unique_members,
)
from ..formats.keys import read_key
from .files import Files
from .manifest import READ_ERRORS
from .source import LogRows, Row, StoredCheckpoint, UnreadableEntry

MAX_LINE_BYTES: Final = 262_144
BATCH: Final = 1024
LOG_FILES: Final = ("log.json", "entries.jsonl", "cosigned.jsonl")
LOG_FILE: Final = re.compile(r"logs/[A-Za-z0-9_-]{1,100}/log\.json")


def log_files(files: Files) -> list[str]:
    """Return the names of the metadata files of all logs."""
    return sorted(name for name in files.names() if LOG_FILE.fullmatch(name))


def read_log(files: Files, name: str) -> LogRows:
    """Return one log of an export; Malformed or OSError where it can't be read."""
    metadata = read_object(files.read(name))
    folder = name.removesuffix("log.json")
    return LogRows(
        log=member(metadata, "log", str),
        epoch=member(metadata, "epoch", int),
        origin=member(metadata, "origin", str),
        key=read_key(metadata.get("key")),
        where=name,
        batches=lambda: _batches(files, f"{folder}entries.jsonl"),
        checkpoints=[
            *_signed(metadata, name),
            *_cosigned(files, f"{folder}cosigned.jsonl"),
        ],
        pairings=member(metadata, "pairings", list),
    )


def _signed(metadata: dict[str, Any], name: str) -> Iterator[StoredCheckpoint]:
    """Yield the home's own checkpoint; there is none of a removed hub, whose log key is deleted."""
    if metadata.get("checkpoint") is not None:
        yield StoredCheckpoint(member(metadata, "checkpoint", str), name)


def _cosigned(files: Files, name: str) -> Iterator[StoredCheckpoint]:
    for number, line in enumerate(_lines(files, name), start=1):
        where = f"{name} line {number}"
        try:
            yield StoredCheckpoint(
                member({"note": json.loads(line)}, "note", str), where
            )
        except (ValueError, RecursionError) as error:
            raise Malformed(f"{where} is not a checkpoint") from error


def _batches(files: Files, name: str) -> Iterator[list[Row]]:
    rows: list[Row] = []
    place = 0
    try:
        for line in _lines(files, name):
            rows.append(_row(line))
            place += 1
            if len(rows) == BATCH:
                yield rows
                rows = []
    except (*READ_ERRORS, ValueError, TypeError, KeyError, RecursionError) as error:
        if rows:
            yield rows
        raise UnreadableEntry(
            place, f"line {place + 1} of {name} is not an entry"
        ) from error
    if rows:
        yield rows


def _row(line: bytes) -> Row:
    entry = _READER.decode(str(line, "utf-8"))
    index, leaf = entry["index"], bytes.fromhex(entry["leaf"])
    salt, content = entry["salt"], entry["content"]
    if type(index) is not int or len(leaf) != HASH_BYTES or len(entry) != _MEMBERS:
        raise Malformed("it is not an entry")
    return Row(
        index,
        leaf,
        None if salt is None else bytes.fromhex(salt),
        None if content is None else content.encode(),
    )


_MEMBERS: Final = 4
_READER: Final = json.JSONDecoder(object_pairs_hook=unique_members)


def _lines(files: Files, name: str) -> Iterator[bytes]:
    if name not in files.names():
        return
    with files.open(name) as file:
        while line := file.readline(MAX_LINE_BYTES):
            if not line.endswith(b"\n"):
                raise Malformed(f"a line of {name} is cut off or too long")
            yield line
