"""Home Assistant's own pages in a browser: they sign in by themselves, and everything in them lies in shadow roots."""

import asyncio
import json
import re
from typing import Any, Final, Self
from urllib.parse import urlsplit

from tests.browser import PATIENCE, TEXT, Browser, Named, Page, PageFailed

SCRIPT: Final = """
window.deep = (selector) => {
  const found = [];
  const visit = (root) => {
    found.push(...root.querySelectorAll(selector));
    for (const each of root.querySelectorAll("*")) if (each.shadowRoot) visit(each.shadowRoot);
  };
  visit(document);
  return found;
};
window.deepText = (selector) => {
  const text = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (node.nodeType !== Node.ELEMENT_NODE || ["STYLE", "SCRIPT"].includes(node.localName.toUpperCase())) return "";
    const given = node.localName === "slot" ? node.assignedNodes() : [];
    return (given.length ? given : [...(node.shadowRoot ?? node).childNodes]).map(text).join("");
  };
  return deep(selector).map(text).join("\\n");
};
window.within = (milliseconds, holds) => new Promise((resolve) => {
  const until = performance.now() + milliseconds;
  const look = () => {
    const found = Boolean(holds());
    if (found || performance.now() > until) resolve(found); else setTimeout(look, 50);
  };
  look();
});
"""
"""`deep` looks through shadow roots, `deepText` reads what is shown, `within` waits for a while."""


class OwnersPage:
    """One of Home Assistant's pages. All that waits here waits for a fact, half a minute at most."""

    def __init__(self, page: Page) -> None:
        """See `open`."""
        self.page = page

    @classmethod
    async def open(
        cls, browser: Browser, url: str, *, width: int = 1280, height: int = 800
    ) -> Self:
        """Open a page and be signed in, for the pages after it too; the network is trusted, so nobody is asked."""
        page = await browser.open("about:blank", width=width, height=height)
        await page.send("Page.addScriptToEvaluateOnNewDocument", source=SCRIPT)
        owners = cls(page)
        await owners.go(f"{url}?storeToken=true")
        return owners

    async def go(self, url: str) -> None:
        """Go to another page; again, where Home Assistant leads elsewhere of its own accord meanwhile."""
        async with asyncio.timeout(PATIENCE):
            while not await self._reached(url):
                pass

    async def _reached(self, url: str) -> bool:
        """Go there once. The page before may still go back, and the first one leads to the only panel it knows."""
        try:
            await self.page.go(url)
        except PageFailed as failed:
            if "net::ERR_ABORTED" not in str(failed):
                raise
            return False
        await self.until(
            "Boolean(deep('partial-panel-resolver')[0]?.firstElementChild)"
        )
        return panel(url) in {"", panel(await self.until("location.href"))}

    async def until(self, condition: str) -> Any:
        """Wait until an expression is true, also where signing in leads elsewhere and back meanwhile."""
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    return await self.page.until(condition)
                except PageFailed as failed:
                    if "navigated" not in str(failed):
                        raise

    async def open_by(self, named: Named, condition: str) -> None:
        """Press something until a condition holds: a page that is still finding its way closes what was opened."""
        await self.page.press(named)
        async with asyncio.timeout(PATIENCE):
            while not await self.page.evaluate(f"within(3000, () => {condition})"):
                if await self.page.find(named):
                    await self.page.press(named)

    async def write(self, field: str, text: str) -> None:
        """Write into an empty field: a dialog that opens may take the focus once more meanwhile."""
        async with asyncio.timeout(PATIENCE):
            while await self.page.evaluate(f"{field}?.value !== {json.dumps(text)}"):
                await self.page.click(field)
                await self.page.send("Input.insertText", text=text)

    async def pictures(self) -> None:
        """Wait until every camera on the page shows a picture."""
        pictures = (
            "deep('hui-image').map((each) => each.shadowRoot?.querySelector('img'))"
        )
        await self.until(
            f"{pictures}.length && {pictures}.every((each) => each?.complete && each.naturalWidth)"
        )


def button(name: str | re.Pattern[str], within: str = "document") -> Named:
    """Find a button."""
    return Named(role="button", name=name, within=within)


def item(name: str) -> Named:
    """Find an item of a dialog's menu, which is no more than its words to whoever cannot see it."""
    return Named(role=TEXT, name=name)


def panel(url: str) -> str:
    """Give the first part of an address's path: what Home Assistant has in its sidebar."""
    return urlsplit(url).path.lstrip("/").partition("/")[0]
