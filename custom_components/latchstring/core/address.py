"""URLs, origins and IP addresses: parsed strictly, and where a home may connect to.

Two ways to fail: refusing a hub with an unusual address, and reaching into the home's
own network for a stranger. The second is worse: what can be read two ways is refused.
"""

from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
import re
from typing import Final, override

MAX_URL_CHARS: Final = 512
DEFAULT_PORT: Final = 443
MAX_PORT: Final = 65_535
MAX_HOST_CHARS: Final = 253

_CHARACTER: Final = r"[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2}"
_URL: Final = re.compile(
    r"(?P<scheme>[A-Za-z]+)://"
    r"(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?"
    rf"(?P<rest>(?:/(?:{_CHARACTER}|/)*(?:\?(?:{_CHARACTER}|[/?])*)?)?)"
)
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
"""A last label that some resolvers read as part of an IPv4 address, as in 127.1 or 0x7f.1."""

_LOCAL: Final = tuple(
    map(
        ip_network,
        (
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "::1/128",
            "fc00::/7",
            "fe80::/10",
        ),
    )
)
"""The networks in which a hub in the owner's own network can be."""

_NAT64: Final = IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")


class AddressError(ValueError):
    """A URL that is not in the one form that all parsers read alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Scheme, host and port: the host in lower case, an IPv6 one without brackets."""

    scheme: str
    host: str
    port: int

    @override
    def __str__(self) -> str:
        return f"{self.scheme}://{self.place}"

    @property
    def place(self) -> str:
        """Return the host, and the port unless it is the default."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORT else f"{host}:{self.port}"


def origin_of(url: str, *, scheme: str = "https") -> Origin:
    """Return the origin of an absolute URL without user information and fragment."""
    return _read(url, scheme)[0]


def parse_origin(text: str) -> Origin:
    """Return the origin of `https://host[:port]`; AddressError if anything follows it."""
    origin, rest = _read(text, "https")
    if rest:
        raise AddressError
    return origin


def ingest_allowed(url: str, origins: Collection[Origin]) -> bool:
    """Return whether a URL lies in one of the pinned origins."""
    try:
        return origin_of(url) in origins
    except AddressError:
        return False


def _read(url: str, scheme: str) -> tuple[Origin, str]:
    parts = _URL.fullmatch(url) if len(url) <= MAX_URL_CHARS else None
    if parts is None or parts["scheme"].lower() != scheme:
        raise AddressError
    port = int(parts["port"] or DEFAULT_PORT)
    if port > MAX_PORT:
        raise AddressError
    return Origin(scheme=scheme, host=_host(parts["host"]), port=port), parts["rest"]


def _host(text: str) -> str:
    host = text.lower()
    if host.startswith("["):
        return _canonical(IPv6Address, host[1:-1])
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _canonical(IPv4Address, host)
    if len(host) > MAX_HOST_CHARS or not all(map(_LABEL.fullmatch, labels)):
        raise AddressError
    return host


def _canonical(kind: type[IPv4Address | IPv6Address], text: str) -> str:
    try:
        return str(kind(text))
    except ValueError as error:
        raise AddressError from error


def is_public(address: str) -> bool:
    """Return whether an IP address is a unicast address of the public internet."""
    match _unwrapped(address):
        case IPv4Address() as ip:
            return ip.is_global and not ip.is_multicast
        case IPv6Address() as ip:
            return ip.is_global and ip in _GLOBAL_UNICAST
    return False


def permitted(address: str, host: str, typed_host: str) -> bool:
    """Return whether a home may connect to this address of this host.

    A private one only where this very host is in the invitation that the owner typed.
    """
    return is_public(address) or (host == typed_host and _is_local(address))


def is_permitted_if_an_address(host: str, typed_host: str) -> bool:
    """Return whether a home may connect to a host that is an IP address; True for a name."""
    return _unwrapped(host) is None or permitted(host, host, typed_host)


def _is_local(address: str) -> bool:
    ip = _unwrapped(address)
    return ip is not None and any(ip in network for network in _LOCAL)


def _unwrapped(address: str) -> IPv4Address | IPv6Address | None:
    """Return an IP address; a mapped or NAT64 one as the IPv4 address in it. None if it is none, or has a scope."""
    try:
        ip = ip_address(address)
    except ValueError:
        return None
    if isinstance(ip, IPv4Address):
        return ip
    if ip.scope_id is not None:
        return None
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip
