"""A real camera as a test sees it: gst-rtsp-server in a process of its own.

The process can be killed, started again on the same port, and frozen so that it neither
sends nor answers.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
import json
from pathlib import Path
import signal
import subprocess
from typing import Any, Self

SYSTEM_PYTHON = Path("/usr/bin/python3")
SERVER = Path(__file__).with_name("gst_rtsp_server.py")
_NEEDS = "import gi; gi.require_version('GstRtspServer', '1.0')"
_PATIENCE = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What kind of camera it is; by default a modest one, to spare the machine."""

    codec: str = "h264"
    width: int = 640
    height: int = 360
    fps: int = 30
    gop: int = 30
    bframes: int = 0
    slices: int = 1
    bitrate: int = 1000
    pattern: str = "ball"
    format: str = "I420"
    """I420_10LE has ten bits a sample."""
    sets: str = "inband"
    audio: str = "none"
    canary: str = ""
    host: str = "127.0.0.1"
    path: str = "/live"
    transport: str = "any"
    """tcp or udp: it refuses the other one."""
    certificate: str = ""
    key: str = ""
    """The files of a certificate and its key, for TLS."""
    user: str = ""
    password: str = ""

    def arguments(self) -> list[str]:
        """Give the same as a command line."""
        return [f"--{name}={getattr(self, name)}" for name in self.__slots__]


@cache
def is_installed() -> bool:
    """Tell whether this machine has the Debian packages the camera is made of."""
    if not SYSTEM_PYTHON.exists():
        return False
    command = [str(SYSTEM_PYTHON), "-c", _NEEDS]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


class GstCamera:
    """A running camera and what it said so far."""

    def __init__(self, model: Model | None = None) -> None:
        """Take the model; the camera runs after `start`."""
        self.model = model or Model()
        self.port = 0
        self.clients = 0
        self.most_clients = 0
        self.connections = 0
        self.streams_set_up: list[str] = []
        self._path = ""
        self._is_gone = False
        self._process: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self._changed = asyncio.Condition()

    @property
    def url(self) -> str:
        """The address with its credentials, as an owner would have typed it."""
        user = f"{self.model.user}:{self.model.password}@" if self.model.user else ""
        scheme = "rtsps" if self.model.certificate else "rtsp"
        return f"{scheme}://{user}{self.model.host}:{self.port}{self._path}"

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        """Leave no process behind."""
        await self.kill()

    async def start(self, model: Model | None = None) -> None:
        """Start, or start again on the same port, perhaps as another model."""
        self.model = model or self.model
        self._path, self._is_gone = "", False
        self._process = await asyncio.create_subprocess_exec(
            SYSTEM_PYTHON,
            SERVER,
            *self.model.arguments(),
            f"--port={self.port}",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        self._listening = asyncio.create_task(self._listen(self._process))
        await self.until(lambda: bool(self._path))

    async def kill(self) -> None:
        """End it at once, as a pulled plug does."""
        if self._process is None or self._listening is None:
            return
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await self._listening
        self._process = None
        self.clients = 0

    def freeze(self) -> None:
        """Stop sending and answering while every connection stays up."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on after `freeze`."""
        self._signal(signal.SIGCONT)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for something this camera counts; TimeoutError when it does not come."""
        async with asyncio.timeout(_PATIENCE), self._changed:
            await self._changed.wait_for(lambda: holds() or self._is_gone)
        if not holds():
            raise RuntimeError("the camera ended by itself")

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            self._note(json.loads(line))
            await self._notify()
        self._is_gone = True
        await self._notify()

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _note(self, said: dict[str, Any]) -> None:
        match said:
            case {"event": "ready", "port": int(port), "path": str(path)}:
                self.port, self._path = port, path
            case {"event": "connected", "clients": int(clients)}:
                self.connections += 1
                self.clients, self.most_clients = (
                    clients,
                    max(clients, self.most_clients),
                )
            case {"event": "closed", "clients": int(clients)}:
                self.clients = clients
            case {"event": "setup", "stream": str(stream)}:
                self.streams_set_up.append(stream)
