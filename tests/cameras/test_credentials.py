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


def counted(algorithm: str, known: Credentials) -> str:
    """Answer as RFC 7616 3.4 has it, of a client that counts what it asks."""

    def hashed(*parts: str) -> str:
        kind = hashlib.sha256 if algorithm.startswith("SHA-256") else hashlib.md5
        return kind(":".join(parts).encode()).hexdigest()

    secret = hashed(known.user, "camera", known.password)
    if algorithm.endswith("-sess"):
        secret = hashed(secret, NONCE, "89ab")
    proof = hashed(secret, NONCE, "00000001", "89ab", "auth", hashed("PLAY", URL))
    return (
        f'Digest username="{known.user}", realm="camera", nonce="{NONCE}", uri="{URL}", '
        f'algorithm={algorithm}, qop=auth, nc=00000001, cnonce="89ab", response="{proof}"'
    )


@pytest.mark.parametrize("algorithm", ["MD5", "MD5-sess", "SHA-256", "SHA-256-sess"])
def test_a_login_is_asked_for_and_given_in_any_kind(algorithm: str) -> None:
    camera = Credentials(
        user="owner", password="le:tch", offers=(algorithm,), has_quality=True
    )
    other = Credentials(user="owner", password="other")
    assert f"algorithm={algorithm}" in camera.challenges(NONCE)[0][1]
    assert camera.admit(asks_with(counted(algorithm, camera)), NONCE)
    assert not camera.admit(asks_with(counted(algorithm, other)), NONCE)
    assert not OWNER.admit(asks_with(counted(algorithm, camera)), NONCE)


def test_a_login_of_a_kind_that_nobody_knows_is_never_right() -> None:
    camera = Credentials(user="owner", password="le:tch", offers=("SHA-512-256",))
    proofless = digest(camera).replace("uri=", "algorithm=SHA-512-256, uri=")
    assert not camera.admit(asks_with(proofless), NONCE)
    nothing = proofless.partition(" response=")[0]
    assert not camera.admit(asks_with(nothing), NONCE)


def test_all_kinds_can_be_offered_in_one_header() -> None:
    camera = Credentials(
        user="owner", password="le:tch", offers=("Basic", "MD5"), is_one_header=True
    )
    ((_name, value),) = camera.challenges(NONCE)
    assert value.startswith("Basic ")
    assert ", Digest " in value
