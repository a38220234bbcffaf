"""The hub's pages, and who may see them."""

from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

STATIC: Final = Path(__file__).parent / "static"
TYPES: Final = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
# `blob:` is how a script hands video that it received to a <video>.
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'self'; media-src 'self' blob:; object-src 'none'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def page(name: str) -> Handler:
    """Make a handler that serves this file of ours."""
    body = (STATIC / name).read_bytes()
    kind = TYPES[Path(name).suffix]

    async def serve(_request: web.Request) -> web.Response:
        return web.Response(
            body=body, content_type=kind, charset="utf-8", headers=HEADERS
        )

    return serve


def static_routes(prefix: str, names: Sequence[str]) -> list[web.RouteDef]:
    return [web.get(f"{prefix}/{name}", page(name)) for name in names]


def at_the_desk(handler: Handler) -> Handler:
    """Let only this machine in, by a name of this machine's own.

    The page asks for no password, so being here is all there is. The name is
    checked because another site's name may be made to lead here as well.
    """

    async def guarded(request: web.Request) -> web.StreamResponse:
        if not ip_address(request.remote or "0.0.0.0").is_loopback:  # noqa: S104 # stands for nobody
            raise web.HTTPForbidden
        if request.url.host not in HERE:
            raise web.HTTPForbidden
        return await handler(request)

    return guarded


def from_its_own_page(handler: Handler) -> Handler:
    """Let in only what a page of this very origin asks for."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        if request.headers.get("Origin") != f"https://{request.host}":
            raise web.HTTPForbidden
        return await handler(request)

    return at_the_desk(guarded)
