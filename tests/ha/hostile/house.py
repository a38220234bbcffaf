"""A house with one camera shared and switched on, and all of it that must not change."""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
import json
import logging
from pathlib import Path
import sqlite3
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.latchstring.household.household import HOUSEHOLD_KEY
from tests.ha.front_door import DOMAIN
from tests.ha.watching import watch
from tests.hub.network import calls
from tests.loop_clock import LoopClock
from tests.reference_hub import Opened

from .hub import HostileHub

UNKNOWN: Final = "s-0000000000000000"
"""A session that never was: asking to close it is a question without consequences."""

A_SHORT_SILENCE: Final = 5.0

LASTING: Final = {
    "logs": "SELECT * FROM logs",
    "entries": "SELECT log_id, at, kind, content FROM entries WHERE kind != 'refusals'",
    "spent": "SELECT * FROM spent",
    "running": "SELECT log_id, session, idx FROM running",
    "cosignatures": "SELECT * FROM cosignatures",
}
"""What the record holds but for the counted refusals, and how far a session has come."""


type Snapshot = Mapping[str, object]
"""Everything a hub could have changed, each by its name."""


@dataclass(slots=True, kw_only=True)
class House:
    """The home, the hub that attacks it, and the clock of both."""

    hass: HomeAssistant
    storage: Mapping[str, Any]
    entry: ConfigEntry
    hub: HostileHub
    clock: LoopClock
    log: pytest.LogCaptureFixture
    camera: str

    async def snapshot(self) -> Snapshot:
        """Read all of it, from memory and from disk."""
        await self.is_settled()
        return {
            **{each.entity_id: shown(each) for each in self.hass.states.async_all()},
            **{each.entry_id: repr(each.as_dict()) for each in self._entries},
            **recorded(self.hass),
            "consent": json.dumps(self.storage[f"{DOMAIN}.consent"]),
            "issues": sorted(key for _, key in ir.async_get(self.hass).issues),
            "dialogs": len(self.hass.config_entries.flow.async_progress()),
            "cameras": self.hub.cameras(),
            "uploads": self.hub.uploads,
        }

    async def is_settled(self) -> None:
        """Wait until all is written that was to be: the record does what it is asked in its turn."""
        record = self.entry.runtime_data.household.record
        await record.log(self.entry.entry_id).cosigned_size()
        await self.hass.async_block_till_done()

    async def told(self, *frames: str, answers: int | None = None) -> list[str]:
        """Send frames; give all that the home says until so many are answered (None: all of them).

        What has no answer was looked at as well: the question sent last is answered. Half a second is over then, at
        which refusals come.
        """
        before = len(self.hub.said_by_homes())
        for frame in frames:
            await self.hub.send_raw(frame)
        known = await self.looked_at_all()
        self.clock.jump(0.5)
        expected = before + 1 + (len(frames) if answers is None else answers)
        await self.says_more_than(expected - 1)
        said = self.hub.said_by_homes()[before:]
        return [each for each in said if json.loads(each) != known]

    async def looked_at_all(self) -> dict[str, Any]:
        """Wait until the home has looked at all that was sent, and give its answer to what was sent last."""
        answer = await self.hub.request("session.close", {"session": UNKNOWN})
        assert answer.get("result") == {}, answer
        return answer

    async def says_more_than(self, count: int) -> None:
        """Wait until the hub has got more than so many messages."""
        await self.hub.changes.until(lambda: len(self.hub.said_by_homes()) > count)

    async def rests(self, seconds: float) -> None:
        """Let time pass in which a hub says no more than it must."""
        end = self.clock.time() + seconds
        while self.clock.time() < end:
            self.clock.jump(A_SHORT_SILENCE)
            await self.looked_at_all()

    async def waits_until(self, moment: float) -> None:
        """Turn a stopped clock on, never so far at once that the hub would count as gone."""
        while (now := self.clock.time()) < moment:
            self.clock.turn_to(min(now + A_SHORT_SILENCE, moment))
            await self.looked_at_all()

    async def refuses(self, *frames: str, answers: int | None = None) -> list[str]:
        """Send frames that must change nothing, and give the codes they are answered with."""
        before, logged = await self.snapshot(), len(self.log.records)
        with calls() as called:
            said = await self.told(*frames, answers=answers)
        assert called == []
        assert difference(before, await self.snapshot()) == {}
        assert [
            each.getMessage()
            for each in self.log.records[logged:]
            if each.levelno >= logging.WARNING
        ] == []
        return [code_of(each) for each in said]

    def limit(self, **limits: Any) -> None:
        """Hold the hub's viewers of the camera to these limits, as the owner would."""
        (share,) = self.entry.subentries.values()
        self.hass.config_entries.async_update_subentry(
            self.entry, share, data={**share.data, "limits": limits}
        )

    async def still_serves(self) -> Opened:
        """Show that an honest viewer sees the camera, whatever came before."""
        opened = await watch(self.hub)
        await self.hub.close_session(opened.session)
        await self.ended(opened.session)
        return opened

    async def shows_on(self, session: str) -> None:
        """Show that who watched sees more, and that the next honest viewer sees the same."""
        seen = self.hub.seen(session)
        assert (await self.hub.fragments(session, seen.fragments + 3)).end is None
        assert (await self.still_serves()).carried_by == session

    async def ended(self, session: str) -> None:
        """Wait until the last word about a session is said: the checkpoint that holds its end."""
        await self.hub.ended(session)
        await self.is_quiet()

    async def is_quiet(self) -> None:
        """Wait until the home has offered its checkpoint, with which it ends each thing it says by itself.

        What its cameras show may become known later, and is listed then.
        Where no camera can be seen, the hub cosigns it.
        """
        await self.hub.changes.until(lambda: self._said_last("checkpoint"))
        if not any(each["state"] == "open" for each in self.hub.cameras()):
            await self._is_cosigned()

    async def _is_cosigned(self) -> None:
        record = self.hass.data[HOUSEHOLD_KEY].record
        async with asyncio.timeout(30):
            while await record.log(self.entry.entry_id).waiting_since() is not None:  # noqa: ASYNC110 - nothing tells it
                await asyncio.sleep(0.01)

    async def tries_again(self, asked: int) -> None:
        """Let the home come back until it has asked the hub twice more than so often."""
        requests = self.hub.requests
        await self._in_time(self.hub.changes.until(lambda: len(requests) >= asked + 2))

    async def comes_back(self) -> None:
        """Let the home come back, however long it means to wait."""
        await self._in_time(self.hub.home_connected())

    async def _in_time(self, fact: Coroutine[Any, Any, object]) -> None:
        """Wait for a fact while the clock goes faster, so that waits that are yet to begin are over as well."""
        waiting = asyncio.create_task(fact)
        while not waiting.done():
            self.clock.jump(0.5)
            await asyncio.wait({waiting}, timeout=0.05)
        await waiting

    def _said_last(self, method: str) -> bool:
        said = (json.loads(each) for each in reversed(self.hub.said_by_homes()))
        told = (each.get("method") for each in said)
        last: str | None = next(each for each in told if each != "cameras")
        return last == method

    @property
    def _entries(self) -> list[ConfigEntry]:
        return self.hass.config_entries.async_entries(DOMAIN)


def code_of(said: str) -> str:
    """Give the code of a refusal, which must be one and hold nothing else."""
    match json.loads(said):
        case {
            "jsonrpc": "2.0",
            "id": _,
            "error": {"code": int(), "message": str(code), **more_error},
            **more,
        } if not (more or more_error):
            return code
    return said


def shown(state: State) -> tuple[str, Mapping[str, Any]]:
    return state.state, state.attributes


def recorded(hass: HomeAssistant) -> Snapshot:
    """Read what lasts out of the record's file, each row under its table and number."""
    path = Path(hass.config.path(DOMAIN, "record.db"))
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return {
            f"{table} {number}": row
            for table, query in LASTING.items()
            for number, row in enumerate(connection.execute(query))
        }
    finally:
        connection.close()


def difference(before: Snapshot, after: Snapshot) -> Snapshot:
    """Give what is another now than before, as it was and as it is."""
    return {
        name: (before.get(name), after.get(name))
        for name in before.keys() | after.keys()
        if before.get(name) != after.get(name)
    }
