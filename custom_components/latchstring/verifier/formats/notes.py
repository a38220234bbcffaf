"""C2SP signed-note, tlog-checkpoint and tlog-cosignature."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
import re
from typing import Final

from .encoding import HASH_BYTES, Malformed, of_seconds, read_base64
from .keys import PublicKey

MAX_NOTE_CHARS: Final = 8_388_608
MAX_SIGNATURES: Final = 16
ID_BYTES: Final = 4
STAMP_BYTES: Final = 8
SIGNED: Final = 0x01
COSIGNED: Final = 0x04

_LINE: Final = re.compile(r"\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)


@dataclass(frozen=True)
class SignatureLine:
    """A signature line of a note, not verified."""

    name: str
    key_id: bytes
    data: bytes


@dataclass(frozen=True)
class SignedNote:
    """A text with its signature lines, not verified."""

    text: str
    signatures: tuple[SignatureLine, ...]

    def is_signed(self, name: str, key: PublicKey) -> bool:
        """Return whether this key signed the text under this name; each line that claims so must verify."""
        found = self.of_key(name, key, SIGNED)
        return bool(found) and all(
            key.signed(data, self.text.encode()) for data in found
        )

    def cosigned_at(self, name: str, key: PublicKey) -> datetime | None:
        """Return when this witness cosigned it; None if it did not, Malformed if its signature is wrong."""
        seen = [self._stamp(data, key) for data in self.of_key(name, key, COSIGNED)]
        return of_seconds(max(seen)) if seen else None

    def of_key(self, name: str, key: PublicKey, kind: int) -> list[bytes]:
        """Return the signatures that claim to be by this key."""
        named = f"{name}\n".encode() + bytes([kind]) + key.raw
        expected = (name, sha256(named).digest()[:ID_BYTES])
        return [
            line.data
            for line in self.signatures
            if (line.name, line.key_id) == expected
        ]

    def _stamp(self, data: bytes, key: PublicKey) -> int:
        seconds = int.from_bytes(data[:STAMP_BYTES], "big")
        message = f"cosignature/v1\ntime {seconds}\n{self.text}".encode()
        if not key.signed(data[STAMP_BYTES:], message):
            raise Malformed("its cosignature is wrong")
        return seconds


@dataclass(frozen=True)
class TreeHead:
    """A tree head: the size and root of a log."""

    origin: str
    size: int
    root: bytes


def read_note(note: object) -> SignedNote:
    """Parse a note; nothing is verified."""
    if not isinstance(note, str) or len(note) > MAX_NOTE_CHARS or _CONTROL.search(note):
        raise Malformed("it is not a signed note")
    try:
        note.encode()
    except UnicodeEncodeError as error:
        raise Malformed("it is not a signed note") from error
    text, blank, below = note.rpartition("\n\n")
    lines = below.split("\n")
    if not blank or lines.pop() or not 1 <= len(lines) <= MAX_SIGNATURES:
        raise Malformed("it is not a signed note")
    return SignedNote(text=f"{text}\n", signatures=tuple(map(_line, lines)))


def read_checkpoint(text: str) -> TreeHead:
    """Parse the text of a checkpoint of exactly three lines."""
    match text.split("\n"):
        case [origin, size, root, ""] if origin and _SIZE.fullmatch(size):
            if len(hashed := read_base64(root)) == HASH_BYTES:
                return TreeHead(origin=origin, size=int(size), root=hashed)
    raise Malformed("it is not a checkpoint")


def _line(line: str) -> SignatureLine:
    match = _LINE.fullmatch(line)
    if not match:
        raise Malformed("a line below the note is not a signature")
    data = read_base64(match[2])
    return SignatureLine(name=match[1], key_id=data[:ID_BYTES], data=data[ID_BYTES:])
