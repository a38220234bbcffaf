"""A hub that is honest but for the paths a test answers itself."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import override

from aiohttp import web

from tests.reference_hub import Authority, Options, ReferenceHub

type Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class RudeHub(ReferenceHub):
    """`answers` maps a path to what is done there instead of what is right."""

    def __init__(
        self,
        authority: Authority,
        answers: Mapping[str, Answer],
        options: Options | None = None,
    ) -> None:
        super().__init__(authority, options=options)
        self._answers = answers
        self.requests: list[web.Request] = []

    @override
    def _routes(self) -> Sequence[web.RouteDef]:
        return [self._noted(route) for route in super()._routes()]

    def _noted(self, route: web.RouteDef) -> web.RouteDef:
        answer = self._answers.get(route.path, route.handler)

        async def noted(request: web.Request) -> web.StreamResponse:
            self.requests.append(request)
            self.changes.happened()
            return await answer(request)

        return web.route(route.method, route.path, noted)

    def asked(self, path: str) -> int:
        """How often this path was asked for."""
        return sum(request.path == path for request in self.requests)
