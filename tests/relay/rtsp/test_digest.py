"""Logins: checked by a camera's own arithmetic, which the examples of the RFCs hold."""

from collections.abc import Callable, Mapping
from contextlib import suppress
import hashlib
import re

from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.relay.rtsp.digest import (
    Credentials,
    UnsupportedLoginError,
    authenticator,
    is_stale,
)
from custom_components.latchstring.relay.rtsp.message import RtspRequest

from .received import response_of

CREDENTIALS = Credentials("operator", "open:sesame")
URL = "rtsp://camera.example/live"
SHA256 = 'Digest realm="cam", nonce="256", algorithm=SHA-256'
MD5 = 'Digest realm="cam", nonce="5"'
BASIC = 'Basic realm="cam"'
SHA512 = 'Digest realm="cam", nonce="512", algorithm=SHA-512-256'
NTLM = "NTLM TlRMTVNTUAACAAAA=="
RFC = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=%s,'
    ' nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",'
    ' opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)
HASHES: Mapping[str, Callable[[bytes], hashlib._Hash]] = {
    "MD5": hashlib.md5,
    "SHA-256": hashlib.sha256,
}
FIELD = re.compile(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^",]+))(?:, |$)')


def fields_of(header: str) -> dict[str, str]:
    """Read an Authorization by Digest; nothing may be left over."""
    scheme, _, rest = header.partition(" ")
    assert scheme == "Digest"
    assert FIELD.sub("", rest) == ""
    return {
        name: re.sub(r"\\(.)", r"\1", quoted) or plain
        for name, quoted, plain in FIELD.findall(rest)
    }


def response(given: Mapping[str, str], method: str, password: bytes) -> str:
    """Return what a camera expects (RFC 7616, section 3.4.1; RFC 2069 without qop)."""
    algorithm = given.get("algorithm", "MD5")
    field = {name: value.encode("latin-1") for name, value in given.items()}

    def hashed(*parts: bytes) -> bytes:
        make = HASHES[algorithm.removesuffix("-sess")]
        return make(b":".join(parts)).hexdigest().encode()

    secret = hashed(field["username"], field["realm"], password)
    if algorithm.endswith("-sess"):
        secret = hashed(secret, field["nonce"], field["cnonce"])
    asked = hashed(method.encode(), field["uri"])
    proof = [field["nonce"]]
    if "qop" in field:
        proof += [field["nc"], field["cnonce"], field["qop"]]
    return hashed(secret, *proof, asked).decode()


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        (
            "SHA-256",
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
        ),
    ],
)
def test_the_examples_of_rfc_7616_come_out(algorithm: str, expected: str) -> None:
    login = authenticator(
        [RFC % algorithm],
        Credentials("Mufasa", "Circle of Life"),
        lambda: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )
    given = fields_of(login.header("GET", "/dir/index.html"))

    assert given["response"] == expected
    assert response(given, "GET", b"Circle of Life") == expected
    assert given["opaque"] == "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
    assert (given["algorithm"], given["qop"], given["nc"]) == (
        algorithm,
        "auth",
        "00000001",
    )


def test_without_a_quality_it_is_the_digest_of_rfc_2069() -> None:
    header = authenticator([MD5], CREDENTIALS).header("PLAY", URL)
    given = fields_of(header)

    assert given["response"] == response(given, "PLAY", b"open:sesame")
    assert given.keys() == {"username", "realm", "nonce", "uri", "response"}


@pytest.mark.parametrize("algorithm", ["MD5", "MD5-sess", "SHA-256", "SHA-256-sess"])
@pytest.mark.parametrize("quality", ["", ', qop="auth"', ", qop=auth,"])
def test_each_kind_of_digest_is_what_a_camera_expects(
    algorithm: str, quality: str
) -> None:
    offer = f'Digest realm="cam", nonce="n", algorithm="{algorithm}"{quality}'
    login = authenticator([offer], CREDENTIALS)

    for count in (1, 2, 3):
        given = fields_of(login.header("PLAY", URL))
        assert given["response"] == response(given, "PLAY", b"open:sesame")
        assert given["algorithm"] == algorithm
        assert given.get("nc", f"{count:08x}") == f"{count:08x}"
        assert ("qop" in given) == bool(quality)


@pytest.mark.parametrize(
    ("offers", "chosen"),
    [
        ((SHA256, MD5, BASIC), "256"),
        ((BASIC, MD5, SHA256), "256"),
        ((MD5, SHA256), "256"),
        ((MD5,), "5"),
        ((SHA512, BASIC, MD5), "5"),
        ((NTLM, MD5), "5"),
        ((MD5, MD5.replace('"5"', '"other"')), "5"),
        ((f'{MD5}, qop="auth-int"', SHA256), "256"),
        (("Digest algorithm=SHA-256", MD5), "5"),
        ((BASIC, SHA512), "Basic"),
        ((NTLM, BASIC), "Basic"),
        (("Digest realm=cam", BASIC), "Basic"),
    ],
)
@pytest.mark.parametrize("is_one_header", [False, True])
def test_the_best_is_chosen_in_whichever_order_it_is_offered(
    offers: tuple[str, ...], chosen: str, *, is_one_header: bool
) -> None:
    headers = (", ".join(offers),) if is_one_header else offers
    header = authenticator(headers, CREDENTIALS).header("PLAY", URL)

    if chosen == "Basic":
        assert header == "Basic b3BlcmF0b3I6b3BlbjpzZXNhbWU="
    else:
        assert fields_of(header)["nonce"] == chosen


@pytest.mark.parametrize(
    "offers",
    [
        (),
        ("",),
        (SHA512,),
        (NTLM,),
        ("Digest",),
        ('Digest realm="cam"',),
        (f'{MD5}, qop="auth-int"',),
        ("Bearer", "Negotiate"),
        ('realm="Basic", Digest="Basic"',),
    ],
)
def test_a_login_of_an_unknown_kind_is_said_to_be_one(offers: tuple[str, ...]) -> None:
    with pytest.raises(UnsupportedLoginError):
        authenticator(offers, CREDENTIALS)


@pytest.mark.parametrize(
    ("offer", "realm", "nonce"),
    [
        ('digest REALM="a, b=c", NONCE="n"', "a, b=c", "n"),
        (r'Digest realm="say \"cam\" \\", nonce="n"', 'say "cam" \\', "n"),
        ("Digest realm=IP Camera(12345) , nonce=n==", "IP Camera(12345)", "n=="),
        ('Digest nonce="n",realm="",stale=FALSE', "", "n"),
        ('Digest realm="cam", nonce="never closed', "cam", "never closed"),
        ('Digest realm="cam", nonce="n", nonce="other"', "cam", "n"),
    ],
)
def test_quotes_commas_and_escapes_are_read_as_cameras_write_them(
    offer: str, realm: str, nonce: str
) -> None:
    given = fields_of(authenticator([offer], CREDENTIALS).header("PLAY", URL))

    assert (given["realm"], given["nonce"]) == (realm, nonce)
    assert given["response"] == response(given, "PLAY", b"open:sesame")


@pytest.mark.parametrize(
    ("offers", "expected"),
    [
        ((f"{MD5}, stale=true",), True),
        ((SHA256, f'{MD5}, stale="TRUE"'), True),
        ((f"{MD5}, stale=FALSE",), False),
        ((MD5,), False),
        ((f'{MD5}, opaque="stale=true"',), False),
        ((), False),
    ],
)
def test_only_a_nonce_that_was_too_old_is_stale(
    offers: tuple[str, ...], *, expected: bool
) -> None:
    assert is_stale(offers) is expected


def test_nothing_of_a_login_is_in_a_repr() -> None:
    for shown in (repr(CREDENTIALS), repr(authenticator([BASIC], CREDENTIALS))):
        assert not {"operator", "open", "sesame"} & set(re.findall(r"\w+", shown))


@given(
    user=st.text(),
    password=st.text(),
    realm=st.binary(),
    algorithm=st.sampled_from(("MD5", "SHA-256")),
)
def test_whatever_realm_and_login_are_the_bytes_of_both_are_hashed(
    user: str, password: str, realm: bytes, algorithm: str
) -> None:
    quoted = re.sub(rb'(["\\])', rb"\\\1", realm)
    refused = response_of(
        b'RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Digest nonce="n", algorithm=%b, realm="'
        % algorithm.encode()
        + quoted.replace(b"\n", b"")
        + b'"\r\n\r\n'
    )
    login = authenticator(
        refused.all("www-authenticate"), Credentials(user, password)
    ).header("PLAY", URL)
    given = fields_of(login)

    assert given["username"] == user.encode().decode("latin-1")
    assert given["response"] == response(given, "PLAY", password.encode())


@given(
    offers=st.lists(
        st.one_of(
            st.text(max_size=30),
            st.lists(st.sampled_from((*'",=\\ ', "Digest ", "nonce", MD5))).map(
                "".join
            ),
        )
    )
)
def test_whatever_is_offered_is_answered_or_unknown(offers: list[str]) -> None:
    with suppress(UnsupportedLoginError):
        header = authenticator(offers, CREDENTIALS).header("PLAY", URL)
        assert header.startswith(("Basic ", "Digest "))
    assert is_stale(offers) in {True, False}


@given(header=st.binary(max_size=80))
def test_an_answer_to_what_a_camera_wrote_fits_into_a_request(header: bytes) -> None:
    head = b"RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Digest nonce=n,"
    refused = response_of(head + header.replace(b"\n", b"") + b"\r\n\r\n")
    login = authenticator(refused.all("www-authenticate"), CREDENTIALS)
    authorization = ("Authorization", login.header("PLAY", URL))

    assert RtspRequest(method="PLAY", url=URL, headers=(authorization,)).encode(1)
