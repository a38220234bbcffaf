"""A real Chromium, driven over its own DevTools protocol, for tests and the demo.

    async with chromium(trust=authority.ca_path) as browser:
        page = await browser.open("https://127.0.0.1:8443/desk")
        await page.press(Named(role="button", name="Watch"))
        await page.until("document.querySelector('video').currentTime > 0")
        await page.screenshot(Path("desk.png"))

It can reach nothing but this machine: every other name leads nowhere.
"""

import asyncio
from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
import os
from pathlib import Path
import re
import shutil
import signal
from tempfile import TemporaryDirectory
from typing import Any, Final, override

import aiohttp
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PATIENCE = 30.0
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)

BLANK_WINDOW = {
    "url": "about:blank",
    "newWindow": True,
}  # a tab behind another shows nothing
AT_REST = """(find) => new Promise((resolve) => {
  let before = "";
  const look = () => {
    const node = find();
    if (node?.isConnected === false) return resolve(null);
    const found = node?.nodeType === Node.TEXT_NODE ? (node.parentElement ?? node.getRootNode().host) : node;
    found?.scrollIntoView({ block: "nearest" });
    const { x, y, width, height } = found?.getBoundingClientRect() ?? {};
    const now = [x, y, width, height].join();
    if (width && now === before) return resolve([x + width / 2, y + height / 2]);
    before = now;
    setTimeout(look, 100);
  };
  look();
})"""
"""Where the middle of an element or a text is once it stands still in view; null once it has left the page."""

TEXT: Final = "StaticText"
"""The role of words that are nothing but words. A click on them is one on whatever they stand on."""

NAME_AROUND: Final = "function () { return this.getRootNode().host?.ariaLabel ?? '' }"
"""The name of the component around an element, where it is not handed on to the element that it is meant for."""


class PageFailed(Exception):
    """The browser or a script in the page said no."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Something in a page as a person finds it: by its role, and by its name or a pattern in it.

    What is hidden, or behind a dialog, is not found. `within` is an expression for the part of the page to look in.
    """

    role: str
    name: str | re.Pattern[str]
    within: str = "document"

    def is_called(self, name: str) -> bool:
        """Return whether this is its name."""
        if isinstance(self.name, str):
            return self.name == name
        return self.name.search(name) is not None

    @override
    def __str__(self) -> str:
        name = self.name if isinstance(self.name, str) else self.name.pattern
        return f"{self.role} '{name}'"


def find_chromium() -> str | None:
    """Say where a browser is, or None for a test to be skipped."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@asynccontextmanager
async def chromium(
    *, trust: Path | None = None, flags: Sequence[str] = ()
) -> AsyncIterator[Browser]:
    """Start a browser with a fresh profile; `trust` is a CA's PEM file, `flags` are more than the usual."""
    executable = find_chromium()
    if executable is None:
        raise PageFailed("there is no Chromium on this machine")
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            executable,
            *FLAGS,
            *flags,
            *_trusting(trust),
            f"--user-data-dir={profile}",
            "about:blank",
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stderr is not None
        try:
            async with _devtools(process.stderr) as browser:
                yield browser
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            await process.stderr.read()


def _trusting(ca: Path | None) -> list[str]:
    if ca is None:
        return []
    key = x509.load_pem_x509_certificate(ca.read_bytes()).public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pin = b64encode(sha256(spki).digest()).decode()
    return [f"--ignore-certificate-errors-spki-list={pin}"]


@asynccontextmanager
async def _devtools(stderr: asyncio.StreamReader) -> AsyncIterator[Browser]:
    async with asyncio.timeout(PATIENCE):
        address = await _address(stderr)
    async with (
        aiohttp.ClientSession() as web,
        web.ws_connect(address, max_msg_size=0) as socket,
    ):
        browser = Browser(socket)
        reading = asyncio.gather(browser.read(), _drain(stderr))
        try:
            yield browser
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading


async def _address(stderr: asyncio.StreamReader) -> str:
    async for line in stderr:
        if line.startswith(b"DevTools listening on "):
            return line.split()[-1].decode()
    raise PageFailed("Chromium did not start")


async def _drain(stderr: asyncio.StreamReader) -> None:
    while await stderr.read(65_536):
        pass


class Browser:
    """One DevTools connection, shared by all its pages."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._pages: defaultdict[str | None, Page] = defaultdict(lambda: Page(self, ""))

    async def read(self) -> None:
        async for frame in self._socket:
            message = frame.json()
            if "id" in message:
                answer = self._answers[message["id"]]
                if not answer.done():  # whoever asked may have lost patience
                    answer.set_result(message)
            else:
                self._pages[message.get("sessionId")].heard(message)

    async def send(
        self, method: str, params: dict[str, Any], session: str = ""
    ) -> dict[str, Any]:
        number = len(self._answers) + 1
        answer = self._answers[number] = asyncio.Future()
        message = {"id": number, "method": method, "params": params}
        await self._socket.send_json(
            message | ({"sessionId": session} if session else {})
        )
        async with asyncio.timeout(PATIENCE):
            answered = await answer
        if "error" in answered:
            raise PageFailed(f"{method}: {answered['error']}")
        result: dict[str, Any] = answered["result"]
        return result

    async def open(self, url: str, *, width: int = 1280, height: int = 800) -> Page:
        """Open a page, and wait until it and its scripts have loaded."""
        target = await self.send("Target.createTarget", BLANK_WINDOW)
        attached = await self.send("Target.attachToTarget", {**target, "flatten": True})
        page = self._pages[attached["sessionId"]] = Page(self, attached["sessionId"])
        for domain in ("Page", "Runtime", "Network", "Log"):
            await page.send(f"{domain}.enable")
        await page.resize(width, height)
        await page.go(url)
        return page


class Page:
    """A page, what it fetched, and what it complained about."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session
        self._loaded = asyncio.Event()
        self.requests: list[str] = []
        self.complaints: list[str] = []

    def heard(self, message: dict[str, Any]) -> None:
        params = message["params"]
        match message["method"]:
            case "Network.requestWillBeSent":
                self.requests.append(params["request"]["url"])
            case "Network.webSocketCreated":
                self.requests.append(params["url"])
            case "Page.loadEventFired":
                self._loaded.set()
            case "Runtime.exceptionThrown":
                self.complaints.append(str(params["exceptionDetails"]))
            case "Log.entryAdded" if params["entry"]["level"] == "error":
                self.complaints.append(params["entry"]["text"])

    async def send(self, method: str, **params: Any) -> dict[str, Any]:
        return await self._browser.send(method, params, self._session)

    async def go(self, url: str) -> None:
        self._loaded.clear()
        outcome = await self.send("Page.navigate", url=url)
        if "errorText" in outcome:
            raise PageFailed(f"{url}: {outcome['errorText']}")
        async with asyncio.timeout(PATIENCE):
            await self._loaded.wait()

    async def resize(self, width: int, height: int, *, phone: bool = False) -> None:
        await self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2 if phone else 1,
            mobile=phone,
        )

    async def evaluate(self, script: str) -> Any:
        """Give the value of an expression, or what its promise brings."""
        outcome = await self.send(
            "Runtime.evaluate",
            expression=script,
            awaitPromise=True,
            returnByValue=True,
            userGesture=True,
        )
        return _result(outcome).get("value")

    async def until(self, condition: str) -> Any:
        """Wait in the page until an expression is true, and give its value."""
        return await self.evaluate(
            f"""new Promise((resolve) => {{
              const look = () => {{
                const found = {condition};
                if (found) resolve(found); else setTimeout(look, 20);
              }};
              look();
            }})"""
        )

    async def click(self, finding: str) -> None:
        """Click with the mouse on the element an expression finds, once it is there and stands still."""
        await self._click_at(*await self.evaluate(f"({AT_REST})(() => {finding})"))

    async def press(self, named: Named) -> None:
        """Click with the mouse on the only thing of this role and name, once it is there and stands still."""
        last = PageFailed(f"there is no {named}")
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    try:
                        return await self._click_at(*await self._spot(named))
                    except PageFailed as failed:  # the page may be on its way there
                        last = failed
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise last from None

    async def find(self, named: Named) -> list[str]:
        """Return all that is found so now, by the DevTools' ids."""
        script = await self.send("Runtime.evaluate", expression=named.within)
        if (root := _result(script).get("objectId")) is None:
            return []
        tree = await self.send(
            "Accessibility.queryAXTree", objectId=root, role=named.role
        )
        return [
            thing
            for node in tree["nodes"]
            if not node["ignored"] and (thing := await self._if_called(node, named))
        ]

    async def _if_called(self, node: dict[str, Any], named: Named) -> str | None:
        """Return a node's id if its name is the one that is looked for."""
        if (name := node["name"]["value"]) and not named.is_called(name):
            return None
        answer = await self.send(
            "DOM.resolveNode", backendNodeId=node["backendDOMNodeId"]
        )
        thing: str = answer["object"]["objectId"]
        called = named.is_called(name or await self._call(thing, NAME_AROUND))
        return thing if called else None

    async def _spot(self, named: Named) -> list[float]:
        """Return the middle of the only thing of this role and name."""
        found = await self.find(named)
        if len(found) != 1:
            raise PageFailed(
                f"there is {'no' if not found else 'more than one'} {named}"
            )
        spot: list[float] | None = await self._call(
            found[0], f"function () {{ return ({AT_REST})(() => this) }}"
        )
        if spot is None:
            raise PageFailed(f"{named} has left the page")
        return spot

    async def _call(self, thing: str, function: str) -> Any:
        """Return what a function gives or its promise brings; this thing is its `this`."""
        outcome = await self.send(
            "Runtime.callFunctionOn",
            objectId=thing,
            functionDeclaration=function,
            awaitPromise=True,
            returnByValue=True,
        )
        return _result(outcome).get("value")

    async def _click_at(self, x: float, y: float) -> None:
        for kind in ("mousePressed", "mouseReleased"):
            await self.send(
                "Input.dispatchMouseEvent",
                type=kind,
                x=x,
                y=y,
                button="left",
                clickCount=1,
            )

    async def screenshot(self, path: Path, *, whole: bool = False) -> None:
        shot = await self.send("Page.captureScreenshot", captureBeyondViewport=whole)
        await asyncio.to_thread(path.write_bytes, b64decode(shot["data"]))


def _result(outcome: dict[str, Any]) -> dict[str, Any]:
    """Return what a script brought; what it threw raises PageFailed, with the first line of it."""
    if "exceptionDetails" not in outcome:
        result: dict[str, Any] = outcome["result"]
        return result
    thrown = outcome["exceptionDetails"]
    words = thrown.get("exception", {}).get("description") or thrown["text"]
    raise PageFailed(words.partition("\n")[0])
