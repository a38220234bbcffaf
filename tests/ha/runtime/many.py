"""A house with many cameras, all listed for each of a few hubs, and switched on."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
import os
from pathlib import Path
import secrets
import socket
import stat
from types import MappingProxyType
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import ATTR_ENTITY_ID, SERVICE_TURN_ON
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import entity_registry as er
from yarl import URL

from custom_components.latchstring.household.household import HOUSEHOLD_KEY
from tests.cameras import serve
from tests.ha.front_door import pair
from tests.ha.own_cameras import OwnCamera, install, registered
from tests.ha.rules.scene import nothing_much
from tests.ha.watching import is_on, watch
from tests.reference_hub import Agency, Authority, Opened, Options, ReferenceHub

GUESTS: Final = "input_boolean.guests"
NEVER_WITH_GUESTS: Final[Mapping[str, Any]] = {
    "openings": ["always"],
    "never": [{"entity": GUESTS, "clear": ["off"]}],
}
MOST_A_HUB: Final = 100
"""As many cameras as a hub may list."""

OPEN_FILES: Final = Path("/dev/fd")

type RulesOf = Callable[[int], Mapping[str, Any]]
"""Gives the rules of a camera by its number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """Hubs of agencies that have nothing to do with each other, each with the same cameras."""

    hass: HomeAssistant
    hubs: Sequence[ReferenceHub]
    entries: Sequence[ConfigEntry]
    owner: str

    def entities(self, key: str, hub: int | None = None) -> list[str]:
        """Find our entities of a kind, in the order of their cameras: a hub's, or all."""
        registry = er.async_get(self.hass)
        entries = self.entries if hub is None else [self.entries[hub]]
        return [
            entity.entity_id
            for entry in entries
            for entity in er.async_entries_for_config_entry(registry, entry.entry_id)
            if entity.translation_key == key
        ]

    def viewable(self, hub: int | None = None) -> int:
        """Count the cameras that the owner is shown as viewable."""
        shown = self.entities("viewable", hub)
        return sum(is_on(self.hass, each) for each in shown)

    async def watch(
        self, *watched: tuple[int, int], listed_as: str = "ask"
    ) -> list[Opened]:
        """Watch cameras, each by its hub and its own number, until the video of all flows.

        By itself they are cameras that hide whether they are open.
        """
        return await asyncio.gather(
            *(
                watch(self.hubs[hub], label_of(camera), listed_as=listed_as)
                for hub, camera in watched
            )
        )

    def uploads(self) -> int:
        """Count the sockets that could carry a byte of video to a hub now."""
        ports = {URL(hub.presence.ingest_origin).port for hub in self.hubs}
        return sum(
            _port_behind(int(each.name)) in ports for each in OPEN_FILES.iterdir()
        )

    async def is_shown(self) -> None:
        """Wait until all that has turned is shown, a little in each turn of the loop."""
        await self.hass.async_block_till_done()
        await self.hass.data[HOUSEHOLD_KEY].display_queue.async_settled()
        await self.hass.async_block_till_done()

    async def turn_on(self, *entity_ids: str) -> None:
        """Turn switches on in one go, as the owner."""
        await self.hass.services.async_call(
            "switch",
            SERVICE_TURN_ON,
            {ATTR_ENTITY_ID: [*entity_ids]},
            blocking=True,
            context=Context(user_id=self.owner),
        )
        await self.is_shown()

    def say(self, entity_id: str, state: str | None) -> None:
        """Let an entity of somebody else's say something; None: it goes away."""
        if state is None:
            self.hass.states.async_remove(entity_id)
        else:
            self.hass.states.async_set(entity_id, state)


def label_of(camera: int) -> str:
    """Return what hubs call a camera."""
    return f"Camera {camera}"


def _port_behind(file: int) -> int | None:
    """Return the port that an open file is connected to, if it is a socket that is."""
    try:
        if not stat.S_ISSOCK(os.fstat(file).st_mode):
            return None
        with socket.socket(fileno=os.dup(file)) as known:
            _, port, *_ = known.getpeername()
            return int(port)
    except OSError, ValueError:
        return None


@asynccontextmanager
async def many(
    hass: HomeAssistant,
    authority: Authority,
    *,
    owner: str,
    cameras: Sequence[int],
    rules: RulesOf,
) -> AsyncIterator[Many]:
    """Pair as many hubs as there are numbers of cameras, list those for each, and switch all on."""
    async with (
        serve(scenes={"grey": nothing_much}) as served,
        _agencies(authority, len(cameras)) as hubs,
    ):
        entity_ids = await install(
            hass,
            *(
                OwnCamera("View", served.url("grey"), device=label_of(each))
                for each in range(max(cameras))
            ),
        )
        entries = [
            await _paired(
                hass,
                hub,
                *(
                    share(hass, camera, entity_ids[camera], rules(camera))
                    for camera in range(number)
                ),
            )
            for hub, number in zip(hubs, cameras, strict=True)
        ]
        house = Many(hass=hass, hubs=hubs, entries=entries, owner=owner)
        await house.turn_on(*house.entities("sharing"))
        yield house


@asynccontextmanager
async def _agencies(
    authority: Authority, number: int
) -> AsyncIterator[list[ReferenceHub]]:
    """Run so many hubs, each with an ingest of its own."""
    options = Options(own_ingest_port=True)
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                ReferenceHub(authority, Agency(name=f"Agency {each}"), options)
            )
            for each in range(number)
        ]


async def _paired(
    hass: HomeAssistant, hub: ReferenceHub, *shares: ConfigSubentry
) -> ConfigEntry:
    """Pair without a camera, and list them all while the entry is not loaded, which takes no time for each."""
    entry = await pair(hass, hub.invitation())
    await hub.home_connected()
    assert await hass.config_entries.async_unload(entry.entry_id)
    for each in shares:
        hass.config_entries.async_add_subentry(entry, each)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hub.home_connected()
    await hub.home_admits()
    return entry


def share(
    hass: HomeAssistant, camera: int, entity_id: str, rules: Mapping[str, Any]
) -> ConfigSubentry:
    """Give what the dialog keeps of a camera that it lists without its video's details."""
    key = registered(er.async_get(hass), entity_id).id
    data = {
        "camera": key,
        "camera_id": secrets.token_urlsafe(16),
        "label": label_of(camera),
        "place": None,
        "video": None,
        **rules,
    }
    return ConfigSubentry(
        data=MappingProxyType(data),
        subentry_type="share",
        title=label_of(camera),
        unique_id=key,
    )
