"""Addresses of cameras: RTSP URLs (RFC 7826, section 4.2) as people write them, and controls as cameras do."""

from dataclasses import dataclass, field, replace
from ipaddress import IPv6Address
import re
from typing import Final
from urllib.parse import quote, unquote

from .digest import Credentials

_PORTS: Final = {"rtsp": 554, "rtsps": 322}
_MOST_PORT: Final = 65_535
_LONGEST: Final = 4_096
_LONGEST_HOST: Final = 253

_SCHEME: Final = re.compile(r"(rtsps?)://", re.IGNORECASE)
_PARTS: Final = re.compile(r"([^/?#]*)([^#]*)", re.DOTALL)
"""The authority, and path and query; a fragment is never sent."""
_HOST: Final = re.compile(
    r"(?:\[([0-9A-Fa-f:.]+)(?:%(?:25)?([A-Za-z0-9._~-]+))?\]|([\w.~-]+))"
    r"(?::([0-9]{0,5}))?"
)
_NAME: Final = re.compile(r"[a-z0-9._~-]+")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
_KEPT: Final = "".join(map(chr, range(0x21, 0x7F)))
"""What a camera is told as it was written, because players do that: everything a line can have."""


class MalformedAddressError(ValueError):
    """An address that is none of RTSP; its text contains nothing of it."""

    def __init__(self) -> None:
        super().__init__("not an RTSP address")


@dataclass(frozen=True, slots=True, kw_only=True)
class RtspAddress:
    """Where a camera is, and what it is asked for; its repr shows neither.

    `url` is for requests: without login and fragment, in ASCII.
    """

    host: str = field(repr=False)
    port: int
    is_tls: bool
    credentials: Credentials | None = field(repr=False)
    url: str = field(repr=False)


def read_address(url: str) -> RtspAddress:
    """Read a URL with a login raw or percent-encoded; MalformedAddressError where it is no RTSP address.

    The login ends at the last @ before the path, so that a raw password may contain one.
    """
    text = url.strip()
    scheme = _SCHEME.match(text)
    parts = _PARTS.match(text, scheme.end()) if scheme else None
    if (
        scheme is None
        or parts is None
        or len(text) > _LONGEST
        or _SURROGATE.search(text)
    ):
        raise MalformedAddressError
    name = scheme[1].lower()
    login, _, authority = parts[1].rpartition("@")
    host, written, port = _host(authority)
    return RtspAddress(
        host=host,
        port=_PORTS[name] if port is None else port,
        is_tls=name == "rtsps",
        credentials=_credentials(login),
        url=f"{name}://{written}{'' if port is None else f':{port}'}{quote(parts[2], _KEPT)}",
    )


def control_url(base: str, control: str) -> str:
    """Return the URL of a track or session, in ASCII (RFC 2326, section C.1.1).

    What is relative is appended to the whole base, query included, and a slash is not doubled: this is what players
    do and so what cameras expect, not the resolution of RFC 3986. A URL with another host is returned like any other.
    """
    base, control = _wire(base), _wire(control)
    if _SCHEME.match(control):
        return control
    if control in {"", "*"}:
        return base
    if control.startswith("?"):
        return base + control
    return f"{base.removesuffix('/')}/{control.removeprefix('/')}"


def redirected(address: RtspAddress, location: str) -> RtspAddress | None:
    """Return the address that a camera refers to, with the login for this one.

    None where it is not an RTSP address, names another host, or gives up TLS.
    """
    try:
        found = read_address(_wire(location))
    except MalformedAddressError:
        return None
    if found.host != address.host or (address.is_tls and not found.is_tls):
        return None
    return replace(found, credentials=address.credentials)


def _host(authority: str) -> tuple[str, str, int | None]:
    """Return the host to connect to, as it is written in a URL, and the port if one is named."""
    found = _HOST.fullmatch(authority)
    if found is None:
        raise MalformedAddressError
    literal, zone, name, port = found.groups()
    if port and not 0 < int(port) <= _MOST_PORT:
        raise MalformedAddressError
    host = _name(name) if literal is None else _literal(literal)
    written = host if literal is None else f"[{host}]"
    return f"{host}%{zone}" if zone else host, written, int(port) if port else None


def _literal(text: str) -> str:
    try:
        return IPv6Address(text).compressed
    except ValueError:
        raise MalformedAddressError from None


def _name(text: str) -> str:
    """Return a name as it is looked up; a long one is refused unread, as IDNA takes its time."""
    if len(text) > _LONGEST_HOST:
        raise MalformedAddressError
    try:
        name = text.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise MalformedAddressError from None
    if not _NAME.fullmatch(name):
        raise MalformedAddressError
    return name


def _credentials(login: str) -> Credentials | None:
    user, _, password = (
        unquote(part, errors="surrogateescape") for part in login.partition(":")
    )
    if _CONTROL.search(user + password):
        raise MalformedAddressError
    return Credentials(user, password) if login else None


def _wire(text: str) -> str:
    """Return what a camera wrote as it fits into a request: its bytes, percent-encoded where they do not."""
    return quote(text.strip(), _KEPT, "latin-1", "replace")
