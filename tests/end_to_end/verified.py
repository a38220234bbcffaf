"""What the stand-alone verifier, in a process of its own, makes of a house's record."""

import asyncio
from asyncio.subprocess import PIPE
from collections.abc import Iterable, Iterator
import json
from pathlib import Path
import sys
from typing import Any, Final

from tests.reference_hub import ReferenceHub

from .house import INTEGRATION

VERIFIER: Final = INTEGRATION / "verifier"
PATIENCE: Final = 60


def objects_in(values: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """Give every object of JSON, however deep it lies."""
    for value in values:
        if isinstance(value, dict):
            yield value
            yield from objects_in(value.values())
        elif isinstance(value, list):
            yield from objects_in(value)


def newest_shown(hub: ReferenceHub) -> str:
    """Give the largest of the checkpoints that the home has shown the hub."""
    said = (each.message for each in hub.transcript if each.direction == "from home")
    found = (each.get("checkpoint") for each in objects_in(said))
    return max((note for note in found if isinstance(note, str)), key=size_of)


def size_of(note: str) -> int:
    """Say how many entries a checkpoint is of."""
    return int(note.split("\n")[1])


async def verify(record: Path, hub: ReferenceHub, folder: Path) -> None:
    """See that all is there that the hub was ever shown, in trees that hold, and that the hub vouches for it."""
    newest = newest_shown(hub)
    checkpoint = folder / "newest-checkpoint"
    checkpoint.write_text(newest)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(VERIFIER), str(record), "--json"),
        *("--hub-key", hub.hub_id, "--checkpoint", str(checkpoint)),
        stdout=PIPE,
    )
    async with asyncio.timeout(PATIENCE):
        said, _ = await process.communicate()
    verdict = json.loads(said)
    assert verdict["findings"] == [], verdict
    for log in verdict["logs"]:
        assert log["findings"] == [], log
    (shown,) = (
        log for log in verdict["logs"] if log["origin"] == newest.split("\n")[0]
    )
    assert shown["status"] == "verified", shown
    assert shown["confirmed"]["entries"] >= size_of(newest)
