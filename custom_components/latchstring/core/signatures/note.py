"""C2SP's signed-note, tlog-checkpoint and tlog-cosignature.

A note is text with signatures below it. A checkpoint is a note whose text names a log,
its size and its root. A cosignature (v1) is a witness's signature over a checkpoint and
the time it was seen.
"""

from base64 import b64decode, b64encode
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
import hashlib
import re
from typing import Final, override

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from ..tree import HASH_BYTES

MAX_NOTE_BYTES: Final = 65_536
MAX_SIGNATURES: Final = 16
SIGNATURE_START: Final = "\N{EM DASH} "
KEY_ID_BYTES: Final = 4
TIMESTAMP_BYTES: Final = 8
CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
KEY_NAME: Final = re.compile(r"[^\s+]+")
SIZE: Final = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)


class NoteError(Exception):
    """A note that is malformed, or that no key it was checked with has signed."""


class SignatureKind(IntEnum):
    """What a key signs: part of the key id, so that neither passes for the other."""

    NOTE = 0x01
    COSIGNATURE = 0x04


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature line: who claims to have signed, and the bytes."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A text with its signatures, not verified."""

    text: str
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The head of a log: its origin, size and root hash."""

    origin: str
    size: int
    root: bytes

    @override
    def __str__(self) -> str:
        """Return the text of its note."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


def sign_checkpoint(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """Return a checkpoint as a note, signed under its origin as the name."""
    return sign_note(str(checkpoint), checkpoint.origin, key)


def sign_note(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """Return a text of whole lines as a note, signed under this name."""
    signature = key.sign(text.encode())
    return f"{text}\n{_line(name, key, SignatureKind.NOTE, signature)}"


def verify_checkpoint(note: str, *, origin: str, key: Ed25519PublicKey) -> Checkpoint:
    """Return a checkpoint that its log signed with `key`; NoteError for any other."""
    parsed = parse_note(note)
    for signature in _by(parsed, origin, key, SignatureKind.NOTE):
        _verify(key, signature, parsed.text.encode())
    checkpoint = parse_checkpoint(parsed.text)
    if checkpoint.origin != origin:
        raise NoteError
    return checkpoint


def verify_cosignature(note: str, *, name: str, key: Ed25519PublicKey) -> datetime:
    """Return when the witness cosigned this checkpoint; NoteError if it did not.

    The log's own signature is not verified: see `verify_checkpoint`.
    """
    parsed = parse_note(note)
    parse_checkpoint(parsed.text)
    latest = 0
    for signature in _by(parsed, name, key, SignatureKind.COSIGNATURE):
        stamp, signed = signature[:TIMESTAMP_BYTES], signature[TIMESTAMP_BYTES:]
        seconds = int.from_bytes(stamp)
        _verify(key, signed, _cosigned(parsed.text, seconds))
        latest = max(latest, seconds)
    return _moment(latest)


def commitment(head: Checkpoint, salt: bytes) -> bytes:
    """Return a salted hash of a head, which can be opened later and not be guessed before."""
    return hashlib.sha256(salt + str(head).encode()).digest()


def parse_note(note: str) -> Note:
    """Parse a note into its text and signatures; NoteError if it is malformed."""
    if _bytes(note) > MAX_NOTE_BYTES or CONTROL.search(note):
        raise NoteError
    text, separator, signatures = note.rpartition("\n\n")
    if not separator or not signatures.endswith("\n"):
        raise NoteError
    lines = signatures.removesuffix("\n").split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteError
    return Note(text=f"{text}\n", signatures=tuple(_parse_line(line) for line in lines))


def parse_checkpoint(text: str) -> Checkpoint:
    """Parse the text of a checkpoint.

    Extension lines are refused: an audit of the tree does not cover them.
    """
    match text.split("\n"):
        case [origin, size, root, ""] if origin and SIZE.fullmatch(size):
            return Checkpoint(origin=origin, size=int(size), root=_root(root))
    raise NoteError


def key_id(name: str, key: Ed25519PublicKey, kind: SignatureKind) -> bytes:
    """Return the key id, four bytes, as signed-note recommends."""
    named = f"{name}\n".encode() + bytes([kind]) + key.public_bytes_raw()
    return hashlib.sha256(named).digest()[:KEY_ID_BYTES]


def _by(
    note: Note, name: str, key: Ed25519PublicKey, kind: SignatureKind
) -> list[bytes]:
    """Return the signatures that claim to be by this key.

    All must verify: one that fails invalidates the note.
    """
    expected = (name, key_id(name, key, kind))
    found = [
        line.signature
        for line in note.signatures
        if (line.name, line.key_id) == expected
    ]
    if not found:
        raise NoteError
    return found


def _verify(key: Ed25519PublicKey, signature: bytes, message: bytes) -> None:
    try:
        key.verify(signature, message)
    except InvalidSignature:
        raise NoteError from None


def _line(
    name: str, key: Ed25519PrivateKey, kind: SignatureKind, signature: bytes
) -> str:
    if not KEY_NAME.fullmatch(name):
        raise NoteError
    signed = key_id(name, key.public_key(), kind) + signature
    return f"{SIGNATURE_START}{name} {b64encode(signed).decode()}\n"


def _parse_line(line: str) -> Signature:
    match line.removeprefix(SIGNATURE_START).split(" "):
        case [name, encoded] if line.startswith(SIGNATURE_START) and KEY_NAME.fullmatch(
            name
        ):
            signed = _decode(encoded)
            if len(signed) > KEY_ID_BYTES:
                return Signature(
                    name=name,
                    key_id=signed[:KEY_ID_BYTES],
                    signature=signed[KEY_ID_BYTES:],
                )
    raise NoteError


def _root(encoded: str) -> bytes:
    root = _decode(encoded)
    if len(root) != HASH_BYTES:
        raise NoteError
    return root


def _decode(encoded: str) -> bytes:
    """Decode base64 in its canonical form only: stray trailing bits would allow two notes of one meaning."""
    try:
        decoded = b64decode(encoded, validate=True)
    except binascii.Error, ValueError:
        raise NoteError from None
    if b64encode(decoded).decode() != encoded:
        raise NoteError
    return decoded


def _bytes(note: str) -> int:
    try:
        return len(note.encode())
    except UnicodeEncodeError:
        raise NoteError from None


def _cosigned(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _moment(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except OverflowError, ValueError, OSError:
        raise NoteError from None
