"""Addresses of HTTP, as FFmpeg asks for them."""

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from ...rtsp.digest import Credentials

_PORTS: Final = {"http": 80, "https": 443}
_LONGEST: Final = 4_096
_LONGEST_HOST: Final = 253
_KEPT: Final = "".join(map(chr, range(0x21, 0x7F)))
"""What is asked for as it was written: everything a line can have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAddress:
    """What is asked of whom; its repr shows nothing of it."""

    host: str = field(repr=False)
    port: int
    is_tls: bool
    target: str = field(repr=False)
    """Path and query, in ASCII."""
    credentials: Credentials | None = field(repr=False)

    @property
    def authority(self) -> str:
        """Return host and port as a request names them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def read_http_address(url: str) -> HttpAddress:
    """Read a URL; ValueError, whose text may contain it, where it is no address of HTTP."""
    parts = urlsplit(url.strip())
    host = parts.hostname or ""
    if parts.scheme not in _PORTS or not 0 < len(host) <= _LONGEST_HOST:
        raise ValueError
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    if len(target) > _LONGEST:
        raise ValueError
    return HttpAddress(
        host=host if ":" in host else host.encode("idna").decode("ascii"),
        port=parts.port or _PORTS[parts.scheme],
        is_tls=parts.scheme == "https",
        target=quote(target, _KEPT),
        credentials=_credentials(parts.username, parts.password),
    )


def _credentials(user: str | None, password: str | None) -> Credentials | None:
    if user is None:
        return None
    return Credentials(unquote(user), unquote(password or ""))
