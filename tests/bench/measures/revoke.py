"""From a switch turned off to the last byte handed to the kernel.

A hub that reads all there is, and one whose line is slower than the camera, so that data waits; and twelve more
streams beside them, two of them to a slow line.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
import random
from typing import Final

from tests.bench.asked import Asked
from tests.bench.report import Compared, Figures, Goal, Report
from tests.bench.stage import LABEL, Paired, Stage, stage
from tests.cameras.gst_camera import Model
from tests.reference_hub import Opened, Options

RUNS: Final = 300
MODEL: Final = Model(pattern="snow", bitrate=4000, gop=15)
"""Noise, because a quiet picture would not fill a slow line."""
SLOW: Final = 1_000_000
SLOW_LINE: Final = Options(receive_buffer=16 * 1024)
BESIDE: Final = {"beside": 10, "slow beside": 2}
"""Hubs that watch so many cameras of their own all the while: fourteen streams with the two that are measured."""
HUBS: Final = {"healthy": Options(), "slow": SLOW_LINE}
ALL_HUBS: Final = {**HUBS, "beside": Options(), "slow beside": SLOW_LINE}
QUEUED: Final = 192 * 1024
MOST_REPEATED: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """One switch-off; times in milliseconds after the switch was entered."""

    last_write: float
    silent_before: float
    returned: float
    reset_seen: float
    still_received: float
    never_arrived: float


class NothingFlowed(Exception):
    """A run in which there was nothing to cut."""


async def measure(folder: Path, asked: Asked, tell: Callable[[str], None]) -> Report:
    """Take turns between the two hubs, so that both have the same weather."""
    found: dict[str, list[Revoked]] = {name: [] for name in HUBS}
    repeated = 0
    async with stage(folder, model=MODEL, hubs=ALL_HUBS, beside=BESIDE) as set_up:
        await _watch_beside(set_up)
        for name in ("slow", "slow beside"):
            set_up.hubs[name].hub.pause_reading(SLOW)
        while any(len(each) < asked.runs for each in found.values()):
            for name in HUBS:
                paired = set_up.hubs[name]
                try:
                    found[name].append(await _revoke(set_up, paired, name))
                except (TimeoutError, NothingFlowed) as error:
                    repeated += 1
                    tell(f"a run on the {name} hub came to nothing: {error!r}")
                    if repeated > MOST_REPEATED:
                        raise
    return Report(
        benchmark="revoke",
        runs=asked.runs,
        repeated=repeated,
        goals=_goals(found),
        rows=_rows(found),
    )


def _goals(found: dict[str, list[Revoked]]) -> list[Goal]:
    return [
        Goal(
            what=f"last write to the {name} hub, p99",
            unit="ms",
            most=50,
            found=Figures.of([each.last_write for each in runs]).p99,
        )
        for name, runs in found.items()
    ]


def _rows(found: dict[str, list[Revoked]]) -> list[Compared]:
    measures = (
        ("last_write", "last socket write after the switch", "ms"),
        ("silent_before", "last socket write before the switch", "ms"),
        ("returned", "the switch's action takes", "ms"),
        ("reset_seen", "the hub sees the reset after", "ms"),
        ("still_received", "the hub still reads, from its own buffers", "bytes"),
        ("never_arrived", "given to the line, and dropped", "bytes"),
    )
    return [
        Compared(
            measure=words,
            unit=unit,
            figures={
                name: Figures.of([getattr(each, measure) for each in runs])
                for name, runs in found.items()
            },
        )
        for measure, words, unit in measures
    ]


async def _revoke(set_up: Stage, paired: Paired, name: str) -> Revoked:
    opened = await _watched(set_up, paired)
    if name == "slow":
        await _until_queued(set_up, paired, opened)
    # Anywhere between two pictures: the run before this line ends right after one.
    await asyncio.sleep(random.uniform(0, 2 / MODEL.fps))  # noqa: S311  # it hides nothing
    switched = await set_up.probe("switch_off", entity_id=paired.switch)
    entered = switched["entered"]
    seen = await paired.hub.upload_ended(opened.session)
    in_the_end = await set_up.probe("account")
    last_write = (in_the_end["last_write"] - entered) * 1000
    await paired.hub.ended(opened.session)
    assert seen.ended is not None
    return Revoked(
        last_write=max(0.0, last_write),
        silent_before=max(0.0, -last_write),
        returned=(switched["returned"] - entered) * 1000,
        reset_seen=(seen.ended.monotonic - entered) * 1000,
        still_received=paired.hub.bytes_after(opened.session, entered),
        never_arrived=in_the_end["sent"] - paired.hub.bytes_after(opened.session, 0),
    )


async def _watch_beside(set_up: Stage) -> None:
    """Have the other hubs watch their cameras; the probe holds each, so that it takes none for the one measured."""
    for name in BESIDE:
        paired = set_up.hubs[name]
        for label in paired.switches:
            opened = await _opened(set_up, paired, label)
            await set_up.probe("hold", name=opened.session)


async def _opened(set_up: Stage, paired: Paired, label: str) -> Opened:
    """Let video flow of a camera."""
    await set_up.house.client.call("switch.turn_on", paired.switches[label])
    camera = await paired.hub.camera_is("open", label)
    opened = await paired.hub.open_session(camera["camera"])
    if not isinstance(opened, Opened):
        raise NothingFlowed(opened.code)
    await paired.hub.fragments(opened.session, 2)
    return opened


async def _watched(set_up: Stage, paired: Paired) -> Opened:
    """Let video flow, and have the probe hold on to what carries it."""
    opened = await _opened(set_up, paired, LABEL)
    await set_up.probe("hold")
    now = paired.hub.seen(opened.session).fragments
    await paired.hub.fragments(opened.session, now + 4)
    return opened


async def _until_queued(set_up: Stage, paired: Paired, opened: Opened) -> None:
    """Wait until more has been given to the line than has come out of it."""
    async with asyncio.timeout(30):
        while True:
            sent = (await set_up.probe("account"))["sent"]
            if sent - paired.hub.seen(opened.session).bytes >= QUEUED:
                return
            await asyncio.sleep(0.05)
