"""What an honest hub sends, of each kind: what is hostile elsewhere differs from this in one thing."""

import json
import time
from typing import Any, Final

from tests.reference_hub import Forgery
from tests.reference_hub.jose import sign
from tests.reference_hub.note import cosign
from tests.reference_hub.wire import new_id

from .house import House

RECEIPT: Final = "latchstring-receipt+jwt"


def request(method: str, params: Any, key: Any = "41") -> dict[str, Any]:
    """Make a request of these params, as JSON-RPC has it."""
    return {"jsonrpc": "2.0", "id": key, "method": method, "params": params}


def written(method: str, params: Any, key: Any = "41") -> str:
    """Write a request down."""
    return json.dumps(request(method, params, key), ensure_ascii=False)


def to_watch(house: House, forgery: Forgery | None = None) -> dict[str, Any]:
    """Ask for a session that would be admitted, but for what is forged."""
    return house.hub.session_params(house.camera, forgery=forgery)


def to_ask(house: House, forgery: Forgery | None = None) -> dict[str, Any]:
    """Ask the owner for a quarter of an hour."""
    forgery = forgery or Forgery()
    params: dict[str, Any] = {
        "request": new_id("r-"),
        "camera": house.camera,
        "minutes": 15,
        **forgery.params,
    }
    assertion = house.hub.sign_assertion(params, forgery=forgery)
    return {"assertion": assertion, **params}


def receipt(
    house: House, session: str, forgery: Forgery | None = None
) -> dict[str, Any]:
    """Say what was received of a session: nothing."""
    forgery = forgery or Forgery()
    identity = house.hub.presence.identity
    claims = {
        "iss": identity.hub_id,
        "aud": house.hub.homes()[0],
        "iat": int(time.time()),
        "session": session,
        "bytes": 0,
        "fragments": 0,
        "first_byte": None,
        "last_byte": None,
        "chain": bytes(32).hex(),
        **forgery.claims,
    }
    key = forgery.key or identity.assertion
    token = sign(key, forgery.typ or RECEIPT, claims, forgery.header)
    return {"session": session, "receipt": token, **forgery.params}


async def checkpoint(house: House) -> str:
    """Give the first checkpoint that the home offered to cosign."""
    said = await house.hub.said_by_home(
        lambda message: message.get("method") == "checkpoint"
    )
    note: str = said["params"]["checkpoint"]
    return note


def cosigned(house: House, note: str) -> str:
    """Cosign a checkpoint as the witness that the home knows."""
    identity = house.hub.presence.identity
    return cosign(note, identity.hub_id, identity.witness, int(time.time()))
