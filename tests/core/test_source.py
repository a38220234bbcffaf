"""What says which source an address is, and what does not."""

import pytest

from custom_components.latchstring.core.source import identities

XMEYE = "rtsp://cam/user=admin_password={}_channel={}_stream=0.sdp?real_stream"


def exact(address: str) -> str:
    return identities(address)[0]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("rtsp://cam/live?password=old", "rtsp://cam/live?password=new"),
        ("rtsp://cam/live?user=a&pwd=b&ch=1", "rtsp://cam/live?user=c&pwd=d&ch=1"),
        ("rtsp://cam/live?PWD=old", "rtsp://cam/live?PWD=new"),
        ("rtsp://cam/live?ch=1;token=a_b=c/d=", "rtsp://cam/live?ch=1;token=e_f=g/h="),
        ("rtsp://cam/live?auth=g.0.x", "rtsp://cam/live?auth=g.0.y"),
        (
            "rtsp://cam/live?loginuse=a&loginpas=b",
            "rtsp://cam/live?loginuse=&loginpas=",
        ),
        ("rtsp://cam/1?signInfo=x&expires=1", "rtsp://cam/1?signInfo=y&expires=2"),
        (XMEYE.format("old", 1), XMEYE.format("n_e_w", 1)),
        (
            "rtsp://cam/user=a&password=b&channel=1",
            "rtsp://cam/user=a&password=&channel=1",
        ),
        ("rtsp://cam/Password=old/11", "rtsp://cam/Password=new/11"),
        ("rtsp://cam/password=old", "rtsp://cam/password=new"),
    ],
)
def test_another_password_is_no_other_source(before: str, after: str) -> None:
    assert exact(before) == exact(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("rtsp://cam/live", "rtsp://cam2/live"),
        ("rtsp://cam/live", "rtsps://cam/live"),
        ("rtsp://cam:554/live", "rtsp://cam:555/live"),
        ("rtsp://cam/live1", "rtsp://cam/live2"),
        ("rtsp://cam/live?channel=1", "rtsp://cam/live?channel=2"),
        ("rtsp://cam/live?pwd=a&channel=1", "rtsp://cam/live?pwd=a&channel=2"),
        ("rtsp://cam/live?key=1", "rtsp://cam/live?key=2"),
        ("rtsp://cam/live?mytoken=1", "rtsp://cam/live?mytoken=2"),
        ("rtsp://cam/tokens/1", "rtsp://cam/tokens/2"),
        (XMEYE.format("same", 1), XMEYE.format("same", 2)),
        ("rtsp://cam/live?password=a", "rtsp://cam/live"),
        ("no address", "another"),
    ],
)
def test_all_else_makes_another_source(before: str, after: str) -> None:
    assert exact(before) != exact(after)


@pytest.mark.parametrize(
    "address",
    [
        "rtsp://cam:554/live?channel=1&subtype=0#x",
        "rtsp://[fe80::1]/",
        "rtsp://cam",
        "x",
    ],
)
def test_what_holds_no_credentials_is_told_by_all_of_it(address: str) -> None:
    assert exact(address) == address


def test_an_address_without_a_query_is_not_one_with_any_query() -> None:
    with_query, without = (
        identities("rtsp://cam/live?ch=2"),
        identities("rtsp://cam/live"),
    )

    assert without[0] not in with_query
    assert without[1:] == with_query[1:]


def test_what_stays_of_an_address_that_changes() -> None:
    one, other = (identities(f"rtsp://cam/{n}/live?id={n}") for n in range(2))

    assert [a == b for a, b in zip(one, other, strict=True)] == [False, False, True]
