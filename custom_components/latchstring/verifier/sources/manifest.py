"""The manifest: a signed note that lists every file of an export with its size and hash."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
import re
from typing import Final
import zipfile
import zlib

from ..findings import AuditFinding, How
from ..formats.encoding import (
    Malformed,
    printable,
    read_base64url,
    read_hash,
    read_time,
)
from ..formats.keys import PublicKey
from ..formats.notes import read_note
from .files import NAME, Files

MANIFEST: Final = "MANIFEST"
FORMAT: Final = "latchstring-export/v1"
CHUNK: Final = 1_048_576

_LINE: Final = re.compile(r"([0-9a-f]{64}) ([0-9]{1,15}) (\S+)", re.ASCII)

_AGREEMENT: Final = re.compile(r"agreements/([0-9a-f]{64})\.json", re.ASCII)

READ_ERRORS: Final = (OSError, EOFError, zlib.error, zipfile.BadZipFile)
"""What reading a damaged file can raise."""


@dataclass(frozen=True)
class Manifest:
    """The time of the export, the key that signed it, and the files it lists."""

    created: str
    key: PublicKey
    files: dict[str, tuple[int, bytes]]


def read_manifest(files: Files) -> Manifest:
    """Read the manifest and verify its signature; Malformed or OSError if that fails."""
    try:
        note = read_note(str(files.read(MANIFEST), "utf-8"))
    except UnicodeDecodeError as error:
        raise Malformed("it is not text") from error
    head, _, rest = note.text.partition("\n\n")
    match head.split("\n"):
        case [kind, created, x] if kind == FORMAT:
            read_time(created)
            key = PublicKey(read_base64url(x))
        case _:
            raise Malformed("it does not begin as a manifest does")
    if not note.is_signed(f"latchstring/{key.thumbprint}", key):
        raise Malformed("it is not signed by the key it names")
    named = list(_lines(rest))
    if len(files_named := dict(named)) != len(named):
        raise Malformed("a file is listed in it twice")
    return Manifest(created=created, key=key, files=files_named)


def _lines(text: str) -> Iterator[tuple[str, tuple[int, bytes]]]:
    for line in text.removesuffix("\n").split("\n"):
        match = _LINE.fullmatch(line)
        if not match or not NAME.fullmatch(match[3]):
            raise Malformed("a line in it does not name a file")
        yield match[3], (int(match[2]), read_hash(match[1]))


def changed_files(files: Files, manifest: Manifest) -> Iterator[AuditFinding]:
    """Yield a finding for every file that is not as the manifest lists it."""
    there = files.names() - {MANIFEST}
    for name in sorted(there - manifest.files.keys()):
        text = "it is not in the manifest"
        yield AuditFinding(how=How.FILE_ADDED, text=text, file=printable(name))
    for name, (size, expected) in sorted(manifest.files.items()):
        if name not in there:
            text = "it is in the manifest, but not here"
            yield AuditFinding(how=How.FILE_MISSING, text=text, file=name)
        elif _hash(files, name, size) != expected:
            text = "it is not what it was when the export was made"
            yield AuditFinding(how=How.FILE_CHANGED, text=text, file=name)
        elif (agreed := _AGREEMENT.fullmatch(name)) and agreed[1] != expected.hex():
            text = "it is a different agreement than the one it is named after"
            yield AuditFinding(how=How.EDITED, text=text, file=name)


def _hash(files: Files, name: str, size: int) -> bytes | None:
    """Return the hash of a file; None if it has another size or can't be read."""
    hashed, left = sha256(), size
    try:
        with files.open(name) as file:
            while chunk := file.read(min(CHUNK, left + 1)):
                hashed.update(chunk)
                left -= len(chunk)
                if left < 0:
                    return None
    except READ_ERRORS:
        return None
    return hashed.digest() if left == 0 else None
