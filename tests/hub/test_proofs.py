"""What a home proves, and what the hub makes of it."""

from typing import Any, override

import aiohttp
import pytest

from . import Authority, ReferenceHub, Refused
from .sample_home import SampleHome
from .sample_log import SampleLog
from .watching import open_camera, watch


class Lying(SampleLog):
    """Proves something else than what it was asked to write down."""

    lie: dict[str, Any]

    @override
    def prove(self, entry: dict[str, Any]) -> dict[str, Any]:
        if "content" in self.lie:
            return super().prove({**entry, **self.lie["content"]})
        return {**super().prove(entry), **self.lie}


@pytest.mark.parametrize(
    ("lie", "words"),
    [
        ({"content": {"camera": "b7LrW0c3Jd9sKf6xVt2hEa"}}, "another one"),
        ({"content": {"assertion": "e30.e30.e30"}}, "another one"),
        ({"salt": "A" * 43 + "="}, "not in the tree"),
        ({"index": 5}, "beyond the tree"),
        ({"checkpoint": SampleLog().checkpoint()}, "not signed by the log"),
    ],
)
async def test_a_session_with_a_wrong_proof_is_closed(
    authority: Authority,
    web: aiohttp.ClientSession,
    lie: dict[str, Any],
    words: str,
) -> None:
    async with ReferenceHub(authority) as hub:
        home = SampleHome(hub.invitation(), authority.client_context())
        home.log = Lying()
        home.log.lie = lie
        await home.pair(web)
        async with home.connected(web):
            await hub.home_connected()
            opened = await hub.open_session(await open_camera(hub))
            assert isinstance(opened, Refused)
            assert opened.code == "proof_wrong"
            assert words in hub.faults[0]
            await home.heard("session.close")


async def test_the_hub_cosigns_what_grew_out_of_what_it_cosigned_before(
    hub: ReferenceHub, home: SampleHome, porch: str
) -> None:
    cosigned: dict[str, Any] = {}
    for _ in range(3):
        older = len(home.log.leaves)
        opened = await watch(hub, porch)
        await hub.close_session(opened.session)
        await hub.ended(opened.session)
        await home.tell("checkpoint", home.log.grown_from(older))
        cosigned = await home.heard("checkpoint.cosigned")
        assert cosigned["checkpoint"].startswith(home.log.checkpoint())
        assert f"\u2014 {hub.hub_id} " in cosigned["checkpoint"]
        home.received.clear()
    await home.tell("checkpoint", home.log.grown_from(0))
    again = await home.heard("checkpoint.cosigned")
    assert again == cosigned, "a home that lost the answer gets it once more"


async def test_a_rewritten_log_is_not_cosigned(
    authority: Authority, web: aiohttp.ClientSession
) -> None:
    async with ReferenceHub(authority) as hub:
        home = SampleHome(hub.invitation(), authority.client_context())
        await home.pair(web)
        async with home.connected(web):
            await hub.home_connected()
            home.log.prove({"kind": "paired"})
            await home.tell("checkpoint", home.log.grown_from(0))
            await home.heard("checkpoint.cosigned")
            home.received.clear()
            home.log.leaves = [bytes(32), bytes(32)]
            await home.tell("checkpoint", home.log.grown_from(1))
            await hub.faulted("rewritten")
            assert not any("method" in message for message in home.received)
