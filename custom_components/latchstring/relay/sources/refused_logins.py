"""Logins that a camera has refused, which are not tried again: some cameras lock an address out after five."""

import hashlib
import secrets
from urllib.parse import urlsplit

from .address import CameraAddress


class RefusedLogins:
    """Remembers hashes of host and login, so that a recorder with sixteen channels counts as one camera."""

    def __init__(self) -> None:
        self._salt = secrets.token_bytes(16)
        self._refused: set[bytes] = set()

    def add(self, address: CameraAddress) -> None:
        """Remember that this login was refused."""
        self._refused.add(self._digest(address))

    def discard(self, address: CameraAddress) -> None:
        """Forget it: its owner wants it tried once more."""
        self._refused.discard(self._digest(address))

    def __contains__(self, address: CameraAddress) -> bool:
        return self._digest(address) in self._refused

    def _digest(self, address: CameraAddress) -> bytes:
        secret = _known_by(address).encode(errors="surrogatepass")
        return hashlib.blake2b(secret, key=self._salt).digest()


def _known_by(address: CameraAddress) -> str:
    """Return what has to change for another try: RTSP has the login in front of the host, others anywhere."""
    try:
        host = urlsplit(address.url).netloc
    except ValueError:
        host = ""
    return host if host and address.scheme.startswith("rtsp") else address.url
