"""The files of an export, in a folder or a zip. Nothing is unpacked, and no file outside is ever opened."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
import os
from pathlib import Path
import re
from stat import S_ISREG
from typing import IO, Final
import zipfile

from .source import Unusable

MAX_FILES: Final = 10_000
MAX_SMALL_BYTES: Final = 8_388_608

NAME: Final = re.compile(
    r"(?!\.)[A-Za-z0-9._-]{1,100}(/(?!\.)[A-Za-z0-9._-]{1,100}){0,4}"
)
"""The allowed names of an export's files."""


class Files(ABC):
    """Files by name."""

    @abstractmethod
    def names(self) -> set[str]:
        """Return the names of all files."""

    @abstractmethod
    def open(self, name: str) -> IO[bytes]:
        """Open a file for reading; OSError if it can't be read."""

    def read(self, name: str) -> bytes:
        """Read a small file; OSError if it is too large."""
        with self.open(name) as file:
            data = file.read(MAX_SMALL_BYTES + 1)
        if len(data) > MAX_SMALL_BYTES:
            raise OSError(f"{name} is too large")
        return data


class Folder(Files):
    """An unpacked export."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def names(self) -> set[str]:
        """Return the names of all files; a link to a folder counts as a file."""
        found = set()
        for folder, folders, files in os.walk(self._path):
            links = [each for each in folders if (Path(folder) / each).is_symlink()]
            for name in files + links:
                found.add((Path(folder) / name).relative_to(self._path).as_posix())
            if len(found) > MAX_FILES:
                raise Unusable("there are too many files in it")
        return found

    def open(self, name: str) -> IO[bytes]:
        """Open a regular file of this folder; OSError for links and devices."""
        path = self._path / name
        if any((self._path / part).is_symlink() for part in _parts(name)):
            raise OSError(f"{name} is a link to somewhere else")
        handle = os.open(
            path,
            os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0),
        )
        if not S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise OSError(f"{name} is not a file")
        return os.fdopen(handle, "rb")


def _parts(name: str) -> Iterator[str]:
    parts = name.split("/")
    for end in range(1, len(parts) + 1):
        yield "/".join(parts[:end])


class Zip(Files):
    """A packed export."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._infos: dict[str, zipfile.ZipInfo] = {}
        for info in archive.infolist():
            if info.filename in self._infos or len(self._infos) > MAX_FILES:
                raise Unusable("its table of contents is damaged")
            if not info.is_dir():
                self._infos[info.filename] = info

    def names(self) -> set[str]:
        """Return the names in its table of contents."""
        return set(self._infos)

    def open(self, name: str) -> IO[bytes]:
        """Open a file within the archive."""
        try:
            return self._archive.open(self._infos[name])
        except (
            KeyError,
            RuntimeError,
            NotImplementedError,
            zipfile.BadZipFile,
        ) as error:
            raise OSError(f"{name} cannot be read") from error


@contextmanager
def files_at(path: Path) -> Iterator[Files]:
    """Open an export, packed or not."""
    if path.is_dir():
        yield Folder(path)
        return
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile) as error:
        raise Unusable("it is not a readable zip file") from error
    with archive:
        yield Zip(archive)
