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
# What a proxy adds: behind one, all the world seems to sit at this machine.
FORWARDED: Final = ("Forwarded", "Via", "X-Forwarded-For", "X-Real-IP")


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


def is_here(remote: str | None, host: str | None) -> bool:
    """Whether a visitor sits at this machine and calls it by its own name.

    The page asks for no password, so being here is all there is. The name is
    checked because another site's name may be made to lead here as well.
    """
    return remote is not None and ip_address(remote).is_loopback and host in HERE


def at_the_desk(handler: Handler) -> Handler:
    async def guarded(request: web.Request) -> web.StreamResponse:
        forwarded = any(name in request.headers for name in FORWARDED)
        if forwarded or not is_here(request.remote, request.url.host):
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
