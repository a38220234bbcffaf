"""A hub does for a whole day all that it can: phones, disk and memory bear it, and the home's own alarm is heard."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from itertools import count, pairwise
import os
from pathlib import Path
import re
import time
from typing import Any, Final

from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker

from custom_components.latchstring.core.protocol import (
    MAX_REQUESTS_A_DAY,
    MAX_SESSIONS_A_DAY,
    QUOTA_REFUSALS_A_MINUTE,
)
from custom_components.latchstring.core.pushes import A_HUB, A_PHONE, Allowance, Kind
from custom_components.latchstring.core.signatures.jose import MAX_TOKEN_CHARS
from custom_components.latchstring.gate.hub_log import MOST_RECEIPTS
from custom_components.latchstring.history.logbook_lines import CACHED_LINES
from custom_components.latchstring.tracking.causes import MOST_CONTEXTS
from tests.ha.real_phones import RealPhone
from tests.ha.watching import recorded
from tests.reference_hub import (
    Agency,
    Authority,
    Forgery,
    Officer,
    Opened,
    Options,
    ReferenceHub,
    Refused,
    Viewer,
)
from tests.reference_hub.note import cosign
from tests.reference_hub.presence import INGEST
from tests.reference_hub.wire import b64url, from_b64url, new_id

from .clock import Clock
from .held import held
from .house import PORCH, YARD, House

ROUNDS: Final = int(os.environ.get("LATCHSTRING_DAY_ROUNDS", "1"))
"""How often an hour the hub does it all: `LATCHSTRING_DAY_ROUNDS=60 scripts/test tests/ha/rules/test_hostile_day.py`.

Even one uses up a day's sessions and requests before the day is over.
"""

AT_A_TIME: Final = 28
ASKED: Final = 14
TOO_MUCH: Final = 60
"""What is sent beyond the quota, in each round."""

CREW: Final = tuple(f"Officer {number:03}{' of many' * 6}" for number in range(200))
ALARM: Final = "alarm_control_panel.home"
BURGLARS: Final = "Somebody is in the house!"

A_RELAY_S_DAY: Final = 500
"""Messages that the companion app's relay takes for one phone."""

REFUSED: Final = {
    "not_available",
    "quota_exceeded",
    "assertion_replayed",
    "assertion_invalid",
    "assertion_expired",
    "purpose_unknown",
    "method_unknown",
}

A_REQUEST: Final = '{"jsonrpc": "2.0", "id"'

README: Final = Path(__file__).parents[3] / "README.md"


@pytest.fixture
def begin() -> datetime:
    """Midnight where the house stands."""
    return datetime(2026, 11, 18, 8, tzinfo=UTC)


@pytest.fixture
async def clock(clock: Clock) -> Clock:
    """The house's clocks; Home Assistant, for speed, has put the system's in the place of the loop's."""
    del vars(clock.loop)["time"]
    return clock


@pytest.fixture
async def hub(authority: Authority, clock: Clock) -> AsyncIterator[ReferenceHub]:
    """A hub with more people than it needs, that remembers little of what it did."""
    crew = tuple(Officer(sub=f"badge-{name}"[:64], name=name) for name in CREW)
    options = Options(remembers=100)
    async with ReferenceHub(authority, Agency(officers=crew), options) as hub:
        yield hub


@pytest.fixture
async def phone(house: House, aioclient_mock: AiohttpClientMocker) -> RealPhone:
    """The owner's phone; the burglar alarm speaks to it as well, by an automation of the owner's."""
    phone = await RealPhone.register(
        house.hass, aioclient_mock, "Alex's iPhone", house.owner
    )
    options = {**house.entry.options, "notify": [phone.key]}
    house.hass.config_entries.async_update_entry(house.entry, options=options)
    told = {"action": "notify.mobile_app_alex_s_iphone", "data": {"message": BURGLARS}}
    triggered = {"trigger": "state", "entity_id": ALARM, "to": "triggered"}
    automation = {"alias": "Burglars", "triggers": triggered, "actions": told}
    assert await async_setup_component(
        house.hass, "automation", {"automation": automation}
    )
    return phone


def most(allowances: Mapping[Kind, Allowance]) -> int:
    """Give how many messages there are at most, of all kinds."""
    return sum(each.most for each in allowances.values())


BOUNDED: Final = {
    "EntryLine": CACHED_LINES,
    "_ContextCache._known": 2 * MOST_CONTEXTS,
    "RateLimit._refusals": 2 * QUOTA_REFUSALS_A_MINUTE,
    "AllowanceUsage._at": most(A_HUB)
    + 2 * most(A_PHONE),  # for all hubs, and for this one
    "HubLogWriter._receipts_due": MOST_RECEIPTS,
    "DailyCounter._uses": MAX_SESSIONS_A_DAY + MAX_REQUESTS_A_DAY,
    "_Use": MAX_SESSIONS_A_DAY + MAX_REQUESTS_A_DAY,
    "PresentationClock._recent": 8,  # a busy machine has shown fewer pictures by then
    "Timeline._leads": 16,
}
"""What is not full before noon, by how much it ever holds."""


class Rude:
    """Does what it wants, in rounds, and counts how it is answered."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.hub = house.hub
        self.outcomes: Counter[str] = Counter()
        self._officers = count()
        self._said: dict[str, Any] = {}

    async def round(self) -> None:
        """Look, ask, repeat, babble, and come back."""
        await self.looks()
        await self.looks()
        await self.asks()
        await self.repeats()
        await self.babbles()
        await self.comes_back()

    def _officer(self) -> str:
        return CREW[next(self._officers) % len(CREW)]

    async def looks(self) -> None:
        """Have a crowd begin to watch, of whom each is gone at once."""
        await self._rest()
        cameras = [self.house.camera(PORCH)["camera"]] * AT_A_TIME
        outcomes = await asyncio.gather(
            *(
                self.hub.open_session(each, forgery=self._longest(each))
                for each in [*cameras, new_id(), new_id()]
            )
        )
        let_in = [each for each in outcomes if isinstance(each, Opened)]
        for each in let_in:
            await self.hub.close_session(each.session)
        for each in let_in:
            await self.hub.ended(each.session)
            await self.hub.receipt(each.session)
        self.outcomes.update(
            "watched" if isinstance(each, Opened) else each.code for each in outcomes
        )

    def _longest(self, camera: str) -> Forgery:
        """Ask for a session in as many bytes as a home takes."""
        presence, session = self.hub.presence, f"s-{new_id() * 3}"[:64]
        url = f"{presence.ingest_origin}{INGEST}/{session}/video.cmfv"
        officer = presence.agency.officer(self._officer())
        params = self.hub.session_params(
            camera,
            forgery=Forgery(
                claims={"sub": officer.sub, "name": officer.name, "jti": session},
                params={
                    "session": session,
                    "ingest": {"url": url, "token": new_id()},
                },
            ),
        )
        return Forgery(params={**params, "assertion": self._padded(params)})

    def _padded(self, params: Mapping[str, Any]) -> str:
        """Sign an assertion again with blanks that mean nothing."""
        header, claims, _ = params["assertion"].split(".")
        blanks = b" " * ((MAX_TOKEN_CHARS - len(params["assertion"])) * 3 // 4 - 2)
        signed = f"{header}.{b64url(from_b64url(claims) + blanks)}"
        key = self.hub.presence.identity.assertion
        return f"{signed}.{b64url(key.sign(signed.encode()))}"

    async def asks(self) -> None:
        """Ask for cameras that there are and that there are not."""
        await self._rest()
        yard = self.house.camera(YARD)["camera"]
        answers = await asyncio.gather(
            *(
                self.hub.ask_to_watch(
                    camera, viewer=Viewer(officer=self._officer()), minutes=60
                )
                for camera in [yard, new_id()] * (ASKED // 2)
            )
        )
        self.outcomes.update(
            answer["error"]["message"] if "error" in answer else "asked"
            for _, answer in answers
        )

    async def repeats(self) -> None:
        """Say again what was said before, and what contradicts it."""
        await self._rest()
        said = self._said
        for exchange in tuple(self.hub.transcript):
            if exchange.direction == "to home" and exchange.text.startswith(A_REQUEST):
                said[exchange.message["method"]] = exchange.message["params"]
        identity = self.hub.presence.identity
        note = said["checkpoint.cosigned"]["checkpoint"]
        later = cosign(
            note.rsplit("\n", 2)[0] + "\n",
            identity.hub_id,
            identity.witness,
            int(time.time()) + 60,
        )
        words = [
            ("checkpoint.cosigned", {"checkpoint": note}),
            ("checkpoint.cosigned", {"checkpoint": later}),
            ("checkpoint.refused", {"size": 1, "reason": "not_proven"}),
            ("checkpoint.refused", {"size": 1, "reason": "not_consistent"}),
            ("checkpoint.consistency", {"from_size": 1, "to_size": 2}),
            *[each for each in said.items() if each[0] != "checkpoint.cosigned"],
        ]
        for method, params in words * 3:
            await self._says(method, params)

    async def _says(self, method: str, params: Mapping[str, Any]) -> None:
        answer = await self.hub.request(method, params)
        self.outcomes[answer.get("error", {}).get("message", "taken")] += 1

    async def babbles(self) -> None:
        """Say what means nothing, and what is signed wrongly, and more of both than is looked at."""
        await self._rest()
        camera = self.house.camera(PORCH)["camera"]
        for claims in ({"purpose": "gossip"}, {"aud": new_id()}, {"exp": 1}):
            refused = await self.hub.open_session(
                camera, forgery=Forgery(claims=claims)
            )
            assert isinstance(refused, Refused)
            self.outcomes[refused.code] += 1
        for raw in ("hello", '{"jsonrpc": "2.0"}', "{}", "[]") * 25:
            await self.hub.send_raw(raw)
        for _ in range(TOO_MUCH):
            await self._says("camera.open", {"camera": camera})

    async def comes_back(self) -> None:
        """Hang up until as much time has passed by the loop as by the wall's clock; then the home is back."""
        (home,) = self.hub.control.homes()
        await self.hub.disconnect()
        await self.hub.home_disconnected()
        self.house.clock.loop.jump(3600 / ROUNDS)
        waiting = asyncio.create_task(self.hub.home_admits())
        while not waiting.done():
            if home.connection is None:
                self.house.clock.loop.jump(2)
            await asyncio.wait({waiting}, timeout=0.02)
        await waiting

    async def _rest(self) -> None:
        """Let as much time pass for the connection as makes its quota whole again."""
        self.house.clock.loop.jump(5)
        await self.hub.settled()


def size_of_record(house: House) -> int:
    """Give the size of all that the record has on disk."""
    folder = Path(house.hass.config.path("latchstring"))
    return sum(each.stat().st_size for each in folder.glob("record.db*"))


def most_of_hubs_in_a_day() -> int:
    """Read what the README promises, in bytes."""
    said = re.search(r"adds at most about (\d+) MB a day", README.read_text("utf-8"))
    assert said is not None
    return int(said[1]) * 1_000_000


@pytest.mark.timeout(300 * ROUNDS)
async def test_a_hub_that_does_all_it_can_for_a_day(
    house: House, phone: RealPhone
) -> None:
    rude = Rude(house)
    await house.says(ALARM, "armed_away")
    await house.set_rules(PORCH, openings=["always"], limits={"viewers": 32})
    await house.set_rules(YARD, openings=["approval"])
    await house.hub.home_admits()
    size, pushed = size_of_record(house), [0]
    held_at: dict[int, Counter[str]] = {}

    for hour in range(24):
        for _ in range(ROUNDS):
            await rude.round()
            await house.clock.passes(minutes=60 / ROUNDS)
        if hour in (5, 23):
            await house.hass.async_block_till_done()
            await house.hub.settled()  # what the hour itself has set going is over
            held_at[hour] = held(house.hass)
        pushed.append(len(phone.pushed))
        if hour == 12:
            await house.says(ALARM, "triggered")
            assert phone.pushed[-1]["message"] == BURGLARS
            pushed[-1] += 1
    await recorded(house.hass)

    assert rude.outcomes["watched"] == MAX_SESSIONS_A_DAY
    assert rude.outcomes["asked"] == MAX_REQUESTS_A_DAY
    assert rude.outcomes.keys() >= REFUSED
    assert not house.hub.faults
    of_hubs = [each for each in phone.pushed if each["message"] != BURGLARS]
    assert len(of_hubs) <= most(A_PHONE) < A_RELAY_S_DAY
    assert max(later - earlier for earlier, later in pairwise(pushed)) <= most(A_HUB)
    assert size_of_record(house) - size <= most_of_hubs_in_a_day()
    grown = {
        name: (early, late)
        for name, late in held_at[23].items()
        if late > max(early := held_at[5][name], BOUNDED.get(name, 0))
    }
    assert grown == {}
    assert BOUNDED.keys() <= held_at[23].keys()  # each bound is of something
