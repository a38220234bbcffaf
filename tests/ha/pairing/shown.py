"""What of a home's log a hub was shown: taken out of everything that left the home for it."""

from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
import json
import re
from typing import Any, Final

from tests.end_to_end.verified import objects_in
from tests.ha.overheard import Kind, Request, requests_in
from tests.ha.wiretap import Wiretap

TOKEN: Final = re.compile(rb"eyJ[A-Za-z0-9_-]+\.(eyJ[A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+")
OPEN: Final = b"{"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """By what keys and names the home goes, and what it gave away of its tree."""

    keys: set[str] = field(default_factory=set)
    origins: set[str] = field(default_factory=set)
    roots: set[bytes] = field(default_factory=set)
    leaves: set[bytes] = field(default_factory=set)
    nodes: set[bytes] = field(default_factory=set)

    def take(self, said: dict[str, Any]) -> None:
        """Take in one object of JSON, without those inside it."""
        match said:
            case {"kty": "OKP", "x": str(key)} | {"iss": str(key)}:
                self.keys.add(key)
        match said:
            case {"log_origin": str(origin)}:
                self.origins.add(origin)
            case {"checkpoint": str(note)}:
                origin, _, root, *_ = note.split("\n")
                self.origins.add(origin)
                self.roots.add(b64decode(root))
        match said:
            case {"salt": str(salt), "content": str(content)}:
                leaf = b"\x00" + b64decode(salt) + b64decode(content)
                self.leaves.add(sha256(leaf).digest())
        for path in ("inclusion", "consistency"):
            self.nodes.update(map(b64decode, said.get(path, ())))


def shown_by(tap: Wiretap) -> Shown:
    """Read all that a hub was sent."""
    shown = Shown()
    for request in requests_in(tap.calls):
        for said in objects_in(values_in(request)):
            shown.take(said)
    return shown


def values_in(request: Request) -> Iterator[Any]:
    """Give what is JSON, and what the home's own tokens say."""
    if request.kind is Kind.PAIRING:
        yield json.loads(request.body)
    for message in request.messages:
        if message.startswith(OPEN):
            yield json.loads(message)
    for payload in TOKEN.findall(request.head + request.body):
        yield json.loads(b64decode(payload + b"==", altchars=b"-_"))
