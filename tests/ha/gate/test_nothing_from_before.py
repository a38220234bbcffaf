"""No viewer is shown what came before their camera was opened, whatever opened it and however its connection stands.

Each camera numbers its pictures and keeps when it sent each; what the hubs got is decoded, and the numbers are read.
`LATCHSTRING_OPENINGS=100` opens every camera so many times, which takes minutes (`--timeout 0`).
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product
import logging
import os
from typing import Final

from homeassistant.components.schedule import DOMAIN as SCHEDULE
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.latchstring.household.household import HOUSEHOLD_KEY
from custom_components.latchstring.relay import CameraStream
from tests.cameras.odd import Film, OddCamera, Oddities, odd_camera
from tests.ha.front_door import PEOPLE, pair
from tests.ha.own_cameras import OwnCamera, install
from tests.ha.phones import ALEX, register_phone
from tests.ha.rules.entities import every_day
from tests.ha.rules.house import change_rules, share_of
from tests.ha.watching import turn_on
from tests.reference_hub import Authority, Opened, Options, ReferenceHub
from tests.relay.tape import Tape, any_source

from .looking import Looks
from .ways_to_open import WAYS, Shared, Way

_LOGGER: Final = logging.getLogger(__name__)
OPENINGS: Final = int(os.environ.get("LATCHSTRING_OPENINGS", "6"))
RATE: Final = 15
RARE, OFTEN = "rare", "often"
FILMS: Final[Mapping[str, Film]] = {
    RARE: Film(pictures=60 * RATE, keyframe_every=30 * RATE),
    OFTEN: Film(pictures=60 * RATE, keyframe_every=RATE),
}
"""Thirty seconds between keyframes, and one."""
LABELS: Final = {f"{way} {film}": (way, film) for way, film in product(WAYS, FILMS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Its cameras, one for each film and each way to open it; what one hub sees of a film, the other sees of the other.

    Both may be told of all of them.
    """

    hass: HomeAssistant
    owner: str
    cameras: Mapping[str, OddCamera]
    entities: Mapping[str, str]
    hubs: Mapping[str, ReferenceHub]
    hand: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def pair(self, *, all_to_both: bool) -> dict[str, ConfigEntry]:
        """Let the hubs know of the cameras; give their entries by the film they see."""
        entries = {}
        for film, hub in self.hubs.items():
            labels = {
                entity_id: label
                for label, entity_id in self.entities.items()
                if all_to_both or LABELS[label][1] == film
            }
            self.rewind()
            people = {**PEOPLE, "notify": [ALEX]}
            entries[film] = await pair(
                self.hass, hub.invitation(), labels=labels, people=people
            )
            await hub.home_connected()
            await hub.home_admits()
        return entries

    def rewind(self) -> None:
        """Let each camera begin with a keyframe, whoever comes first."""
        for camera in self.cameras.values():
            camera.rewind()

    def shared(self, label: str, film: str, entry: ConfigEntry) -> Shared:
        """Give a camera as the hub knows it that sees this film."""
        return Shared(
            hass=self.hass,
            hub=self.hubs[film],
            entry=entry,
            owner=self.owner,
            entity_id=self.entities[label],
            label=label,
            hand=self.hand,
        )


async def make_ready(
    home: Home, shares: Mapping[Shared, Way], *, stays_connected: bool
) -> None:
    """Let each camera be opened in its way alone."""
    for shared, way in shares.items():
        rules = {**way.rules(shared), "stays_connected": stays_connected}
        change_rules(home.hass, shared.entry, shared.label, **rules)
    await home.hass.async_block_till_done()
    for shared, way in shares.items():
        if way is not WAYS["always"]:
            await turn_on(home.hass, shared.switch("sharing"), user=home.owner)
        await way.closes(shared)
        closed = "ask" if way.is_for_one else "closed"
        await shared.hub.camera_is(closed, shared.label)


def stream_of(shared: Shared) -> CameraStream:
    """Give a camera's one connection."""
    camera = share_of(shared.entry, shared.label).data["camera"]
    cameras = shared.hass.data[HOUSEHOLD_KEY].cameras
    stream: CameraStream = cameras.source(camera, "").stream
    return stream


@asynccontextmanager
async def was_looked_at(shared: Shared, _other: Shared) -> AsyncIterator[None]:
    """Have had a picture a moment ago."""
    stream, tape = stream_of(shared), Tape()
    stream.attach(tape, any_source, since=0)
    await tape.until(1)
    stream.detach(tape)
    yield


@asynccontextmanager
async def is_looked_at(_shared: Shared, other: Shared) -> AsyncIterator[None]:
    """Have a viewer of another hub watch all the while."""
    await WAYS["always"].opens(other)
    opened = await other.hub.open_session(other.camera)
    assert isinstance(opened, Opened)
    await other.hub.fragments(opened.session, 2)
    yield
    assert (await other.hub.fragments(opened.session, 2)).end is None
    await other.hub.close_session(opened.session)
    await other.hub.ended(opened.session)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How a camera's connection stands when it is opened."""

    holds: Callable[[Shared, Shared], AbstractAsyncContextManager[None]]
    is_lost: bool = False
    is_wanted: bool = False
    """Its owner wants it to be there though nobody watches."""
    has_other_viewer: bool = False


CONNECTIONS: Final = {
    "fresh": Connection(holds=was_looked_at, is_lost=True),
    "kept": Connection(holds=was_looked_at),
    "warm": Connection(holds=was_looked_at, is_wanted=True),
    "live": Connection(holds=is_looked_at, has_other_viewer=True),
}


@pytest.fixture
def expected_lingering_timers() -> bool:
    """Let Home Assistant's schedules wait for the end of their day."""
    return True


@pytest.fixture
async def cameras(authority: Authority) -> AsyncIterator[dict[str, OddCamera]]:
    """Cameras that take their time for each picture, and send it in several ways."""
    usual = Oddities(pictures_per_second=RATE, spread=0.05, largest_payload=500)
    sent = {
        "always": usual,
        "schedule": replace(usual, tcp_status=461, udp_status=200),
        "alarm": replace(usual, tls=authority.server_context()),
        "owner": replace(usual, marks="never"),
        "approval": replace(usual, sets="described"),
    }
    async with AsyncExitStack() as stack:
        yield {
            label: await stack.enter_async_context(
                odd_camera(replace(sent[way], film=FILMS[film]))
            )
            for label, (way, film) in LABELS.items()
        }


@pytest.fixture
async def home(
    hass: HomeAssistant,
    authority: Authority,
    cameras: dict[str, OddCamera],
    owner: str,
) -> AsyncIterator[Home]:
    """Nobody knows of its cameras yet."""
    asyncio.get_running_loop().set_debug(False)  # it takes its time
    register_phone(hass, "Alex", "Apple")
    async_mock_service(hass, "notify", "mobile_app_alex")
    sources = [
        OwnCamera(label, camera.url, device=label) for label, camera in cameras.items()
    ]
    entities = await install(hass, *sources)
    week = every_day(("00:00:00", "24:00:00"))
    schedules = {
        entity_id.partition(".")[2]: {"name": label, **week}
        for label, entity_id in zip(LABELS, entities, strict=True)
    }
    assert await async_setup_component(hass, SCHEDULE, {SCHEDULE: schedules})
    options = Options(keep_media=True)
    async with (
        ReferenceHub(authority, options=options) as rare,
        ReferenceHub(authority, options=options) as often,
    ):
        yield Home(
            hass=hass,
            owner=owner,
            cameras=cameras,
            entities=dict(zip(LABELS, entities, strict=True)),
            hubs={RARE: rare, OFTEN: often},
        )


async def looks_at(home: Home, connection: Connection) -> list[Looks]:
    """Have all cameras opened and closed, side by side."""
    entries = await home.pair(all_to_both=connection.has_other_viewer)
    shares, others = dict[Shared, Way](), dict[Shared, Way]()
    for label, (way, film) in LABELS.items():
        other = OFTEN if film == RARE else RARE
        shares[home.shared(label, film, entries[film])] = WAYS[way]
        others[home.shared(label, other, entries[other])] = WAYS["always"]
    home.rewind()
    await make_ready(home, shares, stays_connected=connection.is_wanted)
    if connection.has_other_viewer:
        await make_ready(home, others, stays_connected=False)
    look = partial(_looks_at, home, connection)
    looks = map(look, shares.items(), others, strict=True)
    return await asyncio.gather(*looks)


async def _looks_at(
    home: Home, connection: Connection, share: tuple[Shared, Way], other: Shared
) -> Looks:
    shared, way = share
    camera = home.cameras[shared.label]
    waits = LABELS[shared.label][1] == OFTEN
    looks = Looks(shared=shared, camera=camera, way=way, waits=waits)
    async with connection.holds(shared, other):
        before = camera.connections
        await looks.take(OPENINGS, hangs_up=connection.is_lost)
    assert (camera.connections > before + 1) == connection.is_lost
    return looks


@pytest.mark.parametrize("connection", CONNECTIONS.values(), ids=CONNECTIONS)
async def test_no_picture_from_before_an_opening_is_shown(
    home: Home, connection: Connection
) -> None:
    """Thirty seconds between keyframes show most viewers nothing, a second most of them something."""
    for looks in (taken := await looks_at(home, connection)):
        _LOGGER.info("%s", looks)
        assert len(looks.taken) >= OPENINGS
        assert looks.from_before == []
        assert len(looks.shown) >= looks.waits * OPENINGS // 2
    seconds = sum(looks.seconds for looks in taken)
    assert sum(looks.at_once for looks in taken) > seconds // 2
    assert [hub.faults for hub in home.hubs.values()] == [[], []]
