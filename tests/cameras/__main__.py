"""`python -m tests.cameras`: serve the demo's cameras until interrupted."""

import argparse
import asyncio
import signal
import sys

from .rtsp import PortTaken, serve
from .scenes import SCENES

_HIGHEST_PORT = 65_535


def main() -> int:
    """Serve, and say where; an exit code of 1 comes with its reason."""
    arguments = _arguments()
    try:
        asyncio.run(_serve(arguments))
    except PortTaken as error:
        sys.stderr.write(f"{error}.\n")
        return 1
    return 0


async def _serve(arguments: argparse.Namespace) -> None:
    interrupted = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, interrupted.set)
    async with serve(
        port=arguments.port, user=arguments.user, password=arguments.password
    ) as cameras:
        for name in SCENES:
            sys.stdout.write(f"{name}: {cameras.url(name)}\n")
        sys.stdout.flush()
        await interrupted.wait()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.cameras", description=__doc__
    )
    parser.add_argument("--port", type=_port, default=0, help="0 takes any free port")
    parser.add_argument("--user", help="ask clients for this name")
    parser.add_argument("--password", help="and for this password")
    arguments = parser.parse_args()
    if bool(arguments.user) != bool(arguments.password):
        parser.error("--user and --password go together")
    return arguments


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= _HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"a port is at most {_HIGHEST_PORT}")
    return port


if __name__ == "__main__":
    sys.exit(main())
