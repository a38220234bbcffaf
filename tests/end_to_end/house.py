"""A real Home Assistant in a process of its own, with Latchstring in it."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
import os
from pathlib import Path
import shutil
import signal
import sys
from typing import Final

import aiohttp
import certifi
import imageio_ffmpeg

from . import dashboard
from .client import Client
from .ports import free_port
from .storage import Camera, furnish, move

INTEGRATION: Final = Path(__file__).parents[2] / "custom_components" / "latchstring"
STARTS_WITHIN: Final = 180
STOPS_WITHIN: Final = 60
LAST_WORDS: Final = 12

DOORBELL: Final = "latchstring_doorbell"
DOORBELL_FOLDER: Final = Path(__file__).parent / "doorbell"
PROBE: Final = "latchstring_probe"
PROBE_FOLDER: Final = Path(__file__).parents[1] / "bench" / "probe"
ALARM: Final = "alarm_control_panel.house_alarm"
GUESTS: Final = "input_boolean.guests"
GUESTS_NAME: Final = "Guests"

CONFIGURATION: Final = f"""\
homeassistant:
  name: 12 Elm Street
  latitude: 32.2988
  longitude: -90.1848
  elevation: 85
  unit_system: us_customary
  time_zone: America/Chicago
  country: US
  webrtc:
    ice_servers:
      - url: []  # no server: else Home Assistant names one on the internet
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
mobile_app:
persistent_notification:
schedule:
input_boolean:
  guests:
    name: {GUESTS_NAME}
    icon: mdi:account-group
alarm_control_panel:
  - platform: manual
    name: House alarm
    unique_id: house_alarm
    arming_time: 0
    delay_time: 0
    code_arm_required: false
automation:
script:
logger:
  default: warning
  filters:
    # A library that the machine may lack: without it, pictures are made smaller a little slower.
    homeassistant.components.camera.img_util:
      - Error loading libturbojpeg
{dashboard.CONFIGURATION}"""


class HouseDown(Exception):
    """Home Assistant has ended, or never came up; its last words are in this error's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doorbell:
    """A camera of the house that is seen by WebRTC only, and where its integration asks it."""

    name: str
    url: str

    @property
    def configuration(self) -> str:
        """Return what the house's configuration says of it."""
        return f"camera:\n  - {{platform: {DOORBELL}, name: {self.name}, url: '{self.url}'}}\n"


class House:
    """Starts, stops, kills and starts again; everything in it is kept in `folder`."""

    def __init__(
        self, folder: Path, *, port: int, authority: Path, within: Sequence[str] = ()
    ) -> None:
        """`authority` is a certificate that this house trusts besides the usual; `within`: a command to start it by."""
        self.folder = folder
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._authority = authority
        self._within = within
        self._token = ""
        self._client: Client | None = None
        self._process: asyncio.subprocess.Process | None = None

    @property
    def client(self) -> Client:
        """The owner's connection to it, while it runs."""
        if self._client is None:
            raise HouseDown(f"Home Assistant is not running.\n{self._last_words()}")
        return self._client

    @property
    def pid(self) -> int:
        """The number of its process, while it runs."""
        if self._process is None:
            raise HouseDown(f"Home Assistant is not running.\n{self._last_words()}")
        return self._process.pid

    @property
    def log(self) -> Path:
        """Where the house says what it does."""
        return self.folder / "home-assistant.out"

    @property
    def trusted(self) -> Path:
        """The authorities it trusts: the usual, and the hub's."""
        return self.folder / "trusted.pem"

    def build(
        self,
        cameras: Collection[Camera],
        *,
        stills: Collection[Camera] = (),
        doorbell: Doorbell | None = None,
        probe: bool = False,
    ) -> None:
        """Write the configuration of a house with these cameras, not yet paired; `probe`: it can be measured inside.

        `stills` and the doorbell are cameras too, without a card on the dashboard.
        """
        added = self.folder / "custom_components"
        added.mkdir(parents=True)
        (added / INTEGRATION.name).symlink_to(INTEGRATION)
        configuration = CONFIGURATION + _ffmpeg()
        if doorbell is not None:
            (added / DOORBELL).symlink_to(DOORBELL_FOLDER)
            configuration += doorbell.configuration
        if probe:
            (added / PROBE).symlink_to(PROBE_FOLDER)
            configuration += f"{PROBE}:\n"
        (self.folder / "configuration.yaml").write_text(configuration)
        dashboard.write_dashboard(self.folder, [camera.name for camera in cameras])
        self.trusted.write_bytes(
            Path(certifi.where()).read_bytes() + self._authority.read_bytes()
        )
        self._token = furnish(
            self.folder, [*cameras, *stills], port=self.port, panel=dashboard.PANEL
        )

    def copy(self, folder: Path) -> House:
        """Copy this house, which must not run, with all that it keeps, to run beside it."""
        shutil.copytree(self.folder, folder, symlinks=True)
        copied = House(folder, port=free_port(), authority=self._authority)
        copied._token = self._token
        move(folder, copied.port)
        return copied

    async def start(self) -> None:
        """Start Home Assistant and connect to it, as the owner."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._within,
                sys.executable,
                *("-m", "homeassistant", "-c", str(self.folder)),
                "--skip-pip",  # what it needs is here, and what it asks for besides is not for this house
                stdout=log,
                stderr=log,
                env={
                    **os.environ,
                    "REQUESTS_CA_BUNDLE": str(self.trusted),
                    "PYTHONPATH": str(self.folder),  # it looks where we stand first
                },
                start_new_session=True,  # a Ctrl-C is ours to hear: it stops with us
            )
        self._client = await self._connected(self._process)

    async def stop(self) -> None:
        """Stop as the owner would, and wait until it is over."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """Pull the plug."""
        await self._end(signal.SIGKILL)

    async def ended(self) -> None:
        """Wait until Home Assistant ends by itself; raises HouseDown then."""
        if self._process is not None:
            await self._process.wait()
        raise HouseDown(f"Home Assistant stopped on its own.\n{self._last_words()}")

    async def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        client, self._client = self._client, None
        if client is not None:
            await client.close()
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.send_signal(how)
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), STOPS_WITHIN)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def _connected(self, process: asyncio.subprocess.Process) -> Client:
        """Wait until Home Assistant has started, asking it again and again."""
        try:
            async with asyncio.timeout(STARTS_WITHIN):
                while process.returncode is None:
                    try:
                        client = await Client.connect(self.url, self._token)
                    except aiohttp.ClientError:
                        await asyncio.sleep(0.2)
                        continue
                    await client.started()
                    return client
        except TimeoutError:
            pass
        raise HouseDown(f"Home Assistant did not start.\n{self._last_words()}")

    def _last_words(self) -> str:
        with suppress(FileNotFoundError), self.log.open(errors="replace") as log:
            if words := "".join(deque(log, LAST_WORDS)):
                return f"The end of its log may say why:\n{words}"
        return "It logged nothing. Does `python -m homeassistant --version` work here?"


def failures(log: Path) -> list[str]:
    """Return what a house logged with a traceback, by the last line above each."""
    found, above = [], "nothing"
    for line in log.read_text(errors="replace").splitlines():
        if line.startswith("Traceback (most recent call last)"):
            found.append(above)
        above = line or above
    return found


def _ffmpeg() -> str:
    """Return where the FFmpeg is that Home Assistant looks for on the machine for its `tts`."""
    return f"ffmpeg:\n  ffmpeg_bin: {imageio_ffmpeg.get_ffmpeg_exe()}\n"


@asynccontextmanager
async def house(
    folder: Path,
    cameras: Collection[Camera],
    *,
    authority: Path,
    stills: Collection[Camera] = (),
    doorbell: Doorbell | None = None,
    port: int = 0,
    probe: bool = False,
    within: Sequence[str] = (),
) -> AsyncIterator[House]:
    """Build a house and start it, on `port` or on a free one; stop it in the end."""
    built = House(folder, port=port or free_port(), authority=authority, within=within)
    built.build(cameras, stills=stills, doorbell=doorbell, probe=probe)
    try:
        await built.start()
        yield built
    finally:
        await built.stop()
