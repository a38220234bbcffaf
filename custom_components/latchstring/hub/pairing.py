"""The pairing exchange: the home's signed receipt for the hub's countersignature."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final

from aiohttp import ClientSession

from ..core.errors import PairingError, PairingProblem
from ..core.pairing import Discovery, Invitation
from ..core.receipt import (
    LogEnd,
    pairing_request,
    parse_pairing_error,
    parse_pairing_response,
    sign_receipt,
    sign_succession,
    verify_countersignature,
)
from .client_session import JSON, pairing_problems, read_json
from .discovery import check_key
from .keys import HubKeys

MAX_ANSWER_BYTES: Final = 65_536
ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingTokens:
    """The tokens that both sides store, as they were sent."""

    receipt: str
    countersignature: str
    succession: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Predecessor:
    """The keys by which the hub knows this home until now, and the end of the log that they signed."""

    keys: HubKeys
    ended: LogEnd


async def pair(
    session: ClientSession,
    invitation: Invitation | None,
    discovery: Discovery,
    keys: HubKeys,
    *,
    at: datetime,
    predecessor: Predecessor | None = None,
) -> PairingTokens:
    """Accept the hub's terms as discovered, or raise PairingError.

    Without an invitation a home that the hub knows accepts changed terms, or goes on under other keys than its
    `predecessor`.
    """
    code = None
    if invitation is not None:
        check_key(discovery, invitation.hub_id)
        code = invitation.code
    receipt = sign_receipt(keys.dial_in, discovery, keys.log.public_key(), at)
    succession = None
    if predecessor is not None:
        succession = sign_succession(
            predecessor.keys.dial_in,
            hub_id=discovery.hub_id,
            receipt=receipt,
            ended=predecessor.ended,
            at=at,
        )
    countersignature = await _post_with_retries(
        session,
        discovery.pairing_url,
        pairing_request(receipt, code=code, succession=succession),
    )
    verify_countersignature(
        countersignature,
        hub_key=discovery.assertion_key,
        receipt=receipt,
        home_id=keys.home_id,
        hub_id=discovery.hub_id,
    )
    return PairingTokens(
        receipt=receipt, countersignature=countersignature, succession=succession
    )


async def _post_with_retries(
    session: ClientSession, url: str, request: bytes, attempts: int = ATTEMPTS
) -> str:
    """Post the request, and again where the answer may have been lost: the request is idempotent."""
    try:
        return await _post(session, url, request)
    except PairingError as error:
        if error.problem is not PairingProblem.HUB_UNREACHABLE or attempts == 1:
            raise
    return await _post_with_retries(session, url, request, attempts - 1)


async def _post(session: ClientSession, url: str, request: bytes) -> str:
    headers = {"Content-Type": JSON}
    with pairing_problems():
        async with session.post(url, data=request, headers=headers) as response:
            if response.status not in (HTTPStatus.OK, HTTPStatus.FORBIDDEN):
                raise PairingError(PairingProblem.HUB_FAULT)
            answer = await read_json(
                response,
                max_bytes=MAX_ANSWER_BYTES,
                problem=PairingProblem.HUB_FAULT,
            )
    if response.status == HTTPStatus.FORBIDDEN:
        raise PairingError(parse_pairing_error(answer))
    return parse_pairing_response(answer)
