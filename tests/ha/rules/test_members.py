"""A hub is told the members that the document shows, and no other: what else is known is in the household's log."""

import asyncio
from base64 import b64decode
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
import json
from pathlib import Path
import sqlite3
from typing import Any, Final

import pytest

from custom_components.latchstring.const import DOMAIN
from tests.cameras import Cameras, serve
from tests.core.document import EXAMPLES
from tests.ha.watching import recorded
from tests.reference_hub import Conduct, Opened, ReferenceHub

from .house import PORCH, YARD, House
from .scene import nothing_much

YEARS: Final = timedelta(days=3650)
PATIENCE: Final = 30
UNLISTED: Final = "x" * 22

OF_THE_HOUSEHOLD: Final = frozenset(
    {"actor", "clock", "how", "no_picture", "reason", "until"}
)
"""Members that say what a hub has no part in."""

type Paths = frozenset[str]


def paths(value: Any, path: str = "") -> Iterator[str]:
    """Give each member's place in a value."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield f"{path}.{name}"
            yield from paths(each, f"{path}.{name}")
    if isinstance(value, list):
        for each in value:
            yield from paths(each, f"{path}[]")


def shown_in_document() -> Mapping[str, Paths]:
    """Give all members that the document has, by what is said."""
    return {example.key: frozenset(paths(example.value)) for example in EXAMPLES}


def said_to_hub(house: House) -> Mapping[str, Paths]:
    """Give all members that the home said, with those of the entries it proved, by what was said."""
    said: defaultdict[str, set[str]] = defaultdict(set)
    asked: dict[str, str] = {}
    for exchange in house.hub.transcript:
        message = exchange.message
        if exchange.direction == "to home":
            asked[message["id"]] = message["method"]
            continue
        name = message.get("method") or f"{asked[message['id']]}-result"
        name = "error" if "error" in message else name
        said[name] |= {*paths(message)}
        told = message.get("params") or message.get("result") or {}
        if proof := told.get("proof"):
            entry = json.loads(b64decode(proof["content"]))
            kind = entry["kind"].replace("_", "-")
            said[f"entry-{kind}"] |= {*paths(entry)}
    return {name: frozenset(members) for name, members in said.items()}


def members_on_disk(house: House) -> Mapping[bool, frozenset[str]]:
    """Give the members of all entries of the hub's log (True) and of the household's (False)."""
    path = Path(house.hass.config.path(DOMAIN, "record.db"))
    found: dict[bool, set[str]] = {True: set(), False: set()}
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as record:
        for log, content in record.execute(
            "SELECT logs.log, content FROM entries JOIN logs ON logs.id = log_id"
        ):
            found[log == house.entry.entry_id] |= json.loads(content).keys()
    return {of_hub: frozenset(members) for of_hub, members in found.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class OneElsewhere:
    """Cameras of which the yard's is not where its integration says."""

    cameras: Cameras

    def url(self, name: str) -> str:
        url = self.cameras.url("porch")
        return url if name == "porch" else url.replace("porch", "nowhere")


@pytest.fixture
async def served() -> AsyncIterator[OneElsewhere]:
    """A camera that looks at nothing much, and one that cannot be read."""
    async with serve(scenes={"porch": nothing_much}) as cameras:
        yield OneElsewhere(cameras=cameras)


async def looks_once_and_sees_nothing(house: House) -> None:
    """Let a viewer in for one look, at a camera that gives no picture; the next one is not let in."""
    camera = house.camera(YARD)["camera"]
    request, _ = await house.hub.ask_to_watch(camera)
    await house.hass.services.async_call(
        DOMAIN, "allow_request", {"request": request, "once": True}, blocking=True
    )
    assert await house.hub.decided(request)
    opened = await house.asked(YARD)
    assert isinstance(opened, Opened)
    async with asyncio.timeout(PATIENCE):
        while house.told(YARD).get("no_picture") != "address_wrong":
            await house.hass.async_block_till_done()
    await house.hub.close_session(opened.session)
    await house.hub.ended(opened.session)
    assert await house.refuses(YARD)


async def asks_in_vain(hub: ReferenceHub, house: House) -> None:
    for camera in (house.camera(YARD)["camera"], UNLISTED):
        request, _ = await hub.ask_to_watch(camera)
        await house.clock.passes(seconds=120)
        assert not await hub.decided(request)


async def test_a_hub_is_told_no_member_that_the_document_does_not_show(
    house: House,
) -> None:
    hub = house.hub
    options = {**house.entry.options, "automations_may_open": True}
    house.hass.config_entries.async_update_entry(house.entry, options=options)
    await house.set_rules(PORCH, openings=["always"])
    await house.set_rules(YARD, openings=["approval"])
    await hub.home_admits()
    await looks_once_and_sees_nothing(house)
    await asks_in_vain(hub, house)
    hub.conduct = Conduct(clock_ahead=-YEARS)
    opened = await house.watch()

    await house.clock.is_set(days=YEARS.days)

    await house.was_cut(opened)
    assert house.why() == "clock_untrusted"
    assert await house.refuses()
    await hub.receipt(opened.session)
    await hub.settled()
    await recorded(house.hass)
    shown, said = shown_in_document(), said_to_hub(house)
    assert {name: members - shown[name] for name, members in said.items()} == {
        name: frozenset() for name in said
    }
    assert said.keys() >= {
        "cameras",
        "session.ended",
        "request.decided",
        "checkpoint",
        "session.open-result",
        "entry-session-started",
        "entry-session-ended",
        "error",
    }
    on_disk = members_on_disk(house)
    assert on_disk[True] & OF_THE_HOUSEHOLD == set()
    assert on_disk[False] >= OF_THE_HOUSEHOLD
    assert not hub.faults
