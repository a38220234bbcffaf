"""An export on the disk: a folder or a zip, which is renamed to its final name once it is complete."""

from abc import abstractmethod
from collections.abc import Callable
from contextlib import suppress
import os
from pathlib import Path
import shutil
from types import TracebackType
from typing import IO, Final, Self, override
import zipfile

from .sink import Sink

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600
UNFINISHED: Final = ".part"


def _create(path: Path) -> IO[bytes]:
    """Create a file that only its owner can read."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    return os.fdopen(os.open(path, flags, FILE_MODE), "wb")


class DiskSink(Sink):
    """Writes under a temporary name; renames on success, else removes what was written."""

    def __init__(self, folder: Path, name: str) -> None:
        super().__init__()
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        folder.chmod(FOLDER_MODE)
        self.path: Final = folder / name
        self._begun = folder / f".{name}{UNFINISHED}"

    def __enter__(self) -> Self:
        """Create the temporary folder or file."""
        self._begin()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Sync and rename it, or remove it after an error."""
        try:
            self._end()
            if error is None:
                self._begun.rename(self.path)
                _sync_folder(self.path.parent)
        finally:
            _remove(self._begun)

    @abstractmethod
    def _begin(self) -> None:
        """Create the temporary folder or file."""

    @abstractmethod
    def _end(self) -> None:
        """Sync all of it to the disk."""


class FolderSink(DiskSink):
    """Writes a folder."""

    @override
    def _begin(self) -> None:
        self._begun.mkdir(mode=FOLDER_MODE)

    @override
    def _end(self) -> None:
        for folder in self._begun.rglob("*/"):
            _sync_folder(folder)

    @override
    def _open(self, name: str) -> IO[bytes]:
        path = self._begun / name
        for folder in reversed(path.relative_to(self._begun).parents[:-1]):
            (self._begun / folder).mkdir(mode=FOLDER_MODE, exist_ok=True)
        return _create(path)


class ZipSink(DiskSink):
    """Writes a compressed zip."""

    @override
    def _begin(self) -> None:
        self._file = _create(self._begun)
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED)

    @override
    def _end(self) -> None:
        try:
            self._zip.close()
            self._file.flush()
            os.fsync(self._file.fileno())
        finally:
            self._file.close()

    @override
    def _open(self, name: str) -> IO[bytes]:
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = FILE_MODE << 16
        return self._zip.open(info, "w", force_zip64=True)


def write_file(folder: Path, name: str, data: bytes) -> Path:
    """Write one file atomically."""
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    begun, path = folder / f".{name}{UNFINISHED}", folder / name
    try:
        with _create(begun) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        begun.rename(path)
    finally:
        _remove(begun)
    return path


def clear_unfinished(folder: Path) -> None:
    """Remove what a crash left unfinished."""
    for path in folder.glob(f".*{UNFINISHED}"):
        _remove(path)


def _remove(path: Path) -> None:
    take: Callable[[Path], object] = shutil.rmtree if path.is_dir() else os.unlink
    with suppress(OSError):
        take(path)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
