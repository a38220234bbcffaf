"""A real Home Assistant in a process of its own, with Latchstring in it."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
import os
from pathlib import Path
import signal
import socket
import sys
from typing import Final

import aiohttp
import certifi

from . import dashboard
from .client import Client
from .dashboard import write_dashboard
from .storage import Camera, furnish

INTEGRATION: Final = Path(__file__).parents[2] / "custom_components" / "latchstring"
STARTS_WITHIN: Final = 180
STOPS_WITHIN: Final = 60

CONFIGURATION: Final = """\
homeassistant:
  name: 12 Elm Street
  latitude: 32.2988
  longitude: -90.1848
  elevation: 85
  unit_system: us_customary
  time_zone: America/Chicago
  country: US
  auth_providers:
    - type: trusted_networks
      trusted_networks: [127.0.0.1]
      allow_bypass_login: true
    - type: homeassistant
frontend:
config:
stream:
recorder:
history:
logbook:
persistent_notification:
schedule:
automation:
script:
logger:
  default: warning
"""


class House:
    """Starts, stops, kills and starts again; everything in it is kept in `folder`."""

    def __init__(self, folder: Path, *, port: int, authority: Path) -> None:
        """`authority` is the certificate that this house trusts besides the usual."""
        self.folder = folder
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.client: Client
        self._authority = authority
        self._token = ""
        self._process: asyncio.subprocess.Process | None = None

    @property
    def log(self) -> Path:
        """Where the house says what it does."""
        return self.folder / "home-assistant.out"

    @property
    def trusted(self) -> Path:
        """The authorities it trusts: the usual, and the hub's."""
        return self.folder / "trusted.pem"

    def build(self, cameras: Collection[Camera]) -> None:
        """Write the configuration of a house with these cameras, not yet paired."""
        (self.folder / "custom_components").mkdir(parents=True)
        (self.folder / "custom_components" / INTEGRATION.name).symlink_to(INTEGRATION)
        (self.folder / "configuration.yaml").write_text(
            CONFIGURATION + dashboard.CONFIGURATION
        )
        write_dashboard(self.folder, [camera.name for camera in cameras])
        self.trusted.write_bytes(
            Path(certifi.where()).read_bytes() + self._authority.read_bytes()
        )
        self._token = furnish(
            self.folder, cameras, port=self.port, panel=dashboard.PANEL
        )

    async def start(self) -> None:
        """Start Home Assistant and connect to it, as the owner."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "homeassistant", "-c", str(self.folder)),
                *("--skip-pip-packages", "pymicro-vad,pyspeex-noise"),
                stdout=log,
                stderr=log,
                env={**os.environ, "REQUESTS_CA_BUNDLE": str(self.trusted)},
            )
        self.client = await self._connected()

    async def stop(self) -> None:
        """Stop as the owner would, and wait until it is over."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """Pull the plug."""
        await self._end(signal.SIGKILL)

    async def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        await self.client.close()
        self._process.send_signal(how)
        try:
            await asyncio.wait_for(self._process.wait(), STOPS_WITHIN)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        self._process = None

    async def _connected(self) -> Client:
        """Wait until Home Assistant has started, asking it again and again."""
        async with asyncio.timeout(STARTS_WITHIN):
            while True:
                self._check_alive()
                try:
                    client = await Client.connect(self.url, self._token)
                except aiohttp.ClientError:
                    await asyncio.sleep(0.2)
                    continue
                await client.started()
                return client

    def _check_alive(self) -> None:
        if self._process is None or self._process.returncode is not None:
            raise HouseDown(f"Home Assistant did not start: see {self.log}")


class HouseDown(Exception):
    """The house's process has ended by itself."""


@asynccontextmanager
async def house(
    folder: Path, cameras: Collection[Camera], *, authority: Path, port: int = 0
) -> AsyncIterator[House]:
    """Build a house and start it; stop it in the end."""
    built = House(folder, port=port or free_port(), authority=authority)
    built.build(cameras)
    try:
        await built.start()
        yield built
    finally:
        await built.stop()


def free_port() -> int:
    """Find a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
