"""Files that are downloaded by a link: for some minutes, by whoever holds it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
import secrets
from typing import Final

from aiohttp import web
from homeassistant.components.http import KEY_HASS, HomeAssistantView
from homeassistant.components.http.auth import async_sign_path
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN

LINK_LASTS: Final = timedelta(minutes=10)
MOST_LINKS: Final = 32


@dataclass(slots=True)
class DownloadLinks:
    """The files that can be downloaded, each by its token and until a moment."""

    hass: HomeAssistant
    files: dict[str, tuple[Path, datetime]] = field(default_factory=dict)

    @callback
    def add(self, path: Path) -> str:
        """Return an address that fetches a file for some minutes."""
        now = dt_util.utcnow()
        self.files = {
            token: known
            for token, known in list(self.files.items())[-MOST_LINKS:]
            if known[1] > now
        }
        token = secrets.token_urlsafe(32)
        self.files[token] = path, now + LINK_LASTS
        return async_sign_path(
            self.hass, f"{DownloadView.base}{token}", LINK_LASTS, use_content_user=True
        )

    @callback
    def file(self, token: str) -> Path | None:
        """Return the file of a link that still holds."""
        path, until = self.files.get(token, (None, dt_util.utcnow()))
        return path if dt_util.utcnow() < until else None


DOWNLOADS_KEY: Final[HassKey[DownloadLinks]] = HassKey(f"{DOMAIN}_downloads")


class DownloadView(HomeAssistantView):
    """Sends a file to whoever holds the link to it."""

    base: Final = f"/api/{DOMAIN}/exports/"
    url = f"{base}{{token}}"
    name = f"api:{DOMAIN}:exports"

    async def get(self, request: web.Request, token: str) -> web.StreamResponse:
        """Send the file, to be saved and never shown."""
        path = request.app[KEY_HASS].data[DOWNLOADS_KEY].file(token)
        if path is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        return web.FileResponse(
            path,
            headers={
                "Content-Disposition": f'attachment; filename="{path.name}"',
                "Cache-Control": "no-store",
            },
        )


@callback
def async_setup_http(hass: HomeAssistant) -> None:
    """Register the view by which files are downloaded."""
    hass.data[DOWNLOADS_KEY] = DownloadLinks(hass)
    hass.http.register_view(DownloadView)
