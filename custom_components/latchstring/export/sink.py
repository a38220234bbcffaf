"""The destination of an export's files, and the signed manifest that lists them."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from typing import IO, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..core.canonical import base64url, rfc3339
from ..core.signatures.note import sign_note

FORMAT: Final = "latchstring-export/v1"
MANIFEST: Final = "MANIFEST"


class Part:
    """A file being written, hashed on the way."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hashed = sha256()
        self._size = 0

    def write(self, data: bytes) -> None:
        """Append data."""
        self._file.write(data)
        self._hashed.update(data)
        self._size += len(data)

    def line(self, name: str) -> str:
        """Return its line in the manifest."""
        return f"{self._hashed.hexdigest()} {self._size} {name}\n"


class Sink(ABC):
    """Takes one file after the other, and signs the manifest."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    @contextmanager
    def part(self, name: str) -> Iterator[Part]:
        """Open a file for writing, and list it in the manifest once it is complete."""
        with self._open(name) as file:
            part = Part(file)
            yield part
        self._lines.append(part.line(name))

    def put(self, name: str, data: bytes) -> None:
        """Write a whole file."""
        with self.part(name) as part:
            part.write(data)

    def sign(self, key: Ed25519PrivateKey, origin: str, at: datetime) -> None:
        """Write the signed manifest: the last file, and the only one it does not list."""
        x = base64url(key.public_key().public_bytes_raw())
        text = f"{FORMAT}\n{rfc3339(at)}\n{x}\n\n{''.join(sorted(self._lines))}"
        with self._open(MANIFEST) as file:
            file.write(sign_note(text, origin, key).encode())

    @abstractmethod
    def _open(self, name: str) -> IO[bytes]:
        """Open a new file for writing."""
