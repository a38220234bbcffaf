"""What a Home Assistant that has been lived in has in its store: an owner, and that it was set up.

Written before the first start, so that no browser has to walk through the first steps.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
import secrets
from typing import Any, Final

from homeassistant.util import slugify
import jwt

ISSUER: Final = secrets.token_hex(16)
OWNER: Final = "0" * 31 + "1"
ADMINISTRATORS: Final = "system-admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A camera of the house: where its video is, if it has any, and where its stills are."""

    name: str
    video: str | None
    still: str


def furnish(folder: Path, cameras: Iterable[Camera], *, port: int, panel: str) -> str:
    """Write the store of a house whose only user is its owner; give an access token.

    Its pages are at `port`, and the first one it shows is `panel`.
    """
    key = secrets.token_hex(64)
    _write(folder, "onboarding", 4, {"done": list(_ONBOARDING)})
    _write(folder, "auth", 1, _auth(key))
    _write(folder, "core.config_entries", 1, _entries(cameras), minor=5)
    move(folder, port)
    _write(folder, "frontend.system_data", 1, {"core": {"default_panel": panel}})
    now = datetime.now(UTC)
    claims = {"iss": ISSUER, "iat": now, "exp": now + timedelta(days=3650)}
    return jwt.encode(claims, key, "HS256")


def move(folder: Path, port: int) -> None:
    """Let a house show its pages at another port."""
    _write(folder, "http", 2, _http(port), minor=2)


_ONBOARDING: Final = ("user", "core_config", "analytics", "integration")


def _auth(key: str) -> dict[str, Any]:
    return {
        "users": [
            {
                "id": OWNER,
                "group_ids": [ADMINISTRATORS],
                "is_owner": True,
                "is_active": True,
                "name": "Alex",
                "system_generated": False,
                "local_only": False,
            }
        ],
        "groups": [
            {"id": ADMINISTRATORS, "name": "Administrators"},
            {"id": "system-users", "name": "Users"},
            {"id": "system-read-only", "name": "Read Only"},
        ],
        "credentials": [],
        "refresh_tokens": [
            {
                "id": ISSUER,
                "user_id": OWNER,
                "client_id": None,
                "client_name": "demo",
                "client_icon": None,
                "token_type": "long_lived_access_token",
                "created_at": datetime.now(UTC).isoformat(),
                "access_token_expiration": 315360000.0,
                "token": secrets.token_hex(64),
                "jwt_key": key,
                "last_used_at": None,
                "last_used_ip": None,
                "expire_at": None,
                "credential_id": None,
                "version": None,
            }
        ],
    }


def _http(port: int) -> dict[str, Any]:
    """Say where it listens as a confirmed fact: what YAML says is undone after five minutes."""
    stable = {
        "server_host": ["127.0.0.1"],
        "server_port": port,
        "cors_allowed_origins": [],
        "login_attempts_threshold": -1,
        "ip_ban_enabled": True,
        "ssl_profile": "modern",
        "use_x_frame_options": True,
        "created_at": datetime.now(UTC).isoformat(),
        "error": None,
        "error_message": None,
    }
    return {"stable": stable, "pending": None, "yaml_migration_done": True}


def _entries(cameras: Iterable[Camera]) -> dict[str, Any]:
    return {"entries": [_generic_camera(camera) for camera in cameras]}


def _generic_camera(camera: Camera) -> dict[str, Any]:
    """Make the entry that Home Assistant's own Generic Camera would have made."""
    video = {} if camera.video is None else {"stream_source": camera.video}
    now = datetime.now(UTC).isoformat()
    return {
        "created_at": now,
        "data": {},
        "disabled_by": None,
        "discovery_keys": {},
        "domain": "generic",
        "entry_id": f"demo_camera_{slugify(camera.name)}",
        "minor_version": 1,
        "modified_at": now,
        "options": {
            **video,
            "still_image_url": camera.still,
            "content_type": "image/jpeg",
            "advanced": {
                "authentication": "basic",
                "framerate": 2.0,
                "limit_refetch_to_url_change": False,
                "rtsp_transport": "tcp",
                "verify_ssl": True,
            },
        },
        "pref_disable_new_entities": False,
        "pref_disable_polling": False,
        "source": "user",
        "subentries": [],
        "title": camera.name,
        "unique_id": None,
        "version": 2,
    }


def _write(
    folder: Path, key: str, version: int, data: Mapping[str, Any], *, minor: int = 1
) -> None:
    store = folder / ".storage"
    store.mkdir(mode=0o700, parents=True, exist_ok=True)
    (store / key).write_text(
        json.dumps(
            {"version": version, "minor_version": minor, "key": key, "data": data}
        )
    )
