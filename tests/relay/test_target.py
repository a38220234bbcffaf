import pytest

from custom_components.latchstring.relay import IngestTarget, UploadFailed
from custom_components.latchstring.relay.upload.target import endpoints, head

GOOD = IngestTarget(
    url="https://ingest.hub.example/live/7?home=1",
    host="ingest.hub.example",
    port=443,
    addresses=("203.0.113.7", "2001:db8::7"),
    token="abc-._~+/=",
)
BREAK = "\r\nX-Injected: 1"


def target(**changes: object) -> IngestTarget:
    return IngestTarget(
        **{name: getattr(GOOD, name) for name in GOOD.__slots__} | changes
    )


def test_the_request_says_what_the_protocol_asks_for_and_nothing_more() -> None:
    assert head(GOOD).decode() == (
        "POST /live/7?home=1 HTTP/1.1\r\n"
        "Host: ingest.hub.example\r\n"
        "User-Agent: Latchstring/1\r\n"
        "Authorization: Bearer abc-._~+/=\r\n"
        "Content-Type: video/mp4\r\n"
        "Transfer-Encoding: chunked\r\n"
        "DASH-IF-Ingest: 1.1\r\n"
        "\r\n"
    )


def test_an_address_without_a_path_asks_for_the_root() -> None:
    request = head(target(url="https://[::1]:8443", host="::1", port=8443))

    assert request.startswith(b"POST / HTTP/1.1\r\nHost: [::1]:8443\r\n")


@pytest.mark.parametrize(
    "changes",
    [
        {"url": GOOD.url + BREAK},
        {"url": GOOD.url + " HTTP/1.1"},
        {"url": GOOD.url + "\t"},
        {"url": GOOD.url + "\N{LATIN SMALL LETTER E WITH ACUTE}"},
        {"url": GOOD.url + "#fragment"},
        {"url": "http://ingest.hub.example/live/7"},
        {"url": "https://user@ingest.hub.example/live/7"},
        {"url": "https://ingest.hub.example:8443/live/7"},
        {"url": "https://ingest.hub.example.evil.example/live/7"},
        {"host": "other.example"},
        {"port": 8443},
        {"token": "abc" + BREAK},
        {"token": "abc def"},
        {"token": ""},
    ],
)
def test_a_target_that_could_break_a_line_or_contradicts_itself_is_refused(
    changes: dict[str, object],
) -> None:
    with pytest.raises(UploadFailed) as failure:
        head(target(**changes))
    assert failure.value.code == "target_invalid"


@pytest.mark.parametrize("address", ["ingest.hub.example", "localhost", "127.1", ""])
def test_an_address_that_would_have_to_be_resolved_is_refused(address: str) -> None:
    with pytest.raises(UploadFailed) as failure:
        endpoints(target(addresses=("203.0.113.7", address)))
    assert failure.value.code == "target_invalid"
