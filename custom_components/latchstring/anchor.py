"""How often the consent was saved, kept where no backup reaches it."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from .const import DOMAIN

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

FOLDER: Final = ".cache"
"""Home Assistant leaves it out of its backups, and wipes it when it restores one."""


class Anchor:
    """A number in a file of its own. One that can't be read or written is no anchor, which closes."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Keep the file in this home's cache."""
        self._hass = hass
        self._path = Path(hass.config.path(FOLDER, f"{DOMAIN}.anchor"))

    async def async_read(self) -> int | None:
        """Give the number, or None when there is none."""
        return await self._hass.async_add_executor_job(self._read)

    async def async_write(self, number: int) -> None:
        """Replace the number, if that can be done."""
        await self._hass.async_add_executor_job(self._write, number)

    def _read(self) -> int | None:
        try:
            return int(self._path.read_text(encoding="ascii"))
        except OSError, ValueError:
            return None

    def _write(self, number: int) -> None:
        fresh = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(exist_ok=True)
            fresh.write_text(str(number), encoding="ascii")
            fresh.replace(self._path)
        except OSError:
            return
