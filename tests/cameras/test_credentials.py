"""Who may look at a camera with a password."""

import base64
import hashlib

import pytest

from .credentials import Credentials
from .message import Request

OWNER = Credentials(user="owner", password="le:tch")
URL = "rtsp://127.0.0.1/porch"
NONCE = "0123"


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def digest(
    known: Credentials = OWNER,
    method: str = "PLAY",
    url: str = URL,
    nonce: str = NONCE,
) -> str:
    secret, asked = (
        md5(f"{known.user}:camera:{known.password}"),
        md5(f"{method}:{url}"),
    )
    proof = md5(f"{secret}:{nonce}:{asked}")
    return (
        f'Digest username="{known.user}", realm="camera", nonce="{nonce}", '
        f'uri="{url}", response="{proof}"'
    )


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


def asks_with(authorization: str) -> Request:
    lines = (f"PLAY {URL} RTSP/1.0", f"Authorization: {authorization}", "", "")
    return Request.parse("\r\n".join(lines).encode())


@pytest.mark.parametrize("authorization", [digest(), basic("owner:le:tch")])
def test_whoever_knows_name_and_password_is_admitted(authorization: str) -> None:
    assert OWNER.admit(asks_with(authorization), NONCE)


@pytest.mark.parametrize(
    "authorization",
    [
        digest(Credentials(user="other", password="le:tch")),
        digest(Credentials(user="owner", password="other")),
        digest(method="DESCRIBE"),
        digest(url="rtsp://127.0.0.1/yard"),
        digest(nonce="4567"),
        "Digest",
        'Digest username="owner"',
        basic("owner:other"),
        basic("other:le:tch"),
        basic(""),
        "Basic !",
        "Basic",
        "Bearer owner",
        "",
    ],
)
def test_whoever_does_not_is_refused(authorization: str) -> None:
    assert not OWNER.admit(asks_with(authorization), NONCE)


def test_a_refusal_offers_digest_before_basic() -> None:
    schemes = [value.partition(" ")[0] for _name, value in OWNER.challenges(NONCE)]
    assert schemes == ["Digest", "Basic"]
