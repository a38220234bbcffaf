"""The target of an upload, and its HTTP/1.1 framing: one endless chunked POST.

As in DASH-IF Live Media Ingest, interface 1.
"""

from dataclasses import dataclass
import hashlib
import ipaddress
import re
import socket

from ...core.address import AddressError, origin_of
from ..errors import TARGET_INVALID, UploadFailed

_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""A bearer token as in RFC 6750."""
_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}


type Octets = bytes  # `Progress` has a field that is called bytes

_CHAIN_START: Octets = bytes(32)


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestTarget:
    """The destination of one upload; its addresses are resolved and checked already."""

    url: str
    host: str
    port: int
    addresses: tuple[str, ...]
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What was handed to the transport so far: an upper bound of what the hub received."""

    bytes: int = 0
    fragments: int = 0
    """Parts as the protocol counts them: init segments too."""
    chain: Octets = _CHAIN_START

    def after(self, part: Octets) -> Progress:
        """Return the progress after one more part."""
        return Progress(
            bytes=self.bytes + len(part),
            fragments=self.fragments + 1,
            chain=hashlib.sha256(self.chain + hashlib.sha256(part).digest()).digest(),
        )


NOTHING_SENT = Progress()


def head(target: IngestTarget) -> bytes:
    """Return the head of the request.

    UploadFailed for a target whose URL and address disagree, or whose token could inject a header.
    """
    try:
        origin = origin_of(target.url)
    except AddressError:
        raise UploadFailed(TARGET_INVALID) from None
    if (origin.host, origin.port) != (target.host, target.port) or not _TOKEN.fullmatch(
        target.token
    ):
        raise UploadFailed(TARGET_INVALID)
    _, _, path = target.url.partition("://")[2].partition("/")
    lines = (
        f"POST /{path} HTTP/1.1",
        f"Host: {str(origin).partition('://')[2]}",
        "User-Agent: Latchstring/1",
        f"Authorization: Bearer {target.token}",
        "Content-Type: video/mp4",
        "Transfer-Encoding: chunked",
        "DASH-IF-Ingest: 1.1",
    )
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode("ascii")


def chunk(*parts: bytes) -> bytes:
    """Return the parts as one HTTP chunk."""
    content = b"".join(parts)
    return b"%x\r\n%b\r\n" % (len(content), content)


def endpoints(target: IngestTarget) -> list[tuple[socket.AddressFamily, str]]:
    """Return the addresses with their families; UploadFailed for a name, which would be resolved a second time."""
    try:
        return [
            (_FAMILIES[ipaddress.ip_address(address).version], address)
            for address in target.addresses
        ]
    except ValueError:
        raise UploadFailed(TARGET_INVALID) from None
