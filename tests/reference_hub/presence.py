"""What a hub shows of itself to the world: keys, addresses, discovery, invitations."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
import json
import time
from typing import Any, Self
from urllib.parse import urlencode

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .agency import Agency, Agreement
from .conduct import HONEST, Conduct
from .jose import jwk, sign, thumbprint
from .store import Store
from .wire import b64url, from_b64url, new_id

CONTROL = "/latchstring/control"
PAIRING = "/latchstring/pairing"
INGEST = "/latchstring/in"
INVITATION = "/latchstring/invitation"
DISCOVERY = "/.well-known/latchstring"

SUCCESSIONS = 8  # published at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The hub's two private keys."""

    assertion: Ed25519PrivateKey
    witness: Ed25519PrivateKey

    @property
    def hub_id(self) -> str:
        return thumbprint(self.assertion.public_key())

    @classmethod
    def kept_in(cls, store: Store) -> Self:
        return cls(
            assertion=_kept_key(store, "assertion"), witness=_kept_key(store, "witness")
        )


def _kept_key(store: Store, use: str) -> Ed25519PrivateKey:
    kept = store.setting(f"key.{use}")
    if kept is not None:
        return Ed25519PrivateKey.from_private_bytes(from_b64url(kept))
    return _make_key(store, use)


def _make_key(store: Store, use: str) -> Ed25519PrivateKey:
    key = Ed25519PrivateKey.generate()
    store.keep_setting(f"key.{use}", b64url(key.private_bytes_raw()))
    return key


class Presence:
    """The values both sides pin; `agency` and `conduct` may change while it runs."""

    def __init__(self, store: Store, agency: Agency) -> None:
        self._store = store
        self.identity = Identity.kept_in(store)
        self.agency = agency
        self.successions: list[str] = json.loads(store.setting("successions") or "[]")
        """What its former keys have signed of those that followed them, the oldest first."""
        self.former: list[str] = json.loads(store.setting("former") or "[]")
        """The ids by which it was known before."""
        self.conduct: Conduct = HONEST
        self.origin = ""
        self.ingest_origin = ""

    def begin(self, origin: str, ingest_origin: str) -> None:
        """Note under which address the hub can be reached, for `invite` as well."""
        self.origin = origin
        self.ingest_origin = ingest_origin
        self._store.keep_setting("origin", origin)

    def change_keys(self, *, signed: bool) -> None:
        """Be known by other keys from now on; by `signed` successions homes know that it is the same hub."""
        old = self.identity.assertion
        for use in ("assertion", "witness"):
            _make_key(self._store, use)
        self.identity = Identity.kept_in(self._store)
        self.former.append(thumbprint(old.public_key()))
        self._store.keep_setting("former", json.dumps(self.former))
        succession = sign(
            old,
            "latchstring-hub-succession+jwt",
            {
                "iss": thumbprint(old.public_key()),
                "iat": int(time.time()),
                "former": jwk(old.public_key()),
                "assertion": jwk(self.identity.assertion.public_key()),
            },
        )
        kept = [*self.successions, succession][-SUCCESSIONS:]
        self.successions = kept if signed else []
        self._store.keep_setting("successions", json.dumps(self.successions))

    def change_agreement(self, agreement: Agreement) -> None:
        self.agency = replace(self.agency, agreement=agreement)

    @property
    def pins(self) -> dict[str, Any]:
        """What a pairing receipt repeats of the discovery document."""
        return {
            "version": "1",
            "assertion": self.identity.hub_id,
            "witness": thumbprint(self.identity.witness.public_key()),
            "control_url": self.origin.replace("https", "wss", 1) + CONTROL,
            "pairing_url": self.origin + PAIRING,
            "ingest_origins": [self.ingest_origin],
        }

    def document(self) -> dict[str, Any]:
        shown = self.conduct.another_assertion_key or self.identity.assertion
        revision = self.conduct.revision
        return {
            "versions": list(self.conduct.versions),
            **({"revision": revision} if revision else {}),
            "name": self.agency.name,
            "contact": self.agency.contact,
            "keys": {
                "assertion": jwk(shown.public_key()),
                "witness": jwk(self.identity.witness.public_key()),
            },
            "control_url": self.pins["control_url"],
            "pairing_url": self.pins["pairing_url"],
            "ingest_origins": self.pins["ingest_origins"],
            "agreement": self.agency.agreement.document(),
            **({"successions": self.successions} if self.successions else {}),
        }

    async def discover(self, _request: web.Request) -> web.Response:
        redirect_if_told(self.conduct, "discovery")
        body = self.conduct.discovery or json.dumps(self.document()).encode()
        ahead = datetime.now(UTC) + self.conduct.clock_ahead
        return web.Response(
            body=body,
            content_type="application/json",
            headers={"Date": format_datetime(ahead, usegmt=True)},
        )


def redirect_if_told(conduct: Conduct, what: str) -> None:
    if what in conduct.redirects:
        status, target = conduct.redirects[what]
        # aiohttp has a class for each status; this is the plain way to any of them.
        answer = web.HTTPFound(target)
        answer.set_status(status)
        raise answer


def invite(store: Store, note: str = "") -> str:
    """Make an invitation link; works beside a running hub as well."""
    code = new_id()
    store.add_invitation(code, note)
    hub_id = Identity.kept_in(store).hub_id
    fragment = urlencode({"v": "1", "code": code, "key": hub_id})
    return f"{store.setting('origin')}{INVITATION}#{fragment}"
