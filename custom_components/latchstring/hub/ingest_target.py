"""The resolved and checked address of an upload: the relay connects to it without another look-up."""

from aiohttp.abc import AbstractResolver

from ..core.address import origin_of
from ..relay import IngestTarget
from .address import resolve


async def ingest_target(
    url: str,
    token: str,
    *,
    typed_host: str,
    only_local: bool,
    resolver: AbstractResolver | None = None,
) -> IngestTarget:
    """Return where an upload connects to.

    Raises AddressRefused, NotLocal or Unresolvable.
    """
    origin = origin_of(url)
    addresses = await resolve(
        origin.host,
        origin.port,
        typed_host=typed_host,
        only_local=only_local,
        resolver=resolver,
    )
    return IngestTarget(
        url=url, host=origin.host, port=origin.port, addresses=addresses, token=token
    )
