"""`python -m tests.reference_hub`: the reference hub alone, for a desk."""

from argparse import (
    ArgumentParser,
    ArgumentTypeError,
    Namespace,
    RawDescriptionHelpFormatter,
)
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

  scripts/hub                           start on this machine
  scripts/hub invite --note "Elm St"    create another invitation, even while it is running
  scripts/hub --host 0.0.0.0 --public https://desk.example:8443
                                        start for homes elsewhere

The desk's page asks for no password: it is shown only on this machine, to whoever uses it.
A proxy on this machine must not pass on /desk.
"""
DESK_AT = {
    "127.0.0.1": "127.0.0.1",
    "::1": "[::1]",
    "0.0.0.0": "127.0.0.1",  # noqa: S104 # only if asked for
    "::": "[::1]",
}
REMEMBERS = 100
DATA = Path.home() / ".local" / "share" / "latchstring-hub"


def main() -> None:
    options = _options()
    if options.action == "invite":
        _say(_invite(options))
    else:
        asyncio.run(_serve(options))


def _options() -> Namespace:
    parser = ArgumentParser(
        prog="scripts/hub",
        description=ABOUT,
        formatter_class=RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("action", choices=("serve", "invite"), nargs="?", default="serve")
    add("--data", type=Path, default=DATA, help="folder for everything that it keeps")
    add("--note", default="", help="your own name for the home that is invited")
    add("--host", default="127.0.0.1", choices=DESK_AT, help="address to listen on")
    add("--port", type=int, default=8443)
    add("--public", type=_origin, help="origin at which homes reach it, https://...")
    add("--cert", type=Path, help="a certificate of your own with its chain, PEM")
    add("--key", type=Path, help="its private key, PEM")
    add("--agency", type=Path, help="JSON: name, short_name, contact, officers, ...")
    options = parser.parse_args()
    if options.public is None and ip_address(options.host).is_unspecified:
        parser.error("add --public to say how homes reach it")
    if (options.cert is None) is not (options.key is None):
        parser.error("--cert and --key go together")
    return options


def _origin(text: str) -> str:
    parts = urlsplit(text)
    if parts.hostname is None or "@" in text or text != f"https://{parts.netloc}":
        raise ArgumentTypeError(f"{text} is not like https://desk.example:8443")
    return text


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
            remembers=REMEMBERS,
        ),
    )
    stop = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    async with hub:
        desk = f"https://{DESK_AT[options.host]}:{hub.port}/desk"
        _say(
            f"{hub.agency.name} is listening.",
            f"The desk's page, on this machine: {desk}",
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
