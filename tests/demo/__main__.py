"""`python -m tests.demo`: the whole of Latchstring on this machine, to look at. `--check` plays its story instead."""

from argparse import ArgumentParser
import asyncio
from pathlib import Path
import signal
import sys
from tempfile import TemporaryDirectory

from .promise import PromiseBroken
from .stage import Stage, stage
from .story import Story


def main() -> int:
    """Run the demo; give the exit code."""
    parser = ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="play the story, then exit"
    )
    options = parser.parse_args()
    with TemporaryDirectory(prefix="latchstring-demo-") as folder:
        return asyncio.run(
            check(Path(folder)) if options.check else stay_up(Path(folder))
        )


async def check(folder: Path) -> int:
    """Play the story unattended; 1 if a promise breaks."""
    say("starting cameras, hub and Home Assistant")
    async with stage(folder, keep_media=True) as running:
        try:
            await Story(running, say).play()
        except PromiseBroken as broken:
            say(f"BROKEN: {broken}")
            return 1
    say("every promise held")
    return 0


async def stay_up(folder: Path) -> int:
    """Run everything until Ctrl-C."""
    say("starting cameras, hub and Home Assistant")
    async with stage(folder) as running:
        show(running)
        stopped = asyncio.Event()
        for each in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(each, stopped.set)
        await stopped.wait()
        say("stopping")
    return 0


def show(running: Stage) -> None:
    """Say where the pages are."""
    say(f"Home Assistant (the owner's side, no password): {running.house.url}")
    say(f"the desk of {running.hub.agency.name}: {running.hub.origin}/")
    say(
        "    (its certificate is of an authority made for this demo: let the browser go on)"
    )
    say(
        "Turn on 'Sharing with Jackson Police Department' of the Porch, then watch it at the desk."
    )
    say("Ctrl-C stops everything; nothing is kept.")


def say(words: str) -> None:
    """Print a step at once."""
    print(words, flush=True)  # noqa: T201 - what it is for


if __name__ == "__main__":
    sys.exit(main())
