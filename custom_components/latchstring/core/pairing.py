"""Invitations, and the discovery document of a hub with its agreement: parsed before anything is signed."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .address import AddressError, Origin, origin_of, parse_origin
from .canonical import canonical_json
from .errors import PairingError, PairingProblem
from .schema import (
    MalformedError,
    Parser,
    boolean,
    display_name,
    each,
    identifier,
    integer,
    matching,
    members,
    plain,
    sha256_hex,
    shape,
    strict_json,
    string,
)
from .signatures.hub_key import successions
from .signatures.jose import accepted_key, public_key, thumbprint

VERSION: Final = "1"
MAX_DISCOVERY_BYTES: Final = 262_144


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A hub's origin, a one-time code, and the thumbprint of the hub's key."""

    origin: Origin
    code: str
    hub_id: str

    @property
    def typed_host(self) -> str:
        """Return the host that the owner typed: private addresses are permitted for no other."""
        return self.origin.host


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """A purpose to watch for: its name in the protocol and its label."""

    purpose: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms of an agreement as data."""

    purposes: tuple[Purpose, ...]
    retention_days: int
    facial_recognition: bool
    analytics: bool
    onward_disclosure: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A hub's agreement; `sha256` is over version, text and terms."""

    version: str
    text: str
    sha256: str
    terms: Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """A hub's discovery document, parsed; `document` is its text as received, to be stored."""

    name: str
    contact: str
    assertion_key: Ed25519PublicKey
    witness_key: Ed25519PublicKey
    control_url: str
    pairing_url: str
    ingest_origins: tuple[Origin, ...]
    agreement: Agreement
    revision: int = field(default=0, compare=False)
    """The newest of version 1 that the hub reads now, which is no part of what an owner accepts."""
    successions: tuple[str, ...] = ()
    document: str = field(repr=False, compare=False)

    @property
    def hub_id(self) -> str:
        """Return the id of the hub: its assertion key's thumbprint."""
        return thumbprint(self.assertion_key)


def _ingest_origin(value: object) -> Origin:
    try:
        return parse_origin(string(value))
    except AddressError as error:
        raise MalformedError from error


_THUMBPRINT: Final = matching(r"[A-Za-z0-9_-]{43}")


def _agreement(name: Callable[[int], Parser[str]]) -> Parser[Agreement]:
    """Return a parser of agreements, whose names `name` parses."""
    purpose = shape(
        Purpose, {"purpose": matching(r"[a-z0-9-]{1,32}"), "label": name(80)}
    )
    terms = shape(
        Terms,
        {
            "purposes": each(purpose, 32, least=1),
            "retention_days": integer(0, 36_500),
            "facial_recognition": boolean,
            "analytics": boolean,
            "onward_disclosure": each(name(80), 32),
        },
    )
    return shape(
        Agreement,
        {
            "version": name(32),
            "text": plain(65_536, multiline=True),
            "sha256": sha256_hex,
            "terms": terms,
        },
    )


def _document(
    name: Callable[[int], Parser[str]],
    key: Parser[Ed25519PublicKey],
    revision: Parser[int],
) -> Parser[dict[str, Any]]:
    """Return a parser of discovery documents, whose names, keys and revision these parse."""
    return members(
        {
            "versions": each(plain(8), 16, least=1),
            "revision": revision,
            "name": name(80),
            "contact": name(200),
            "keys": members({"assertion": key, "witness": key}),
            "control_url": string,
            "pairing_url": string,
            "ingest_origins": each(_ingest_origin, 8, least=1),
            "agreement": _agreement(name),
            "successions": successions,
        },
        optional=("revision", "successions"),
        more=True,  # members of newer hubs; all that an owner accepts is known and hashed
    )


_OFFERED: Final = _document(display_name, public_key, integer(0))
_ACCEPTED: Final = _document(plain, accepted_key, lambda _unread: 0)
"""For documents accepted under older rules: such a hub can still be closed, exported and removed.

Nothing is sent to it: its document of now is parsed by today's rules before each connection, and refused.
"""

_INVITATION: Final = members({"v": string, "code": identifier, "key": _THUMBPRINT})


def parse_invitation(link: str) -> Invitation:
    """Parse the link of an invitation, or raise PairingError."""
    address, _, fragment = link.partition("#")
    scheme, separator, _ = address.partition("://")
    if separator and scheme.isalpha() and scheme.lower() != "https":
        raise PairingError(PairingProblem.INVITATION_NOT_HTTPS)
    try:
        origin = origin_of(address)
        invited = _INVITATION(_parameters(fragment))
    except (AddressError, MalformedError) as error:
        raise PairingError(PairingProblem.INVITATION_MALFORMED) from error
    return Invitation(origin=origin, code=invited["code"], hub_id=invited["key"])


def _parameters(fragment: str) -> dict[str, str]:
    """Parse `name=value&...`; raise HUB_TOO_NEW for another version."""
    pairs = [pair.partition("=")[::2] for pair in fragment.split("&")]
    parameters = dict(pairs)
    if parameters.get("v", VERSION) != VERSION:
        raise PairingError(PairingProblem.HUB_TOO_NEW)
    if len(parameters) != len(pairs):
        raise MalformedError
    return parameters


def parse_discovery(data: bytes, *, origin: Origin) -> Discovery:
    """Parse the discovery document of the hub at `origin`, or raise PairingError."""
    return _read(data, _OFFERED, origin)


def parse_accepted(document: str, *, origin: Origin) -> Discovery:
    """Parse a discovery document that was accepted earlier, by the rules of any version of ours."""
    return _read(document.encode(), _ACCEPTED, origin)


def _read(data: bytes, read: Parser[dict[str, Any]], origin: Origin) -> Discovery:
    try:
        text = _decoded(data)
        document = strict_json(text)
        _check_versions(document)
        parsed = read(document)
    except MalformedError as error:
        raise PairingError(PairingProblem.NOT_A_HUB) from error
    discovery = _discovery(parsed, text)
    if not _is_consistent(discovery, origin):
        raise PairingError(PairingProblem.NOT_A_HUB)
    return discovery


def _decoded(data: bytes) -> str:
    if len(data) > MAX_DISCOVERY_BYTES:
        raise MalformedError
    try:
        return str(data, "utf-8")
    except UnicodeDecodeError as error:
        raise MalformedError from error


def _check_versions(document: object) -> None:
    """Raise HUB_TOO_NEW; checked first, because a newer hub's document may have another form."""
    match document:
        case {"versions": [str(), *_] as versions} if VERSION not in versions:
            raise PairingError(PairingProblem.HUB_TOO_NEW)


def _discovery(parsed: Mapping[str, Any], text: str) -> Discovery:
    return Discovery(
        name=parsed["name"],
        contact=parsed["contact"],
        assertion_key=parsed["keys"]["assertion"],
        witness_key=parsed["keys"]["witness"],
        control_url=parsed["control_url"],
        pairing_url=parsed["pairing_url"],
        ingest_origins=parsed["ingest_origins"],
        agreement=parsed["agreement"],
        revision=parsed.get("revision", 0),
        successions=parsed.get("successions", ()),
        document=text,
    )


def _is_consistent(discovery: Discovery, origin: Origin) -> bool:
    purposes = discovery.agreement.terms.purposes
    return (
        discovery.assertion_key != discovery.witness_key
        and _lies_at(origin, discovery.control_url, "wss")
        and _lies_at(origin, discovery.pairing_url, "https")
        and len({purpose.purpose for purpose in purposes}) == len(purposes)
        and agreement_sha256(discovery.agreement) == discovery.agreement.sha256
    )


def _lies_at(origin: Origin, url: str, scheme: str) -> bool:
    try:
        return origin_of(url, scheme=scheme) == replace(origin, scheme=scheme)
    except AddressError:
        return False


def agreement_sha256(agreement: Agreement) -> str:
    """Return the hash of an agreement, in hex."""
    return sha256(agreement_document(agreement)).hexdigest()


def agreement_document(agreement: Agreement) -> bytes:
    """Return an agreement as canonical JSON, as it is hashed."""
    hashed = asdict(agreement)
    del hashed["sha256"]
    return canonical_json(hashed)
