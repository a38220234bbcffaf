"""`python -m tests.hub`: the reference hub alone, for a desk."""

from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
import asyncio
from ipaddress import ip_address
from pathlib import Path
import signal
import sys
from urllib.parse import urlsplit

from .agency import Agency, read_agency
from .hub import ReferenceHub
from .presence import invite
from .running import Options
from .store import Store
from .tls import Authority, make_authority

ABOUT = """\
The reference hub, for a desk or to try things out.

  python -m tests.hub                           start on this machine
  python -m tests.hub invite --note "Elm St"    create another invitation, even while it is running
  python -m tests.hub --host 0.0.0.0 --public https://desk.example:8443
                                                start for homes elsewhere

The desk's page asks for no password: it is shown only on this machine.
"""
DATA = Path.home() / ".local" / "share" / "latchstring-hub"


def main() -> None:
    options = _options()
    if options.action == "invite":
        _say(_invite(options))
    else:
        asyncio.run(_serve(options))


def _options() -> Namespace:
    parser = ArgumentParser(
        prog="python -m tests.hub",
        description=ABOUT,
        formatter_class=RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("action", choices=("serve", "invite"), nargs="?", default="serve")
    add("--data", type=Path, default=DATA, help="folder for everything that it keeps")
    add("--note", default="", help="your own name for the home that is invited")
    add("--host", default="127.0.0.1", help="address to listen on")
    add("--port", type=int, default=8443)
    add("--public", help="origin at which homes reach it, https://...")
    add("--cert", type=Path, help="a certificate of your own with its chain, PEM")
    add("--key", type=Path, help="its private key, PEM")
    add("--agency", type=Path, help="JSON: name, short_name, contact, officers, ...")
    options = parser.parse_args()
    if options.public is None and ip_address(options.host).is_unspecified:
        parser.error("add --public to say how homes reach it")
    if (options.cert is None) is not (options.key is None):
        parser.error("--cert and --key go together")
    return options


def _invite(options: Namespace) -> str:
    store = Store(options.data)
    if store.setting("origin") is None:
        sys.exit(f"No hub has been started with {options.data} yet.")
    link = invite(store, options.note)
    store.close()
    return link


async def _serve(options: Namespace) -> None:
    authority = _authority(options)
    hub = ReferenceHub(
        authority,
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
        _say(
            f"{hub.agency.name} is listening.",
            f"The desk's page, on this machine: https://127.0.0.1:{hub.port}/desk",
            f"Certificates to trust: {authority.ca_path}",
            f"Invitation for one home: {hub.invitation(options.note)}",
        )
        await stop.wait()


def _authority(options: Namespace) -> Authority:
    if options.cert is not None:
        return Authority(
            ca_path=options.cert, cert_path=options.cert, key_path=options.key
        )
    public = urlsplit(options.public or "").hostname
    return make_authority(options.data / "tls", [public] if public else [])


def _say(*lines: str) -> None:
    print(*lines, sep="\n", flush=True)  # noqa: T201 # this is what a desk reads


if __name__ == "__main__":
    main()
