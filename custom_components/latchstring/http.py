"""Download links to files: valid for some minutes, for whoever has the link."""

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

LINK_LIFETIME: Final = timedelta(minutes=10)
MAX_LINKS: Final = 32


@dataclass(slots=True)
class DownloadLinks:
    """The files that can be downloaded, each by its token, and until when."""

    hass: HomeAssistant
    files: dict[str, tuple[Path, datetime]] = field(default_factory=dict)

    @callback
    def add(self, path: Path) -> str:
        """Return a signed link that downloads a file for some minutes."""
        now = dt_util.utcnow()
        self.files = {
            token: link
            for token, link in list(self.files.items())[-MAX_LINKS:]
            if link[1] > now
        }
        token = secrets.token_urlsafe(32)
        self.files[token] = path, now + LINK_LIFETIME
        return async_sign_path(
            self.hass,
            f"{DownloadView.base}{token}",
            LINK_LIFETIME,
            use_content_user=True,
        )

    @callback
    def file(self, token: str) -> Path | None:
        """Return the file of a link that is still valid."""
        path, until = self.files.get(token, (None, dt_util.utcnow()))
        return path if dt_util.utcnow() < until else None


DOWNLOADS_KEY: Final[HassKey[DownloadLinks]] = HassKey(f"{DOMAIN}_downloads")


class DownloadView(HomeAssistantView):
    """The HTTP view that sends a file to whoever has its link."""

    base: Final = f"/api/{DOMAIN}/exports/"
    url = f"{base}{{token}}"
    name = f"api:{DOMAIN}:exports"

    async def get(self, request: web.Request, token: str) -> web.StreamResponse:
        """Send the file as an attachment: the browser saves it and never renders it."""
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
    """Register the download view."""
    hass.data[DOWNLOADS_KEY] = DownloadLinks(hass)
    hass.http.register_view(DownloadView)
