"""The login at a camera: given when it is asked for, and once where it is refused."""

from collections.abc import Mapping, Sequence

from ..errors import LOGIN_UNSUPPORTED, UNAUTHORIZED, SourceUnusable
from ..rtsp.digest import (
    Authenticator,
    Credentials,
    UnsupportedLoginError,
    authenticator,
    is_stale,
)


class Login:
    """Logs in by what a camera asks for, once it has asked."""

    def __init__(self, credentials: Credentials | None) -> None:
        self._credentials = credentials
        self._authenticator: Authenticator | None = None

    def headers(self, method: str, url: str) -> Mapping[str, str]:
        """Return the headers of a request that log in."""
        if self._authenticator is None:
            return {}
        return {"Authorization": self._authenticator.header(method, url)}

    def take(self, challenges: Sequence[str]) -> None:
        """Take what a camera asks for (the values of WWW-Authenticate).

        Raises SourceUnusable where there is no login, it was refused, or none of its kinds is known.
        """
        is_refused = self._authenticator is not None and not is_stale(challenges)
        if self._credentials is None or is_refused:
            raise SourceUnusable(UNAUTHORIZED)
        try:
            self._authenticator = authenticator(challenges, self._credentials)
        except UnsupportedLoginError:
            raise SourceUnusable(LOGIN_UNSUPPORTED) from None
