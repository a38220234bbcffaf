"""Fetching a hub's discovery document: before pairing, and before each connection."""

from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from aiohttp import ClientResponse, ClientSession

from ..core.address import Origin
from ..core.errors import PairingError, PairingProblem
from ..core.pairing import MAX_DISCOVERY_BYTES, Discovery, parse_discovery
from .client_session import pairing_problems, read_json

PATH: Final = "/.well-known/latchstring"
MAX_CLOCK_SKEW_SECONDS: Final = 120


async def discover(
    session: ClientSession, origin: Origin, *, at: datetime, hub_id: str | None = None
) -> Discovery:
    """Return the discovery document of the hub at `origin`, or raise PairingError.

    With `hub_id` another hub's key is an error; without it the caller compares the pins.
    """
    with pairing_problems():
        async with session.get(f"{origin}{PATH}") as response:
            _check_status(response.status)
            body = await read_json(
                response,
                max_bytes=MAX_DISCOVERY_BYTES,
                problem=PairingProblem.NOT_A_HUB,
            )
    discovery = parse_discovery(body, origin=origin)
    check_key(discovery, hub_id)
    _check_clock(response, at)
    return discovery


def check_key(discovery: Discovery, hub_id: str | None) -> None:
    """Raise PairingError unless this is the hub of the invitation; None accepts any."""
    if hub_id not in (None, discovery.hub_id):
        raise PairingError(PairingProblem.HUB_KEY_MISMATCH)


def _check_status(status: int) -> None:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise PairingError(PairingProblem.HUB_FAULT)
    if status != HTTPStatus.OK:
        raise PairingError(PairingProblem.NOT_A_HUB)


def _check_clock(response: ClientResponse, at: datetime) -> None:
    try:
        hub_time = parsedate_to_datetime(response.headers.get("Date", ""))
        skew = abs((hub_time - at).total_seconds())
    except (TypeError, ValueError) as error:  # no date, or one without a time zone
        raise PairingError(PairingProblem.NOT_A_HUB) from error
    if skew > MAX_CLOCK_SKEW_SECONDS:
        raise PairingError(PairingProblem.CLOCK_SKEW)
