"""How a home gets to know a hub, written from the document."""

import ssl
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .jose import jwk, public_key, sign, thumbprint, verify
from .sample_log import SampleLog
from .wire import digest, new_id


class SamplePairing:
    """A home's keys for one hub, and what it signs with them."""

    def __init__(self, link: str, tls: ssl.SSLContext) -> None:
        invited = urlsplit(link)
        members = parse_qs(invited.fragment)
        self.origin = f"https://{invited.netloc}"
        self.code, self.hub_id = members["code"][0], members["key"][0]
        self.dial_in = Ed25519PrivateKey.generate()
        self.id = thumbprint(self.dial_in.public_key())
        self.log = SampleLog()
        self.tls = tls
        self.discovery: dict[str, Any] = {}

    async def discover(self, web: aiohttp.ClientSession) -> dict[str, Any]:
        url = f"{self.origin}/.well-known/latchstring"
        async with web.get(url, ssl=self.tls, allow_redirects=False) as answer:
            assert answer.status == 200
            self.discovery = await answer.json()
        return self.discovery

    def receipt(self, **changed: object) -> str:
        """Sign what the document asks for, but for what is `changed`."""
        keys = self.discovery["keys"]
        claims = {
            "iss": self.id,
            "aud": self.hub_id,
            "iat": int(time.time()),
            "version": "1",
            "dial_in": jwk(self.dial_in.public_key()),
            "log": jwk(self.log.key.public_key()),
            "log_origin": self.log.origin,
            "assertion": thumbprint(public_key(keys["assertion"])),
            "witness": thumbprint(public_key(keys["witness"])),
            "control_url": self.discovery["control_url"],
            "pairing_url": self.discovery["pairing_url"],
            "ingest_origins": self.discovery["ingest_origins"],
            "agreement": self.discovery["agreement"]["sha256"],
        }
        return sign(self.dial_in, "latchstring-pairing+jwt", {**claims, **changed})

    def succession(self, receipt: str, /, **changed: object) -> str:
        """Sign by these keys that the home goes on under those of `receipt`."""
        claims = {
            "iss": self.id,
            "aud": self.hub_id,
            "iat": int(time.time()),
            "receipt": digest(receipt),
            "log_origin": self.log.origin,
            "size": len(self.log.leaves),
            "root": self.log.root.hex(),
        }
        return sign(self.dial_in, "latchstring-succession+jwt", {**claims, **changed})

    async def post_receipt(
        self,
        web: aiohttp.ClientSession,
        receipt: str,
        code: str | None = None,
        succession: str | None = None,
    ) -> tuple[int, dict[str, Any]]:
        given = {"receipt": receipt, "code": code, "succession": succession}
        body = {name: value for name, value in given.items() if value is not None}
        url = self.discovery["pairing_url"]
        async with web.post(
            url, json=body, ssl=self.tls, allow_redirects=False
        ) as answer:
            return answer.status, await answer.json()

    async def pair(self, web: aiohttp.ClientSession) -> None:
        await self.discover(web)
        receipt = self.receipt()
        status, answer = await self.post_receipt(web, receipt, self.code)
        assert status == 200, answer
        claims = verify(
            answer["countersignature"],
            public_key(self.discovery["keys"]["assertion"]),
            "latchstring-countersignature+jwt",
        )
        assert claims["receipt"] == digest(receipt)
        assert (claims["iss"], claims["aud"]) == (self.hub_id, self.id)

    def dial_in_token(self, **changed: object) -> str:
        now = int(time.time())
        claims = {
            "iss": self.id,
            "aud": self.hub_id,
            "iat": now,
            "exp": now + 60,
            "jti": new_id(),
        }
        return sign(self.dial_in, "latchstring-home+jwt", {**claims, **changed})
