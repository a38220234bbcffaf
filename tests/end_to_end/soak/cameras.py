"""Cameras that lead one life after another: most are good for a while, and some break down in the middle."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
import random
from typing import Any, Final

from tests.cameras.odd import NEVER, Film, OddCamera, Oddities, odd_camera
from tests.reference_hub import Authority

from ..ports import free_port
from .tally import Tally

LONGEST_AWAY: Final = 8.0
"""Seconds between two lives at most, in which nobody listens."""

KINDS: Final[Mapping[str, Callable[[Authority], Oddities]]] = {
    "Porch": lambda _: Oddities(),
    "Drive": lambda _: Oddities(film=Film(codec="h265"), parameters="h265"),
    "Yard": lambda _: Oddities(film=Film(b_frames=2)),
    "Gate": lambda authority: Oddities(tls=authority.server_context()),
    "Shed": lambda _: Oddities(tcp_status=461, udp_status=200),
    "Hall": lambda _: Oddities(login=("MD5",), session_timeout=10),
    "Barn": lambda _: Oddities(film=Film(slices=4), marks="slices"),
    "Lane": lambda _: Oddities(film=Film(keyframe_every=60), has_padding=True),
}
"""What each camera is when it is well. All show 15 small pictures a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """A way in which a camera is for some seconds, and how often such a life comes."""

    words: str
    often: int
    seconds: tuple[float, float]
    oddities: Mapping[str, Any] = field(default_factory=dict)


LIVES: Final = (
    Life(words="well, then killed", often=10, seconds=(15, 60)),
    *(
        Life(
            words=f"ends each connection by {how}",
            often=2,
            seconds=(15, 30),
            oddities={"ends_after": 70, "ends_by": how},
        )
        for how in ("closing", "reset", "bye")
    ),
    *(
        Life(
            words=f"hangs while it plays, {how}",
            often=2,
            seconds=(20, 30),
            oddities={"stalls_after": 45, "stalls_for": 450} | reports,
        )
        for how, reports in (
            ("reports going on", {"reports_while_stalled": True}),
            ("without a word", {}),
        )
    ),
    Life(
        words="pauses for three seconds",
        often=2,
        seconds=(15, 40),
        oddities={"stalls_after": 45, "stalls_for": 45},
    ),
    *(
        Life(
            words=f"never answers {method}",
            often=1,
            seconds=(10, 20),
            oddities={"delays": {method: NEVER}},
        )
        for method in ("DESCRIBE", "SETUP", "PLAY")
    ),
    *(
        Life(
            words=f"answers DESCRIBE with {status}",
            often=1,
            seconds=(5, 15),
            oddities={"statuses": {"DESCRIBE": status}},
        )
        for status in (404, 503)
    ),
    Life(
        words="resets whoever asks",
        often=1,
        seconds=(5, 15),
        oddities={"most_playing": 0, "busy_status": 0},
    ),
    Life(
        words="sends what is nothing",
        often=1,
        seconds=(15, 30),
        oddities={"garbage_every": 20},
    ),
    Life(
        words="has a clock that jumps",
        often=1,
        seconds=(15, 30),
        oddities={"clock_jumps": ((60, -4.0), (120, 30.0))},
    ),
)


class LivingCamera:
    """Listens on one port all its lives long. It is well from the start, until it is stirred."""

    def __init__(
        self, name: str, authority: Authority, *, seed: str, tally: Tally
    ) -> None:
        self.name = name
        self._well = KINDS[name](authority)
        self._port = free_port()
        self._random = random.Random(f"{seed} {name}")  # noqa: S311  # it can be repeated
        self._tally = tally
        self._is_calm = True
        self._turned = asyncio.Event()
        self._present: OddCamera | None = None

    @property
    def url(self) -> str:
        """Where it is, with its login."""
        camera = OddCamera(self._well)
        camera.port = self._port
        return camera.url

    @property
    def connections(self) -> int:
        """How many are connected to it."""
        clients = self._present.clients if self._present else []
        return sum(not each.done() for each in clients)

    def stir(self) -> None:
        """Lead one life after another from now on."""
        self._turn(is_calm=False)

    def calm(self) -> None:
        """Be well from now on."""
        self._turn(is_calm=True)

    async def live(self) -> None:
        """Live until cancelled; raises what serving somebody failed of."""
        while True:
            self._turned.clear()
            if self._is_calm:
                await self._lead(self._well, None)
                continue
            (life,) = self._random.choices(LIVES, [each.often for each in LIVES])
            self._tally.count("lives of cameras", life.words)
            await self._lead(
                replace(self._well, **life.oddities),
                self._random.uniform(*life.seconds),
            )
            await self._turned_within(self._random.uniform(0, LONGEST_AWAY))

    async def _lead(self, oddities: Oddities, seconds: float | None) -> None:
        async with odd_camera(oddities, self._port) as self._present:
            await self._turned_within(seconds)
        self._present = None

    async def _turned_within(self, seconds: float | None) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._turned.wait(), seconds)

    def _turn(self, *, is_calm: bool) -> None:
        self._is_calm = is_calm
        self._turned.set()
