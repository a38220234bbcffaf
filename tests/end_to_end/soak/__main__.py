"""`python -m tests.end_to_end.soak`: hours of a house whose cameras and hubs drop, and nothing may be left of it."""

from argparse import ArgumentParser, Namespace
import asyncio
from pathlib import Path
import secrets
import signal
import sys
from tempfile import TemporaryDirectory

from ..__main__ import run, say
from .cameras import KINDS
from .scene import scene
from .soak import Soak
from .tally import Tally


def main() -> int:
    """Run it; give the exit code."""
    options = _options()
    with TemporaryDirectory(prefix="latchstring-soak-") as folder:
        return run(_run(options, Path(folder)))


def _options() -> Namespace:
    parser = ArgumentParser(prog="python -m tests.end_to_end.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument(
        "--cameras", type=int, choices=range(1, len(KINDS) + 1), default=len(KINDS)
    )
    parser.add_argument("--seed", default=secrets.token_hex(4))
    return parser.parse_args()


async def _run(options: Namespace, folder: Path) -> int:
    work = asyncio.ensure_future(_soak(options, folder))
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, work.cancel)
    try:
        return await work
    except BaseExceptionGroup as group:
        raise _first_of(group) from None


def _first_of(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


async def _soak(options: Namespace, folder: Path) -> int:
    say(
        f"{options.minutes:g} minutes of {options.cameras} cameras, seed {options.seed}"
    )
    tally = Tally()
    async with scene(
        folder, cameras=options.cameras, seed=options.seed, tally=tally
    ) as built:
        await Soak(
            scene=built, seconds=options.minutes * 60, tally=tally, tell=say
        ).run()
    say("nothing was left, and every count is the hub's")
    return 0


if __name__ == "__main__":
    sys.exit(main())
