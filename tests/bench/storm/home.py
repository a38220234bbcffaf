"""A real home that grows: ever more hubs, and ever more cameras shared with each of them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Final, override

from homeassistant.util import slugify

from tests.cameras.gst_camera import GstCamera
from tests.end_to_end.choices import change, never_with_guests, only_when
from tests.end_to_end.house import ALARM, PROBE, House, house
from tests.end_to_end.pairing import pair
from tests.end_to_end.stage import Stage
from tests.end_to_end.storage import Camera
from tests.reference_hub import Agency, Authority, ReferenceHub, make_authority

CAMERAS: Final = {
    f"camera.{slugify(name)}": name
    for name in (f"Camera {number}" for number in range(1, 101))
}
"""What the home and the hubs call the cameras. All are real entities; two real cameras feed them in turn."""

FIRST: Final = next(iter(CAMERAS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """So many hubs, and so many shares with each."""

    hubs: int
    shares: int

    @property
    def all_shares(self) -> int:
        """Return how many shares there are."""
        return self.hubs * self.shares

    @override
    def __str__(self) -> str:
        """Return it as the figures name it."""
        return f"{self.all_shares:,} shares"


@dataclass(slots=True, kw_only=True)
class Home:
    """The parts, all running; hubs come and cameras are shared as it grows."""

    folder: Path
    house: House
    authority: Authority
    hubs: dict[str, ReferenceHub] = field(default_factory=dict)
    shares: int = 0
    _stack: AsyncExitStack

    async def probe(self, action: str, **data: Any) -> dict[str, Any]:
        """Ask the probe inside Home Assistant."""
        answer: dict[str, Any] = await self.house.client.ask(
            f"{PROBE}.{action}", **data
        )
        return answer

    @property
    def first(self) -> ReferenceHub:
        """Return the hub that was there first."""
        return next(iter(self.hubs.values()))

    @property
    def last(self) -> ReferenceHub:
        """Return the hub that came last."""
        return [*self.hubs.values()][-1]

    @property
    def labels(self) -> list[str]:
        """Return what the hubs call the cameras that are shared, in their order."""
        return [*islice(CAMERAS.values(), self.shares)]

    async def grow(self, size: Size) -> None:
        """Pair with as many more hubs as are missing, by the dialogs, with one camera each."""
        while len(self.hubs) < size.hubs:
            hub = ReferenceHub(
                self.authority, Agency(name=f"Agency {len(self.hubs) + 1}")
            )
            await self._stack.enter_async_context(hub)
            listed = {FIRST: CAMERAS[FIRST]}
            entry = await pair(self.house.client, hub.invitation(), listed)
            await hub.home_connected()
            self.hubs[entry] = hub
        self.shares = size.shares

    async def never_while_guests(self) -> None:
        """Let every switch open its camera, but never while there are guests."""
        await self._change(openings={"when": "always"})
        await never_with_guests(self._first_stage, CAMERAS[FIRST])
        await self._list_alike("ask")

    async def only_by_alarm(self) -> None:
        """Let nothing but the house's alarm open any camera, until it is disarmed."""
        await self._change(never={"never": []})
        alarm = {"alarms": [ALARM], "alarm_minutes": 60, "disarm_ends": True}
        await self._change(**only_when("alarm"), alarm=alarm)
        await self._list_alike("closed")

    @property
    def _first_stage(self) -> Stage:
        entry, hub = next(iter(self.hubs.items()))
        (home,) = hub.homes()
        return Stage(
            house=self.house,
            hub=hub,
            authority=self.authority,
            home=home,
            entry=entry,
        )

    async def _change(self, **steps: Any) -> None:
        await change(self._first_stage, CAMERAS[FIRST], **steps)

    async def _list_alike(self, state: str) -> None:
        cameras = dict(islice(CAMERAS.items(), self.shares))
        first = next(iter(self.hubs))
        for entry, hub in self.hubs.items():
            await self.probe("list_alike", hub=entry, like=first, cameras=cameras)
            await hub.home_connected()
            await hub.camera_is(state, self.labels[-1])


@asynccontextmanager
async def home(folder: Path) -> AsyncIterator[Home]:
    """Start a home without hubs, and take it down in the end with all that it has by then."""
    authority = make_authority(folder / "authority")
    async with AsyncExitStack() as stack:
        real = [await stack.enter_async_context(GstCamera()) for _ in range(2)]
        cameras = [
            Camera(name=name, video=each.url, still="")
            for name, each in zip(CAMERAS.values(), cycle(real), strict=False)
        ]
        built = await stack.enter_async_context(
            house(folder / "house", cameras, authority=authority.ca_path, probe=True)
        )
        for entity_id in CAMERAS:
            await built.client.state(entity_id, "idle")
        yield Home(folder=folder, house=built, authority=authority, _stack=stack)
