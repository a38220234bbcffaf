"""`python -m tests.demo`: the whole of Latchstring on this machine, to look at. `--check` plays its story instead."""

from argparse import ArgumentParser, Namespace
import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
import signal
import sys
from tempfile import TemporaryDirectory
from typing import Any, Final

from tests.browser import PageFailed

from .choices import never_with_guests, open_by_alarm_or_answer
from .client import CommandFailed
from .dialogs import look_at_dialogs
from .house import HouseDown
from .pairing import FlowFailed
from .pictures import take_pictures
from .ports import free_port
from .promise import PromiseBroken
from .scheduled import DAYS, NAME as SCHEDULE
from .stage import LABELS, Setting, Stage, stage
from .story import Story

HOUSE_PORT: Final = 8124
HUB_PORT: Final = 8443
INTERRUPTED: Final = 130


def main() -> int:
    """Run the demo; give the exit code."""
    options = _options()
    for pictures in (options.screenshots, options.dialogs):
        if pictures:
            pictures.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="latchstring-demo-") as folder:
        return run(_run(options, Path(folder)))


def run(work: Coroutine[Any, Any, int]) -> int:
    """Do it; give its exit code, or 1 after a line that says what is not as promised."""
    try:
        return asyncio.run(work)
    except (PromiseBroken, PageFailed, FlowFailed, CommandFailed) as broken:
        say(f"BROKEN: {broken}")
    except TimeoutError:
        say("BROKEN: what should follow the last line above did not happen in time")
    except HouseDown as down:
        say(f"{down}")
    return 1


def _options() -> Namespace:
    parser = ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="play the story, then exit"
    )
    parser.add_argument(
        "--screenshots",
        type=Path,
        metavar="FOLDER",
        help="write the README's pictures there, then exit",
    )
    parser.add_argument(
        "--dialogs",
        type=Path,
        metavar="FOLDER",
        help="write a picture of each step of each dialog there, then exit",
    )
    return parser.parse_args()


async def _run(options: Namespace, folder: Path) -> int:
    """Do what was asked until it is done or until a signal ends it, and take everything down."""
    work = asyncio.ensure_future(_work(options, folder))
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(each, work.cancel)
    try:
        return await work
    except asyncio.CancelledError:
        say("stopped; nothing was kept")
        ends = options.check or options.screenshots or options.dialogs
        return INTERRUPTED if ends else 0


async def _work(options: Namespace, folder: Path) -> int:
    if options.check:
        return await check(folder)
    if options.screenshots:
        return await photograph(folder, options.screenshots, take_pictures)
    if options.dialogs:
        return await photograph(folder, options.dialogs, look_at_dialogs)
    return await stay_up(folder)


async def check(folder: Path) -> int:
    """Play the story unattended."""
    async with stage(folder, Setting(keep_media=True, probe=True), tell=say) as running:
        await Story(running, say).play()
    say("every promise held")
    return 0


async def photograph(
    folder: Path,
    pictures: Path,
    take: Callable[[Stage, Path, Callable[[str], None]], Awaitable[None]],
) -> int:
    """Take pictures."""
    async with stage(folder, tell=say) as running:
        await take(running, pictures, say)
    return 0


async def stay_up(folder: Path) -> int:
    """Run everything until a signal comes, or until Home Assistant ends by itself."""
    setting = Setting(house_port=free_port(HOUSE_PORT), hub_port=free_port(HUB_PORT))
    async with stage(folder, setting, tell=say) as running:
        await choose_something(running)
        show(running)
        await running.house.ended()
    return 1


async def choose_something(running: Stage) -> None:
    """Let one camera have rules, and let there be a schedule to choose."""
    back_yard = LABELS["camera.back_yard"]
    await open_by_alarm_or_answer(running, back_yard)
    await never_with_guests(running, back_yard)
    night = [{"from": "20:00:00", "to": "24:00:00"}]
    night += [{"from": "00:00:00", "to": "06:00:00"}]
    await running.house.client.command(
        "schedule/create", name=SCHEDULE, **dict.fromkeys(DAYS, night)
    )


def show(running: Stage) -> None:
    """Say where the pages are, and what to do on them."""
    say(f"""
The owner's side, no password:  {running.house.url}
The police desk:                {running.hub.origin}/desk
    Its certificate comes from an authority made for this demo, so your browser warns you. Continue anyway.

Front door, Driveway: turn on 'Sharing with Jackson Police' under one of them, watch it at the desk, then turn it off.
Back yard: turn it on as well. It opens when the alarm goes off, and for a viewer whom you let in: ask at the desk, then
    answer within two minutes. A notification tells you how. While 'Guests' is on, nothing opens it.
Panic button: opens what it can, and names the rest.
Settings > Devices & services > Latchstring: change all of this. There is a schedule '{SCHEDULE}' to choose.

Ctrl-C stops everything. Nothing is kept.""")


def say(words: str) -> None:
    """Print a step at once."""
    print(words, flush=True)  # noqa: T201 - what it is for


if __name__ == "__main__":
    sys.exit(main())
