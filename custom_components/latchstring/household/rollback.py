"""Rollback protection: what is kept where no backup reaches it, to tell whether a home was restored."""

from contextlib import suppress
from dataclasses import asdict
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..const import DOMAIN
from ..record import Head

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

FOLDER: Final = ".cache"
"""Home Assistant leaves it out of its backups, and wipes it when it restores one."""


class _CacheFile:
    """A text in a file of its own in this home's cache. What can't be read or written counts as missing."""

    def __init__(self, hass: HomeAssistant, name: str) -> None:
        self._hass = hass
        self._path = Path(hass.config.path(FOLDER, f"{DOMAIN}.{name}"))

    async def async_read(self) -> str:
        """Return the text, or an empty one."""
        return await self._hass.async_add_executor_job(self._read)

    async def async_write(self, text: str) -> None:
        """Replace the text, if the file can be written."""
        await self._hass.async_add_executor_job(self._write, text)

    def _read(self) -> str:
        with suppress(OSError, ValueError):
            return self._path.read_text(encoding="ascii")
        return ""

    def _write(self, text: str) -> None:
        fresh = self._path.with_suffix(".new")
        with suppress(OSError):
            self._path.parent.mkdir(exist_ok=True)
            fresh.write_text(text, encoding="ascii")
            fresh.replace(self._path)


class SaveCounter:
    """The number of saves of the consent. If it is missing or another one, all is closed."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._file = _CacheFile(hass, "anchor")

    async def async_read(self) -> int | None:
        """Return the number, or None if there is none."""
        try:
            return int(await self._file.async_read())
        except ValueError:
            return None

    async def async_write(self, number: int) -> None:
        """Replace the number."""
        await self._file.async_write(str(number))


class LogHeads:
    """The heads of the record's logs. A log that is behind its head has lost entries, or is another home's."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._file = _CacheFile(hass, "heads")

    async def async_read(self) -> tuple[Head, ...]:
        """Return the heads; none from a file that does not parse."""
        try:
            return tuple(
                _head(written) for written in json.loads(await self._file.async_read())
            )
        except ValueError, KeyError, TypeError, AttributeError:
            return ()

    async def async_write(self, heads: tuple[Head, ...]) -> None:
        """Replace the heads."""
        await self._file.async_write(json.dumps([_written(head) for head in heads]))


def _written(head: Head) -> dict[str, Any]:
    root = None if head.root is None else head.root.hex()
    return asdict(head) | {"public_key": head.public_key.hex(), "root": root}


def _head(written: dict[str, Any]) -> Head:
    root = written["root"]
    return Head(
        log=str(written["log"]),
        epoch=int(written["epoch"]),
        origin=str(written["origin"]),
        public_key=bytes.fromhex(written["public_key"]),
        size=int(written["size"]),
        root=None if root is None else bytes.fromhex(root),
    )
