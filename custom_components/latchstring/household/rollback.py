"""What is kept where no backup reaches it, to tell a home that went on from one that came back."""

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


class _Kept:
    """A text in a file of its own. What can't be read or written is not there."""

    def __init__(self, hass: HomeAssistant, name: str) -> None:
        """Keep the file in this home's cache."""
        self._hass = hass
        self._path = Path(hass.config.path(FOLDER, f"{DOMAIN}.{name}"))

    async def async_read(self) -> str:
        """Give the text, or none."""
        return await self._hass.async_add_executor_job(self._read)

    async def async_write(self, text: str) -> None:
        """Replace the text, if that can be done."""
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
    """How often the consent was saved. No number, or another one, closes."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Keep the number in this home's cache."""
        self._kept = _Kept(hass, "anchor")

    async def async_read(self) -> int | None:
        """Give the number, or None when there is none."""
        try:
            return int(await self._kept.async_read())
        except ValueError:
            return None

    async def async_write(self, number: int) -> None:
        """Replace the number."""
        await self._kept.async_write(str(number))


class LogHeads:
    """How far each log of the record had come. One that is behind its head has lost entries, or is of another home."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Keep the heads in this home's cache."""
        self._kept = _Kept(hass, "heads")

    async def async_read(self) -> tuple[Head, ...]:
        """Give the heads. A file that is none of ours tells of nothing."""
        try:
            return tuple(
                _head(written) for written in json.loads(await self._kept.async_read())
            )
        except ValueError, KeyError, TypeError, AttributeError:
            return ()

    async def async_write(self, heads: tuple[Head, ...]) -> None:
        """Replace the heads."""
        await self._kept.async_write(json.dumps([_written(head) for head in heads]))


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
