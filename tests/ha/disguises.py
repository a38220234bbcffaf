"""Finding a word in what was overheard, however it is written there."""

from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
import hashlib
import json
import re
from urllib.parse import quote

_DIGESTS = ("md5", "sha1", "sha256")
_ALPHABETS = (
    re.compile(rb"[A-Za-z0-9+/]{12,}"),
    re.compile(rb"[A-Za-z0-9_-]{12,}"),
)
_HEX = re.compile(rb"(?:[0-9a-fA-F]{2}){8,}")
_DEEPEST = 6


def found_in(texts: Iterable[bytes], words: Iterable[str]) -> list[str]:
    """Name the words that are there, and how each is written."""
    looked_for = [
        (f"{word} ({how})", form) for word in words for how, form in forms(word)
    ]
    heaps = [heap for text in texts for heap in (text, text.lower())]
    return [name for name, form in looked_for if any(form in heap for heap in heaps)]


def forms(word: str) -> Iterator[tuple[str, bytes]]:
    """Write a word, and hashes of it, in every way that could be read back."""
    data = word.encode()
    yield "plain", data
    yield "in small letters", word.lower().encode()
    yield "in JSON", json.dumps(word)[1:-1].encode()
    yield "in percents", quote(word, safe="").encode()
    yield "all in percents", "".join(f"%{byte:02x}" for byte in data).encode()
    yield from _written("itself", data)
    for name in _DIGESTS:
        digest = hashlib.new(name, data, usedforsecurity=False).digest()
        yield name, digest
        yield from _written(name, digest)


def _written(what: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    yield f"{what} in hex", data.hex().encode()
    for shift in range(3):
        for encode in (b64encode, urlsafe_b64encode):
            written = encode(bytes(shift) + data)
            # What the neighbours' bits have no part in, wherever it stands.
            certain = written[-(-shift * 8 // 6) : (shift + len(data)) * 8 // 6]
            yield f"{what} in base64, {shift} bytes in", certain


def unwrapped(text: bytes, depth: int = 0) -> Iterator[bytes]:
    """Give a text, and all that is written inside it in base64 or hex, and inside that."""
    yield text
    if depth < _DEEPEST:
        for inner in _inner(text):
            yield from unwrapped(inner, depth + 1)


def _inner(text: bytes) -> Iterator[bytes]:
    for run in _HEX.findall(text):
        yield bytes.fromhex(run.decode())
    for alphabet in _ALPHABETS:
        for run in alphabet.findall(text):
            yield _decoded(run)


def _decoded(run: bytes) -> bytes:
    usable = run[: len(run) - (len(run) % 4 == 1)]
    return b64decode(usable + b"=" * (-len(usable) % 4), altchars=_altchars(usable))


def _altchars(run: bytes) -> bytes | None:
    return b"-_" if b"-" in run or b"_" in run else None
