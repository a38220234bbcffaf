"""What it takes to load a hub, beside loading as many plain entities."""

from collections.abc import Mapping
from typing import Any, Final

from .home import Home

HUB: Final = "the hub"
PLAIN: Final = "plain entities"

HALVES: Final = ("load", "unload")

type Reload = Mapping[str, Mapping[str, Any]]
"""What was counted of each half."""


async def reloads(home: Home, runs: int) -> dict[str, list[Reload]]:
    """Take turns between the first hub and as many plain entities, so that both have the same weather."""
    hub = next(iter(home.hubs))
    plain = (await home.probe("add_plain", entry=hub))["entry_id"]
    found: dict[str, list[Reload]] = {PLAIN: [], HUB: []}
    for _ in range(runs):
        for name, entry in ((PLAIN, plain), (HUB, hub)):
            found[name].append(await home.probe("reload", entry=entry))
    return found
