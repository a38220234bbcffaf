"""Eight cameras, a house that shares them with two hubs, and who lives there: all that runs for hours."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from homeassistant.util import slugify

from tests.reference_hub import Agency, Authority, ReferenceHub, make_authority

from ..choices import change, only_when
from ..house import House, house
from ..pairing import pair
from ..stage import Stage
from ..storage import Camera
from .cameras import KINDS, LivingCamera
from .hubs import BusyHub
from .meanwhile import meanwhile
from .owner import Owner, Switches
from .tally import Tally

AGENCIES: Final = ("North Police Department", "South Police Department")
BY_OWNER: Final = "Lane"
"""The camera that nothing but the owner opens, for a while each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """All parts, running and well."""

    house: House
    cameras: tuple[LivingCamera, ...]
    hubs: tuple[BusyHub, ...]
    owner: Owner


@asynccontextmanager
async def scene(
    folder: Path, *, cameras: int, seed: str, tally: Tally
) -> AsyncIterator[Scene]:
    """Set it up, and take it down in the end; raises what a camera failed of."""
    authority = make_authority(folder / "authority")
    async with AsyncExitStack() as stack:
        living = tuple(
            LivingCamera(name, authority, seed=seed, tally=tally)
            for name in islice(KINDS, cameras)
        )
        await stack.enter_async_context(meanwhile(*(each.live() for each in living)))
        built = await stack.enter_async_context(
            house(
                folder / "house",
                [Camera(name=each.name, video=each.url, still="") for each in living],
                authority=authority.ca_path,
                probe=True,
            )
        )
        labels = {f"camera.{slugify(each.name)}": each.name for each in living}
        stages = [
            await _paired(stack, built, authority, Agency(name=name), labels)
            for name in AGENCIES
        ]
        switches = await _switches(built, labels)
        yield Scene(
            house=built,
            cameras=living,
            hubs=tuple(BusyHub(each, seed=seed, tally=tally) for each in stages),
            owner=Owner(built.client, switches, seed=seed, tally=tally),
        )


async def _paired(
    stack: AsyncExitStack,
    built: House,
    authority: Authority,
    agency: Agency,
    labels: Mapping[str, str],
) -> Stage:
    hub = await stack.enter_async_context(ReferenceHub(authority, agency))
    for entity_id in labels:
        await built.client.state(entity_id, "idle")
    entry = await pair(built.client, hub.invitation(), labels)
    home = await hub.home_connected()
    stage = Stage(house=built, hub=hub, authority=authority, home=home, entry=entry)
    if BY_OWNER in labels.values():
        await change(stage, BY_OWNER, **only_when("owner"))
    return stage


async def _switches(built: House, labels: Mapping[str, str]) -> Switches:
    entities = await built.client.command("config/entity_registry/list")
    by_key: dict[str, list[str]] = {"sharing": [], "share_all": []}
    for entity in entities:
        if entity["platform"] == "latchstring" and entity["translation_key"] in by_key:
            by_key[entity["translation_key"]].append(entity["entity_id"])
    return Switches(cameras=[*labels], **by_key)
