"""`python -m tests.hub`: the reference hub alone, for a desk.

    python -m tests.hub                    start; prints an invitation and the page
    python -m tests.hub invite --data DIR  make another invitation, also while it runs

The desk's page asks for no password, so it is shown on this very machine only.
"""

from argparse import ArgumentParser, Namespace
import asyncio
from pathlib import Path
import signal

from .agency import Agency, read_agency
from .hub import ReferenceHub
from .presence import invite
from .running import Options
from .store import Store
from .tls import Authority, make_authority

DATA = Path.home() / ".local" / "share" / "latchstring-hub"


def main() -> None:
    options = _options()
    if options.action == "invite":
        store = Store(options.data)
        print(invite(store, options.note))  # noqa: T201 # what it was asked for
        store.close()
    else:
        asyncio.run(_serve(options))


def _options() -> Namespace:
    parser = ArgumentParser(prog="python -m tests.hub", description=__doc__)
    parser.add_argument("action", choices=("serve", "invite"), nargs="?")
    parser.add_argument("--data", type=Path, default=DATA, help="what it keeps")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8443)
    parser.add_argument("--public", help="origin that homes reach it under")
    parser.add_argument(
        "--name", action="append", default=[], help="for the certificate"
    )
    parser.add_argument("--cert", type=Path, help="a certificate of your own, PEM")
    parser.add_argument("--key", type=Path, help="its key")
    parser.add_argument(
        "--agency", type=Path, help="JSON: name, contact, officers, ..."
    )
    parser.add_argument("--note", default="", help="for whom an invitation is")
    return parser.parse_args()


async def _serve(options: Namespace) -> None:
    hub = ReferenceHub(
        _authority(options),
        read_agency(options.agency) if options.agency else Agency(),
        Options(
            data=options.data,
            host=options.host,
            port=options.port,
            public=options.public,
        ),
    )
    stop = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    async with hub:
        _say(hub, options)
        await stop.wait()


def _authority(options: Namespace) -> Authority:
    made = make_authority(options.data / "tls", options.name)
    if options.cert is None:
        return made
    return Authority(ca_path=options.cert, cert_path=options.cert, key_path=options.key)


def _say(hub: ReferenceHub, options: Namespace) -> None:
    lines = (
        f"{hub.agency.name} listens at {hub.origin}",
        f"Trust its certificates: {_authority(options).ca_path}",
        f"Invitation, for one home: {hub.invitation(options.note)}",
    )
    print(*lines, sep="\n", flush=True)  # noqa: T201 # this is what a desk reads


if __name__ == "__main__":
    main()
