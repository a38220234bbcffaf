"""Addresses as people write them, and controls and redirects as cameras do."""

from contextlib import suppress
import re
from urllib.parse import quote

from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.relay.rtsp.digest import Credentials
from custom_components.latchstring.relay.rtsp.message import RtspRequest
from custom_components.latchstring.relay.rtsp.url import (
    MalformedAddressError,
    control_url,
    read_address,
    redirected,
)

SECRET = "rtsp://operator:sesame@camera.example:8554/hidden?token=abc#part"
"""Every part of it is nobody's business."""


def is_sendable(url: str) -> bool:
    return bool(RtspRequest(method="PLAY", url=url).encode(1))


@pytest.mark.parametrize(
    ("url", "host", "port", "request_url"),
    [
        ("rtsp://cam", "cam", 554, "rtsp://cam"),
        ("rtsp://cam/", "cam", 554, "rtsp://cam/"),
        ("rtsp://cam:/live", "cam", 554, "rtsp://cam/live"),
        ("rtsp://cam:554/live", "cam", 554, "rtsp://cam:554/live"),
        (
            "RTSP://Cam.Example:8554/Live",
            "cam.example",
            8554,
            "rtsp://cam.example:8554/Live",
        ),
        ("rtsps://cam/live", "cam", 322, "rtsps://cam/live"),
        ("rtsps://cam:7441/a?enableSrtp", "cam", 7441, "rtsps://cam:7441/a?enableSrtp"),
        ("  rtsp://my_cam-1/live\n", "my_cam-1", 554, "rtsp://my_cam-1/live"),
        ("rtsp://u:p@10.0.0.9/a?b=c&d#e", "10.0.0.9", 554, "rtsp://10.0.0.9/a?b=c&d"),
        ("rtsp://cam?user=a@b/c", "cam", 554, "rtsp://cam?user=a@b/c"),
        ("rtsp://cam#part", "cam", 554, "rtsp://cam"),
        ("rtsp://[2001:DB8:0::7]:99/x", "2001:db8::7", 99, "rtsp://[2001:db8::7]:99/x"),
        ("rtsp://a@[::1]/x", "::1", 554, "rtsp://[::1]/x"),
        ("rtsp://[fe80::1%25eth0]/x", "fe80::1%eth0", 554, "rtsp://[fe80::1]/x"),
        ("rtsp://[fe80::1%eth0]/x", "fe80::1%eth0", 554, "rtsp://[fe80::1]/x"),
        (
            "rtsp://türe.example/x",
            "xn--tre-hoa.example",
            554,
            "rtsp://xn--tre-hoa.example/x",
        ),
        ("rtsp://cam/ä b%20c%zz{|}", "cam", 554, "rtsp://cam/%C3%A4%20b%20c%zz{|}"),
        ("rtsp://cam/a\r\nX: 1", "cam", 554, "rtsp://cam/a%0D%0AX:%201"),
    ],
)
def test_an_address_is_taken_apart(
    url: str, host: str, port: int, request_url: str
) -> None:
    address = read_address(url)

    assert (address.host, address.port, address.url) == (host, port, request_url)
    assert address.is_tls is request_url.startswith("rtsps")
    assert is_sendable(address.url)


@pytest.mark.parametrize(
    ("login", "user", "password"),
    [
        ("u:p", "u", "p"),
        ("u", "u", ""),
        ("u:", "u", ""),
        (":p", "", "p"),
        ("u:@", "u", "@"),
        ("u@home:p@ss", "u@home", "p@ss"),
        ("u:p:q", "u", "p:q"),
        ("u:p q", "u", "p q"),
        ("u:100%", "u", "100%"),
        ("u:%zz%4", "u", "%zz%4"),
        ("u:a+b&c", "u", "a+b&c"),
        ("u:ä", "u", "ä"),
        ("u:%41%2F%23%3f%40", "u", "A/#?@"),
        ("%75:%C3%A4", "u", "ä"),
        ('u:[x]\\^`{|}"<>$', "u", '[x]\\^`{|}"<>$'),
    ],
)
def test_a_login_works_raw_and_encoded(login: str, user: str, password: str) -> None:
    assert read_address(f"rtsp://{login}@cam/x").credentials == Credentials(
        user, password
    )


@pytest.mark.parametrize("url", ["rtsp://cam/x", "rtsp://@cam/x", "rtsp://cam/a@b"])
def test_without_a_login_there_is_none(url: str) -> None:
    assert read_address(url).credentials is None


@given(user=st.text(), password=st.text())
def test_an_encoded_login_comes_back_as_it_was(user: str, password: str) -> None:
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    try:
        address = read_address(f"rtsp://{login}@cam/x")
    except MalformedAddressError:
        assert re.search(r"[\x00-\x1f\x7f]", user + password) or len(login) > 4000
        return
    assert address.credentials == Credentials(user, password)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "camera.example",
        "http://camera.example/live",
        "rtmp://camera.example/live",
        "rtsp:/camera.example",
        "rtsp://",
        "rtsp:///live",
        "rtsp://operator:sesame@/live",
        "rtsp://camera.example:0/",
        "rtsp://camera.example:65536/",
        "rtsp://camera.example:sesame/",
        "rtsp://operator:sesame/1@camera.example/",
        "rtsp://camera example/",
        "rtsp://camera..example/",
        "rtsp://camera%41.example/",
        "rtsp://camera\x08.example/",
        "rtsp://camera⑴.example/",
        f"rtsp://{'a' * 64}.example/",
        f"rtsp://{'a.' * 127}a/",
        f"rtsp://camera.example/{'a' * 4096}",
        "rtsp://2001:db8::7/live",
        "rtsp://[2001:db8::7/live",
        "rtsp://[camera.example]/live",
        "rtsp://[127.0.0.1]/live",
        "rtsp://operator:sesame%0D%0A@camera.example/",
        "rtsp://camera.example/\ud800",
    ],
)
def test_what_is_no_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(MalformedAddressError) as refusal:
        read_address(url)
    assert str(refusal.value) == "not an RTSP address"
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


def test_nothing_of_an_address_is_in_its_repr() -> None:
    assert repr(read_address(SECRET)) == "RtspAddress(port=8554, is_tls=False)"


@given(url=st.one_of(st.text(), st.text().map("rtsp://{}".format)))
def test_whatever_is_written_is_an_address_to_ask_or_refused(url: str) -> None:
    with suppress(MalformedAddressError):
        address = read_address(url)
        assert is_sendable(address.url)
        assert 0 < address.port < 65_536
        assert address.host.isascii()


@pytest.mark.parametrize(
    ("base", "control", "expected"),
    [
        ("rtsp://h/live", "", "rtsp://h/live"),
        ("rtsp://h/live/", "*", "rtsp://h/live/"),
        ("rtsp://h/live", "trackID=1", "rtsp://h/live/trackID=1"),
        ("rtsp://h/live/", "trackID=1", "rtsp://h/live/trackID=1"),
        ("rtsp://h", "track1", "rtsp://h/track1"),
        ("rtsp://h/live?x=1", "track1", "rtsp://h/live?x=1/track1"),
        ("rtsp://h/live?x=1/", "track1", "rtsp://h/live?x=1/track1"),
        ("rtsp://h/", "/media/1/video/1", "rtsp://h/media/1/video/1"),
        ("rtsp://h", "/media/1/video/1", "rtsp://h/media/1/video/1"),
        ("rtsp://h/live/", "/trackID=1", "rtsp://h/live/trackID=1"),
        ("rtsp://h/a.sdp", "?ctype=video", "rtsp://h/a.sdp?ctype=video"),
        ("rtsp://h/live", "rtsp://h/live/track1", "rtsp://h/live/track1"),
        ("rtsp://h/live", "RTSP://0.0.0.0:554/t?a/b", "RTSP://0.0.0.0:554/t?a/b"),
        ("rtsps://h/live", "rtsps://[::1]/t", "rtsps://[::1]/t"),
        ("rtsp://h/live", " track 1\xe4", "rtsp://h/live/track%201%E4"),
        (" rtsp://h/my cam/ ", "track1", "rtsp://h/my%20cam/track1"),
    ],
)
def test_a_control_of_any_shape_is_a_url_as_players_would_ask_for(
    base: str, control: str, expected: str
) -> None:
    assert control_url(base, control) == expected


@given(base=st.text(min_size=1), control=st.text())
def test_whatever_the_control_the_url_can_be_sent(base: str, control: str) -> None:
    url = control_url(f"rtsp://h/{base}", control)
    assert is_sendable(url)
    assert control_url(url, "*") == url


@pytest.mark.parametrize(
    ("address", "location", "url"),
    [
        ("rtsp://u:p@cam/a", "rtsp://cam/b", "rtsp://cam/b"),
        ("rtsp://u:p@cam/a", "RTSP://CAM:8554/b", "rtsp://cam:8554/b"),
        ("rtsp://u:p@cam/a", "rtsp://x:y@cam/b", "rtsp://cam/b"),
        ("rtsp://u:p@cam/a", "rtsps://cam/b", "rtsps://cam/b"),
        ("rtsps://u:p@cam/a", "rtsps://cam:322/b", "rtsps://cam:322/b"),
        ("rtsp://u:p@[::1]/a", "rtsp://[0:0::1]/b", "rtsp://[::1]/b"),
        ("rtsp://u:p@cam/a", "rtsp://cam/b \xe4", "rtsp://cam/b%20%E4"),
    ],
)
def test_a_redirect_within_the_camera_keeps_the_login(
    address: str, location: str, url: str
) -> None:
    found = redirected(read_address(address), location)

    assert found is not None
    assert (found.url, found.credentials) == (url, Credentials("u", "p"))


@pytest.mark.parametrize(
    ("address", "location"),
    [
        ("rtsp://cam/a", "rtsp://other/a"),
        ("rtsp://cam/a", "rtsp://cam.example/a"),
        ("rtsp://cam/a", "rtsp://cam@other/a"),
        ("rtsp://cam/a", "http://cam/a"),
        ("rtsp://cam/a", "/b"),
        ("rtsp://cam/a", ""),
        ("rtsps://cam/a", "rtsp://cam/a"),
    ],
)
def test_a_redirect_to_anywhere_else_is_none(address: str, location: str) -> None:
    assert redirected(read_address(address), location) is None
