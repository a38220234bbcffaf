"""`python -m tests.end_to_end`: all of Latchstring on this machine, to look at. `--check` plays its story instead."""

from argparse import ArgumentParser, Namespace
import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
import signal
import sys
from tempfile import TemporaryDirectory
from typing import Any, Final

from tests.browser import PageFailed

from .client import CommandFailed
from .dialogs import look_at_dialogs
from .house import HouseDown
from .pairing import FlowFailed
from .pictures import take_pictures
from .ports import free_port
from .promise import PromiseBroken
from .stage import Setting, Stage, stage
from .story import Story
from .trying import directions, something_to_try

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
    async with (
        stage(folder, setting, tell=say) as running,
        something_to_try(running, say),
    ):
        say(directions(running))
        await running.house.ended()
    return 1


def say(words: str) -> None:
    """Print a step at once."""
    print(words, flush=True)  # noqa: T201 - what it is for


if __name__ == "__main__":
    sys.exit(main())
