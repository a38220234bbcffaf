"""The conversation with a camera: requests with its login, redirects, and what its answers mean."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ...errors import (
    ADDRESS_WRONG,
    BUSY,
    LOGIN_UNSUPPORTED,
    REFUSED,
    UNAUTHORIZED,
    SourceUnusable,
)
from ...rtsp.digest import (
    Authenticator,
    UnsupportedLoginError,
    authenticator,
    is_stale,
)
from ...rtsp.message import RtspRequest, RtspResponse
from ...rtsp.url import RtspAddress
from .connection import RtspConnection

_OK: Final = 200
_UNAUTHORIZED: Final = 401
REDIRECTS: Final = frozenset({301, 302, 303, 305, 307, 308})
_CODES: Final[Mapping[int, str]] = MappingProxyType(
    {
        _UNAUTHORIZED: UNAUTHORIZED,
        403: UNAUTHORIZED,
        404: ADDRESS_WRONG,
        410: ADDRESS_WRONG,
        453: BUSY,
        503: BUSY,
    }
)
_MOST_LOGINS: Final = 3
"""Times that one request is sent: without a login, with it, and once more where the camera's nonce is stale."""


class Conversation:
    """Asks a camera, and logs in where it wants that. A login that it refuses is given once."""

    def __init__(self, connection: RtspConnection, address: RtspAddress) -> None:
        self.session = ""
        """The session that the camera has opened; empty: none."""
        self._connection = connection
        self._address = address
        self._login: Authenticator | None = None

    async def ask(self, method: str, url: str, **headers: str) -> RtspResponse:
        """Return the answer, whatever its status but 401; raises SourceUnusable for that one."""
        for _ in range(_MOST_LOGINS):
            answer = await self._connection.ask(self.request(method, url, **headers))
            if answer.status != _UNAUTHORIZED:
                return answer
            self._log_in(answer.all("www-authenticate"))
        raise SourceUnusable(UNAUTHORIZED)

    async def require(self, method: str, url: str, **headers: str) -> RtspResponse:
        """Return the answer with status 200; raises SourceUnusable for any other."""
        return required(await self.ask(method, url, **headers))

    def request(self, method: str, url: str, **headers: str) -> RtspRequest:
        """Return a request of this session."""
        fields = dict(headers)
        if self.session:
            fields["Session"] = self.session
        if self._login is not None:
            fields["Authorization"] = self._login.header(method, url)
        return RtspRequest(method=method, url=url, headers=tuple(fields.items()))

    def _log_in(self, challenges: tuple[str, ...]) -> None:
        credentials = self._address.credentials
        is_refused = self._login is not None and not is_stale(challenges)
        if credentials is None or is_refused:
            raise SourceUnusable(UNAUTHORIZED)
        try:
            self._login = authenticator(challenges, credentials)
        except UnsupportedLoginError:
            raise SourceUnusable(LOGIN_UNSUPPORTED) from None


def required(answer: RtspResponse) -> RtspResponse:
    """Return an answer with status 200; raises SourceUnusable for any other."""
    if answer.status != _OK:
        raise SourceUnusable(_CODES.get(answer.status, REFUSED))
    return answer
