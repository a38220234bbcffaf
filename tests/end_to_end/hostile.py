"""A hub whose every word tries to be more than a word, and the place its tricks would lead to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from tests.reference_hub import Agency, Agreement
from tests.reference_hub.agency import Officer

HOST: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A third party on this machine: whoever fetches anything from it is noted."""

    host: str
    fetched: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://{self.host}"


@asynccontextmanager
async def elsewhere() -> AsyncIterator[Elsewhere]:
    """Listen."""
    application = web.Application()
    runner = web.AppRunner(application, access_log=None)
    place: Elsewhere

    async def fetch(request: web.Request) -> web.Response:
        place.fetched.append(request.path)
        return web.Response(text="")

    application.router.add_route("*", "/{path:.*}", fetch)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, 0).start()
        (_, port) = runner.addresses[0]
        place = Elsewhere(host=f"{HOST}:{port}")
        yield place
    finally:
        await runner.cleanup()


def hostile_agency(place: Elsewhere) -> Agency:
    """Give an agency all of whose words are markup of one kind or another."""
    host = place.host
    image = f"![i](http://{host}/i)"
    tag = f"<img src=//{host}/t>"
    script = f"<script src=//{host}/s></script>"
    link = f"[l](http://{host}/l)"
    handler = f"<img src=x onerror=fetch('//{host}/h')>"
    return Agency(
        name=f"{tag} {image} {{hub}}",
        short_name=f"{image} {{camera}}",
        contact=f"{link} <a href=//{host}/a>a</a> {image} {{contact, plural, other {{#}}}}",
        officers=(
            Officer(sub="1", name=f"{handler} {{viewer}}"),
            Officer(sub="2", name=f"{script} **b**"),
        ),
        agreement=Agreement(
            version="<b>1</b> {version}",
            text=_agreement(host, image, script, handler),
            terms={
                "purposes": [
                    {"purpose": "one", "label": f"{image} {{purpose}} <i>i</i>"},
                    {"purpose": "two", "label": f"{tag} `c` ~~s~~"},
                ],
                "retention_days": 30,
                "facial_recognition": True,
                "analytics": True,
                "onward_disclosure": [f"{link} {{others}}"],
            },
        ),
    )


def _agreement(host: str, image: str, script: str, handler: str) -> str:
    lines = (
        f"# {image}",
        f"{script} {handler}",
        f"<iframe src=//{host}/f></iframe><ha-alert title=x>y</ha-alert>",
        f"[r]: http://{host}/r",
        "![r][r] [r]",
        f"http://{host}/bare www.{host}",
        "> quoted",
        "- {text} {0} {a, select, other {b}}",
        "| a | b |",
        "|---|---|",
        "```",
        "&lt;b&gt; \\*",
    )
    return "\n".join(lines)
