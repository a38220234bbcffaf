"""A dialog of Home Assistant, by mouse and keyboard. Each step is looked at before it is left."""

from collections.abc import Mapping
from dataclasses import dataclass, field
import json
from pathlib import Path
import re
from typing import Any, Final

from .owners_page import OwnersPage, button, item
from .promise import promise

FORM: Final = "step-flow-form"
MENU: Final = "step-flow-menu"
SHOWN: Final = (
    f"deepText('{FORM}, {MENU}, step-flow-abort, step-flow-create-entry')"
    ".replace(/\\s+/g, ' ')"
)
RAW: Final = re.compile(r"component\.|\{\w+\}|(?<![.\w])[a-z]+(?:_[a-z]+)+(?![.\w])")
"""What an owner must not read: a key without its words, a placeholder that nothing fills."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step by a name, words that only it says, and how it is left: by a button, by an item of a menu, or not."""

    name: str
    says: str
    fills: Mapping[str, Any] = field(default_factory=dict)
    presses: str = ""
    chooses: str = ""


class Dialog:
    """Whichever is open, one after the other; pictures of all their steps go to a folder, in their order."""

    def __init__(self, owner: OwnersPage, folder: Path) -> None:
        """See `walk`."""
        self.owner = owner
        self._folder = folder
        self._seen = 0

    async def walk(self, *steps: Step) -> None:
        """Go through an open dialog. Raises PromiseBroken where a step shows what is no text for an owner."""
        for step in steps:
            await self.owner.until(f"{SHOWN}.includes({json.dumps(step.says)})")
            await self.owner.page.evaluate("within(700, () => false)")  # it moves in
            await self._look(step.name)
            if step.fills:
                await self._fill(step.fills)
            if step.presses:
                await self.owner.page.press(button(step.presses))
            if step.chooses:
                await self.owner.page.press(item(step.chooses))

    async def _look(self, name: str) -> None:
        self._seen += 1
        shown = await self.owner.page.evaluate(SHOWN)
        raw = RAW.search(shown)
        promise(raw is None, f"{name} shows {raw and raw[0]}: {shown}")
        await self.owner.page.screenshot(self._folder / f"{self._seen:02}-{name}.png")

    async def _fill(self, answers: Mapping[str, Any]) -> None:
        """Fill fields in, as their selectors would tell the form."""
        await self.owner.page.evaluate(
            "((form) => form.dispatchEvent(new CustomEvent('value-changed', {"
            f" detail: {{ value: {{ ...form.data, ...{json.dumps(answers)} }} }},"
            " bubbles: true, composed: true })))(deep('ha-form')[0])"
        )
        await self.owner.page.evaluate("within(200, () => false)")  # the form takes it
