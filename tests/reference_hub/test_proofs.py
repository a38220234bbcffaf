"""What a home proves, and what the hub makes of it."""

from collections.abc import AsyncIterator
from contextlib import closing, suppress
from pathlib import Path
import sqlite3
from typing import Any, override

import aiohttp
import pytest

from . import Authority, Options, ReferenceHub, Refused
from .closing import CHECKPOINTS
from .control import UNPAIRED
from .sample_home import SampleHome
from .sample_log import SampleLog
from .tree import leaf_hash
from .watching import open_camera, watch
from .wire import b64


class Lying(SampleLog):
    """Proves something else than what it was asked to write down."""

    lie: dict[str, Any]

    @override
    def prove(self, entry: dict[str, Any]) -> dict[str, Any]:
        if "content" in self.lie:
            return super().prove({**entry, **self.lie["content"]})
        return {**super().prove(entry), **self.lie}


@pytest.fixture
async def hub_of_dishonest(authority: Authority) -> AsyncIterator[ReferenceHub]:
    """A hub that may find as much wrong as there is."""
    async with ReferenceHub(authority) as hub:
        yield hub


@pytest.fixture
async def dishonest(
    hub_of_dishonest: ReferenceHub, authority: Authority, web: aiohttp.ClientSession
) -> AsyncIterator[SampleHome]:
    """A home that is connected, and whose log a test falsifies."""
    home = SampleHome(hub_of_dishonest.invitation(), authority.client_context())
    await home.pair(web)
    async with home.connected(web):
        yield home


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


class Garbled(SampleHome):
    """Begins a session, and answers with what is not an answer."""

    proof: object

    @override
    def _admit(self, params: dict[str, Any]) -> dict[str, Any]:
        return {**super()._admit(params), "proof": self.proof}


@pytest.mark.parametrize("proof", ["none", [], {}, {"checkpoint": 1}])
async def test_a_session_that_is_answered_with_nonsense_is_closed(
    authority: Authority, web: aiohttp.ClientSession, proof: object
) -> None:
    async with ReferenceHub(authority) as hub:
        home = Garbled(hub.invitation(), authority.client_context())
        home.proof = proof
        await home.pair(web)
        async with home.connected(web):
            refused = await hub.open_session(await open_camera(hub))
            assert isinstance(refused, Refused)
            assert refused.code == "proof_wrong"
            assert (await home.heard("checkpoint.refused"))["size"] == 0
            await home.heard("session.close")


async def test_an_entry_that_no_encoding_can_hold_is_not_taken(
    dishonest: SampleHome, hub_of_dishonest: ReferenceHub
) -> None:
    home, hub = dishonest, hub_of_dishonest
    opened = await watch(hub, await open_camera(hub))
    salt, content = bytes(32), b'{"kind":"\\ud800"}'
    home.log.leaves.append(leaf_hash(salt, content))
    link = {"fragments": 0, "chain": bytes(32).hex()}
    proof = {
        "origin": home.log.origin,
        "index": 1,
        "content": b64(content),
        "salt": b64(salt),
        "checkpoint": home.log.checkpoint(),
        "inclusion": [b64(home.log.leaves[0])],
    }
    ended = {"session": opened.session, "at": "2026-11-21T18:09:44.010Z", "bytes": 0}
    await home.tell(
        "session.ended", {**ended, "from": link, "to": link, "proof": proof}
    )
    assert (await home.heard("checkpoint.refused"))["reason"] == "not_proven"


async def test_a_viewer_is_not_left_watching_when_the_hub_cannot_write(
    authority: Authority, web: aiohttp.ClientSession, data: Path
) -> None:
    async with ReferenceHub(authority, options=Options(data=data)) as hub:
        home = SampleHome(hub.invitation(), authority.client_context())
        await home.pair(web)
        async with home.connected(web):
            camera = await open_camera(hub)
            with closing(sqlite3.connect(data / "hub.sqlite")) as beside:
                beside.execute(
                    "CREATE TRIGGER full BEFORE INSERT ON tree"
                    " BEGIN SELECT RAISE(FAIL, 'the disk is full'); END"
                )
            with pytest.raises(sqlite3.DatabaseError, match="full"):
                await hub.open_session(camera)
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


async def test_a_start_that_is_left_out_before_its_checkpoint_is_reported(
    dishonest: SampleHome, hub_of_dishonest: ReferenceHub
) -> None:
    home, hub = dishonest, hub_of_dishonest
    home.log.prove({"kind": "paired"})
    await home.tell("checkpoint", home.log.grown_from(0))
    await home.heard("checkpoint.cosigned")
    home.received.clear()
    opened = await watch(hub, await open_camera(hub))
    home.log.leaves.pop()
    home.log.prove({"kind": "refusals"})
    await hub.close_session(opened.session)
    await hub.faulted("rewritten")
    await home.tell("checkpoint", home.log.grown_from(1))
    told = await home.heard("checkpoint.refused")
    assert told["reason"] == "not_consistent"
    known = await home.heard("checkpoint.cosigned")
    offered = home.log.checkpoint().partition("\n\n")[0]
    assert not known["checkpoint"].startswith(offered), "only the tree it knew before"
    assert (objection := hub.objection()) is not None
    assert objection.reason == "not_consistent"


async def test_nobody_is_shown_to_watch_in_another_tree_than_was_shown_before(
    dishonest: SampleHome, hub_of_dishonest: ReferenceHub
) -> None:
    home, hub = dishonest, hub_of_dishonest
    camera = await open_camera(hub)
    await watch(hub, camera)
    home.log.leaves[0] = bytes(32)
    refused = await hub.open_session(camera, officer="Officer R. Roe")
    assert isinstance(refused, Refused)
    assert refused.code == "proof_wrong"
    assert (await home.heard("checkpoint.refused"))["size"] == 2


async def test_two_trees_of_one_size_are_reported(
    dishonest: SampleHome, hub_of_dishonest: ReferenceHub
) -> None:
    home, hub = dishonest, hub_of_dishonest
    await watch(hub, await open_camera(hub))
    home.log.leaves[-1] = bytes(32)
    await home.tell("checkpoint", home.log.grown_from(0))
    await hub.faulted("two trees of one size")
    assert (await home.heard("checkpoint.refused"))["size"] == 1


async def test_an_end_that_is_not_proven_is_reported(
    dishonest: SampleHome, hub_of_dishonest: ReferenceHub
) -> None:
    home, hub = dishonest, hub_of_dishonest
    opened = await watch(hub, await open_camera(hub))
    link = {"fragments": 0, "chain": bytes(32).hex()}
    told = {"session": opened.session, "bytes": 0, "from": link, "to": link}
    await home.tell("session.ended", {"at": "2026-11-21T18:09:44.010Z", **told})
    await hub.faulted("its end is not proven")
    assert (await home.heard("checkpoint.refused")) == {
        "size": 0,
        "reason": "not_proven",
    }


async def test_what_was_shown_is_remembered_over_a_restart_of_the_hub(
    authority: Authority, web: aiohttp.ClientSession, data: Path
) -> None:
    """Also a tree that the home did not say how it came to be."""
    async with ReferenceHub(authority, options=Options(data=data)) as hub:
        home = SampleHome(hub.invitation(), authority.client_context())
        await home.pair(web)
        async with home.connected(web):
            opened = await watch(hub, await open_camera(hub))
            home.answers_consistency = False
            await hub.close_session(opened.session)
            await hub.ended(opened.session)
            await home.heard("checkpoint.consistency")
        port = hub.port
        await hub.home_disconnected()
    async with ReferenceHub(authority, options=Options(data=data, port=port)) as hub:
        home.answers_consistency = True
        home.log.leaves[-1] = bytes(32)
        home.log.prove({"kind": "refusals"})
        async with home.connected(web):
            await hub.home_connected()
            await home.tell("checkpoint", home.log.grown_from(1))
            await hub.faulted("rewritten")
            assert not home.has_heard("checkpoint.cosigned")


async def test_a_home_that_is_set_back_is_shown_how_far_it_was(
    dishonest: SampleHome, hub_of_dishonest: ReferenceHub
) -> None:
    home, hub = dishonest, hub_of_dishonest
    for kind in ("paired", "agreement_accepted"):
        home.log.prove({"kind": kind})
    newest = home.log.checkpoint()
    await home.tell("checkpoint", home.log.grown_from(0))
    await home.heard("checkpoint.cosigned")
    home.received.clear()
    home.log.leaves.pop()
    await home.tell("checkpoint", home.log.grown_from(0))
    cosigned = await home.heard("checkpoint.cosigned")
    assert cosigned["checkpoint"].startswith(newest)
    await hub.faulted("don't go together")


def _copy(home: SampleHome, link: str) -> SampleHome:
    """Make a home of the same keys, whose log goes another way after its first entry."""
    copy = SampleHome(link, home.tls)
    copy.dial_in, copy.id, copy.discovery = home.dial_in, home.id, home.discovery
    copy.log.key, copy.log.origin = home.log.key, home.log.origin
    copy.log.leaves = home.log.leaves[:1]
    copy.log.prove({"kind": "unpaired"})
    return copy


async def _part(home: SampleHome, web: aiohttp.ClientSession, hub: ReferenceHub) -> str:
    """Say goodbye as a home does that is removed, and give the note that was taken first."""
    async with home.connected(web) as socket:
        await home.tell("checkpoint", home.log.grown_from(0))
        taken: str = (await home.heard("checkpoint.cosigned"))["checkpoint"]
        await hub.settled()
        await socket.close(code=UNPAIRED)
    await hub.home_disconnected()
    return taken


async def test_a_copy_that_is_removed_does_not_end_the_pairing_of_the_real_home(
    authority: Authority, web: aiohttp.ClientSession
) -> None:
    """The copy takes the note that it is shown as if it were its own."""
    async with ReferenceHub(authority) as hub:
        link = hub.invitation()
        home = SampleHome(link, authority.client_context())
        await home.pair(web)
        for _ in range(3):
            home.log.prove({"kind": "paired"})
        newest = home.log.checkpoint()
        async with home.connected(web):
            await home.tell("checkpoint", home.log.grown_from(0))
            await hub.home_admits()
        await hub.home_disconnected()

        shown = await _part(_copy(home, link), web, hub)
        assert shown.startswith(newest)
        assert not hub.store.is_gone(home.id)

        home.received.clear()
        home.log.prove({"kind": "unpaired"})
        await _part(home, web, hub)
        assert hub.store.is_gone(home.id)


async def test_a_goodbye_right_behind_the_word_on_the_last_cosignature_is_believed(
    authority: Authority, web: aiohttp.ClientSession
) -> None:
    async with ReferenceHub(authority) as hub:
        home = SampleHome(hub.invitation(), authority.client_context())
        await home.pair(web)
        home.log.prove({"kind": "unpaired"})
        home.parts_by = UNPAIRED
        async with home.connected(web):
            await home.tell("checkpoint", home.log.grown_from(0))
            await hub.home_disconnected()
        assert hub.store.is_gone(home.id)


async def test_a_home_that_offers_more_than_can_be_looked_at_is_hung_up_on(
    dishonest: SampleHome, hub_of_dishonest: ReferenceHub
) -> None:
    home, hub = dishonest, hub_of_dishonest
    home.answers_consistency = False
    with suppress(ConnectionError):  # it may be hung up on in the midst of it
        for _ in range(2 + CHECKPOINTS):
            home.log.prove({"kind": "paired"})
            await home.tell("checkpoint", home.log.grown_from(0))
    await hub.home_disconnected()
    assert any("more than could be looked at" in each for each in hub.faults)


async def test_an_objection_stands_until_what_is_shown_fits_again(
    dishonest: SampleHome, hub_of_dishonest: ReferenceHub
) -> None:
    home, hub = dishonest, hub_of_dishonest
    home.log.prove({"kind": "paired"})
    shown = home.log.grown_from(0)
    await home.tell("checkpoint", shown | {"checkpoint": SampleLog().checkpoint()})
    assert (await home.heard("checkpoint.refused"))["reason"] == "not_signed"
    assert hub.objection() is not None
    await home.tell("checkpoint", shown)
    await home.heard("checkpoint.cosigned")
    assert hub.objection() is None


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
