"""The identity of a camera's source by its URL, without credentials and one-time parameters.

Two ways to fail: closing a camera because its password was changed, and showing another camera under the consent to
this one. The second is worse: only parameters that are known to be credentials are ignored.
"""

import re
from typing import Final

CREDENTIALS: Final = frozenset(
    {
        "access_token",
        "accesstoken",
        "account",
        "api_key",
        "apikey",
        "auth",
        "auth_token",
        "authorization",
        "authtoken",
        "exp",
        "expire",
        "expires",
        "expiry",
        "jwt",
        "login",
        "loginpas",
        "loginuse",
        "nonce",
        "pass",
        "passwd",
        "password",
        "psw",
        "pwd",
        "secret",
        "sig",
        "sign",
        "signature",
        "signinfo",
        "ticket",
        "token",
        "user",
        "username",
        "usr",
    }
)
"""Parameters of cameras' URLs that are credentials or expiry times: their values are ignored."""

_NAMES: Final = "|".join(sorted(CREDENTIALS))
_IN_QUERY: Final = re.compile(rf"(?<=[?&;])({_NAMES})=[^&;]*", re.IGNORECASE)
_IN_PATH: Final = re.compile(
    rf"(?<=[/&;_])({_NAMES})=.*?(?=[/&;]|_[a-z]+=|$)", re.IGNORECASE | re.DOTALL
)
"""As in `/user=admin_password=secret_channel=1_stream=0.sdp`."""

_ADDRESS: Final = re.compile(
    r"(?P<origin>[^:/?#]*://[^/?#]*)(?P<path>[^?#]*)(?P<query>.*)", re.DOTALL
)


def identities(address: str) -> tuple[str, ...]:
    """Return the identities of a source by its URL (without user and password), the most exact first.

    The first ignores credentials, the next all of the query, and the last all but the host and port.
    """
    parts = _ADDRESS.fullmatch(address)
    if parts is None:
        return (address,)
    origin, query = parts["origin"], _IN_QUERY.sub(r"\1=", parts["query"])
    path = _IN_PATH.sub(r"\1=", parts["path"])
    return (f"{origin}{path}{query}", f"any query {origin}{path}", f"any path {origin}")
