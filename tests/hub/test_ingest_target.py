from collections.abc import Sequence

import pytest

from custom_components.latchstring.hub.address import (
    AddressRefused,
    NotLocal,
    Unresolvable,
)
from custom_components.latchstring.hub.ingest_target import ingest_target
from custom_components.latchstring.relay import IngestTarget
from tests.hub.network import Names, calls

TYPED = "hub.example"


async def test_an_ingest_target_is_its_own_addresses_and_asks_no_more() -> None:
    names = Names({"ingest.example": [["1.1.1.1", "2606:4700::1111", "1.1.1.1"]]})
    target = await ingest_target(
        "https://ingest.example:8443/in/x.cmfv",
        "q0Zr8Kk1mB4vXc7nT2yLw5",
        typed_host=TYPED,
        only_local=False,
        resolver=names,
    )
    assert (target.host, target.port) == ("ingest.example", 8443)
    assert target.addresses == ("1.1.1.1", "2606:4700::1111")
    assert names.questions == ["ingest.example"]


@pytest.mark.parametrize(
    ("addresses", "error"),
    [([], Unresolvable), (["192.168.1.1"], AddressRefused), (None, Unresolvable)],
)
async def test_an_ingest_target_without_a_permitted_address_is_none(
    addresses: Sequence[str] | None, error: type[OSError]
) -> None:
    names = Names({} if addresses is None else {"ingest.example": [addresses]})
    with calls() as called, pytest.raises(error):
        await ingest_target(
            "https://ingest.example/in",
            "q0Zr8Kk1mB4vXc7nT2yLw5",
            typed_host=TYPED,
            only_local=False,
            resolver=names,
        )
    assert called == []


async def test_a_hub_in_the_homes_network_gets_video_by_its_own_name_only_there() -> (
    None
):
    names = Names({TYPED: [["1.1.1.1"]], "ingest.example": [["1.1.1.1"]]})

    async def target(host: str) -> IngestTarget:
        return await ingest_target(
            f"https://{host}/in",
            "q0Zr8Kk1mB4vXc7nT2yLw5",
            typed_host=TYPED,
            only_local=True,
            resolver=names,
        )

    with pytest.raises(NotLocal):
        await target(TYPED)
    assert (await target("ingest.example")).addresses == ("1.1.1.1",)
