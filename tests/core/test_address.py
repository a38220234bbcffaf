"""A home connects only where an address can be read in one way, and only outwards."""

from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.core.address import (
    AddressError,
    Origin,
    ingest_allowed,
    is_permitted_if_an_address,
    is_public,
    origin_of,
    parse_origin,
    permitted,
)

PINNED = (parse_origin("https://ingest.hub.example"),)

ORIGINS = {
    "https://hub.example": ("hub.example", 443),
    "https://hub.example:443": ("hub.example", 443),
    "https://hub.example:8443": ("hub.example", 8443),
    "HTTPS://Hub.Example": ("hub.example", 443),
    "https://xn--bcher-kva.example": ("xn--bcher-kva.example", 443),
    "https://localhost": ("localhost", 443),
    "https://192.0.2.7": ("192.0.2.7", 443),
    "https://[2001:DB8:0:0::1]:8443": ("2001:db8::1", 8443),
    "https://[::1]": ("::1", 443),
    "https://a.1b": ("a.1b", 443),
}

UNREADABLE = (
    "",
    "hub.example",
    "//hub.example",
    "http://hub.example",
    "wss://hub.example",
    "https:hub.example",
    "https:/hub.example",
    "https:///hub.example",
    "https:\\\\hub.example",
    "https://",
    "https://:443",
    "https://user@hub.example",
    "https://user:password@hub.example",
    "https://hub.example@evil.example",
    "https://hub.example\\@evil.example",
    "https://hub.example\\.evil.example",
    "https://hub.example#@evil.example",
    "https://hub.example?",
    "https://hub.example.",
    "https://hub..example",
    "https://.hub.example",
    "https://-hub.example",
    "https://hub-.example",
    "https://hub_desk.example",
    "https://hub%2eexample",
    "https://hub.example%00",
    "https://bücher.example",
    "https://hub.ex\u0430mple",
    "https://hub\u3002example",
    "https://\uff48ub.example",
    "https://hub.example\n",
    " https://hub.example",
    "https://hub.exa\tmple",
    "https://hub.example:",
    "https://hub.example:0",
    "https://hub.example:0443",
    "https://hub.example:65536",
    "https://hub.example:+443",
    "https://hub.example:\u0664\u0664\u0663",
    "https://127.1",
    "https://0177.0.0.1",
    "https://127.0.0.01",
    "https://0x7f.1",
    "https://0x7f000001",
    "https://2130706433",
    "https://1.2.3.4.5",
    "https://256.0.0.1",
    "https://a.0x",
    "https://[::1",
    "https://::1",
    "https://[::1]a",
    "https://[fe80::1%25eth0]",
    "https://[fe80::1%eth0]",
    "https://[127.0.0.1]",
    "https://[:::1]",
    "https://" + "a" * 64 + ".example",
    "https://" + "a." * 126 + "example",
)

ELSEWHERE = (
    "https://ingest.hub.example.evil.example/in",
    "https://evil-ingest.hub.example/in",
    "https://ingest.hub.example:8443/in",
    "https://hub.example/in",
    "http://ingest.hub.example/in",
    "wss://ingest.hub.example/in",
    "https:/ingest.hub.example/in",
    "https://ingest.hub.example@evil.example/in",
    "https://user@ingest.hub.example/in",
    "https://ingest.hub.example\\@evil.example/in",
    "https://evil.example/https://ingest.hub.example/in",
    "https://ingest.hub.example./in",
    "https://ingest.hub.example#/in",
    "https://ingest.hub.example/in#x",
    "https://ingest.hub.example/i n",
    "https://ingest.hub.example/in\r\nHost: evil.example",
    "https://ingest.hub.example/in%",
    "https://ingest.hub.example/in%zz",
    "https://ingest.hub.example/ü",
    "https://ingest.hub.example/" + "a" * 512,
)

PUBLIC = (
    "8.8.8.8",
    "192.0.0.9",
    "2606:4700::1111",
    "64:ff9b::808:808",
    "::ffff:8.8.8.8",
)

NOT_PUBLIC = {
    "loopback": "127.0.0.1",
    "loopback, another": "127.9.9.9",
    "loopback 6": "::1",
    "private 10": "10.0.0.1",
    "private 172": "172.31.255.255",
    "private 192": "192.168.1.1",
    "carrier-grade": "100.64.0.1",
    "link-local": "169.254.169.254",
    "link-local 6": "fe80::1",
    "zone": "fe80::1%eth0",
    "zone of a public one": "2606:4700::1111%eth0",
    "unique local": "fd00::1",
    "site-local": "fec0::1",
    "unspecified": "0.0.0.0",  # noqa: S104 - nothing is bound to it
    "unspecified 6": "::",
    "this network": "0.1.2.3",
    "multicast": "224.0.0.1",
    "multicast 6": "ff0e::1",
    "broadcast": "255.255.255.255",
    "reserved": "240.0.0.1",
    "documentation": "192.0.2.1",
    "documentation 6": "2001:db8::1",
    "mapped loopback": "::ffff:127.0.0.1",
    "mapped private": "::ffff:c0a8:101",
    "compatible loopback": "::127.0.0.1",
    "NAT64 of loopback": "64:ff9b::7f00:1",
    "NAT64 of private": "64:ff9b::10.0.0.1",
    "local NAT64": "64:ff9b:1::808:808",
    "6to4 of private": "2002:c0a8:101::1",
    "Teredo": "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "segment routing": "5f00::1",
    "decimal": "2130706433",
    "octal": "0177.0.0.1",
    "short": "127.1",
    "hexadecimal": "0x7f.0.0.1",
    "name": "localhost",
    "brackets": "[::1]",
    "nothing": "",
}

NEVER = ("0.0.0.0", "::", "224.0.0.1", "255.255.255.255", "ff02::1", "fe80::1%1", "x")  # noqa: S104 - nothing is bound to it


@pytest.mark.parametrize(("text", "parts"), ORIGINS.items())
def test_an_origin_is_read_by_its_parts(text: str, parts: tuple[str, int]) -> None:
    origin = parse_origin(text)
    assert origin == Origin(scheme="https", host=parts[0], port=parts[1])
    assert parse_origin(str(origin)) == origin


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_can_be_read_two_ways_is_no_origin(text: str) -> None:
    for read in (parse_origin, origin_of):
        with pytest.raises(AddressError):
            read(text)


@pytest.mark.parametrize("behind", ["/", "/x", "?x", "/?x", "#"])
def test_nothing_stands_behind_an_origin(behind: str) -> None:
    with pytest.raises(AddressError):
        parse_origin(f"https://hub.example{behind}")


def test_a_url_has_the_scheme_it_must_have() -> None:
    control = origin_of("wss://hub.example/control", scheme="wss")
    assert str(control) == "wss://hub.example"
    with pytest.raises(AddressError):
        origin_of("https://hub.example/control", scheme="wss")


@pytest.mark.parametrize(
    "url",
    [
        "https://ingest.hub.example/in/video.cmfv",
        "https://INGEST.hub.example:443/in?part=1/2&x=%2f",
        "https://ingest.hub.example",
    ],
)
def test_a_target_in_a_pinned_origin_is_allowed(url: str) -> None:
    assert ingest_allowed(url, PINNED)


@pytest.mark.parametrize("url", ELSEWHERE)
def test_a_target_that_only_looks_pinned_is_not_allowed(url: str) -> None:
    assert not ingest_allowed(url, PINNED)


@given(st.text())
def test_whatever_is_written_around_a_pinned_host_leads_nowhere_else(text: str) -> None:
    for url in (f"https://ingest.hub.example{text}", f"https://{text}hub.example/"):
        if ingest_allowed(url, PINNED):
            rest = url.lower().removeprefix("https://ingest.hub.example")
            assert rest.removeprefix(":443")[:1] in ("", "/")


@given(st.text())
def test_any_text_is_an_origin_or_none(text: str) -> None:
    for written in (text, f"https://{text}", f"https://[{text}]"):
        try:
            origin = parse_origin(written)
        except AddressError:
            continue
        assert parse_origin(str(origin)) == origin


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_permitted_to_any_host(address: str) -> None:
    assert is_public(address)
    assert permitted(address, "ingest.example", "hub.example")


@pytest.mark.parametrize("address", NOT_PUBLIC.values(), ids=NOT_PUBLIC)
def test_no_stranger_leads_into_the_homes_own_network(address: str) -> None:
    assert not is_public(address)
    assert not permitted(address, "ingest.example", "hub.example")


@pytest.mark.parametrize("address", ["192.168.1.9", "127.0.0.1", "::1", "fd00::9"])
def test_a_private_address_is_permitted_to_the_host_the_owner_typed(
    address: str,
) -> None:
    assert permitted(address, "desk.local", "desk.local")
    assert not permitted(address, "other.local", "desk.local")


@pytest.mark.parametrize("address", NEVER)
def test_what_is_no_single_hosts_address_is_never_permitted(address: str) -> None:
    assert not permitted(address, "desk.local", "desk.local")


@pytest.mark.parametrize(
    "host",
    [
        "192.168.1.1",
        "169.254.169.254",
        "127.0.0.1",
        "0.0.0.0",  # noqa: S104 - an address to refuse, not one to listen on
        "224.0.0.1",
        "::1",
        "::ffff:127.0.0.1",
        "fd00::1",
    ],
)
def test_an_address_that_is_never_connected_to_is_known_as_it_is_written(
    host: str,
) -> None:
    assert not is_permitted_if_an_address(host, "desk.local")


@pytest.mark.parametrize(
    "host", ["ingest.example", "desk.local", "10.example", "1.1.1.1", "192.168.1.5"]
)
def test_what_may_be_connected_to_is_left_to_the_connection(host: str) -> None:
    assert is_permitted_if_an_address(host, "192.168.1.5")
