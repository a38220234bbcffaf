"""The conversation with a camera: requests with its login, redirects, and what its answers mean."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Final

from ...errors import UNAUTHORIZED, SourceUnusable
from ...rtsp.message import RtspRequest, RtspResponse
from ...rtsp.url import RtspAddress
from ..faults import LOGIN_WANTED, OK, fault_of_status
from ..login import Login
from .connection import RtspConnection

_MOST_LOGINS: Final = 2
"""Times that one request is sent with a login: once more where the camera's nonce is stale."""


class Conversation:
    """Asks a camera, and logs in where it wants that. A login that it refuses is given once."""

    def __init__(
        self,
        connection: RtspConnection,
        address: RtspAddress,
        *,
        trial: Callable[[], AbstractAsyncContextManager[None]],
    ) -> None:
        """Within `trial` requests are sent with a login; it raises SourceUnusable where that was refused meanwhile."""
        self.session = ""
        """The session that the camera has opened; empty: none."""
        self._connection = connection
        self._trial = trial
        self._login = Login(address.credentials)

    async def ask(self, method: str, url: str, **headers: str) -> RtspResponse:
        """Return the answer, whatever its status but 401; raises SourceUnusable for that one."""
        answer = await self._connection.ask(self.request(method, url, **headers))
        if answer.status != LOGIN_WANTED:
            return answer
        async with self._trial():
            for _ in range(_MOST_LOGINS):
                self._login.take(answer.all("www-authenticate"))
                request = self.request(method, url, **headers)
                answer = await self._connection.ask(request)
                if answer.status != LOGIN_WANTED:
                    return answer
            raise SourceUnusable(UNAUTHORIZED)

    async def require(self, method: str, url: str, **headers: str) -> RtspResponse:
        """Return the answer with status 200; raises SourceUnusable for any other."""
        return required(await self.ask(method, url, **headers))

    def request(self, method: str, url: str, **headers: str) -> RtspRequest:
        """Return a request of this session."""
        fields = dict(headers)
        if self.session:
            fields["Session"] = self.session
        fields |= self._login.headers(method, url)
        return RtspRequest(method=method, url=url, headers=tuple(fields.items()))


def required(answer: RtspResponse) -> RtspResponse:
    """Return an answer with status 200; raises SourceUnusable for any other."""
    if answer.status != OK:
        raise SourceUnusable(fault_of_status(answer.status))
    return answer
