"""What the owner of a stage's house has chosen: what opens the cameras, and whose phones hear of it."""

import asyncio
import json

from .pairing import answer
from .phone import Phone
from .stage import Stage


async def open_by(running: Stage, *openings: str) -> None:
    """Let these open every camera, as the dialogs would write it; Home Assistant is started anew for that."""
    await running.house.stop()
    store = running.house.folder / ".storage" / "core.config_entries"
    kept = json.loads(await asyncio.to_thread(store.read_text))
    for entry in kept["data"]["entries"]:
        for share in entry["subentries"]:
            share["data"]["openings"] = [*openings]
    await asyncio.to_thread(store.write_text, json.dumps(kept))
    await running.house.start()
    await running.hub.home_connected()


async def tell(running: Stage, *phones: Phone) -> None:
    """Let the hub's options name these phones."""
    client = running.house.client
    step = await client.flow("options/flow", {"handler": running.entry})
    people = {
        "notify": [phone.service for phone in phones],
        "openers": [],
        "automations_may_open": True,
    }
    await answer(client, step, "init", people, manager="options/flow")
