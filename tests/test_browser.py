"""Things in a page are found as a person finds them: by what they are and what they are called."""

from collections.abc import AsyncIterator
import re
from typing import Final

import pytest

from .browser import TEXT, Named, Page, chromium, find_chromium

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason="there is no Chromium here"),
]

BUILD: Final = """
pressed = [];
customElements.define("a-room", class extends HTMLElement {
  connectedCallback() {
    this.attachShadow({ mode: "open" }).innerHTML = this.getAttribute("holds");
    this.shadowRoot.addEventListener("click", ({ target }) => pressed.push(target.id));
  }
});
room = (holds, label = "") => {
  const made = document.createElement("a-room");
  made.setAttribute("holds", holds);
  if (label) made.ariaLabel = label;
  document.body.append(made);
  return made;
};
"""


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """A page that can be furnished with components."""
    async with chromium() as browser:
        page = await browser.open("about:blank")
        await page.evaluate(BUILD)
        yield page


def button(name: str | re.Pattern[str], within: str = "document") -> Named:
    return Named(role="button", name=name, within=within)


async def test_it_is_pressed_in_a_component_out_of_sight_and_on_the_move(
    page: Page,
) -> None:
    await page.evaluate("""room(`<div style="height: 3000px"></div>
        <button id="far" style="position: relative; transition: left 1s; left: 0">Far</button>`)""")
    await page.evaluate(
        "document.querySelector('a-room').shadowRoot.getElementById('far').style.left = '600px'"
    )
    await page.press(button("Far"))
    assert await page.evaluate("pressed") == ["far"]


async def test_it_is_waited_for(page: Page) -> None:
    await page.evaluate(
        "void setTimeout(() => room('<button id=late>Late</button>'), 500)"
    )
    await page.press(button("Late"))
    assert await page.evaluate("pressed") == ["late"]


async def test_words_alone_are_pressed_where_they_stand(page: Page) -> None:
    await page.evaluate(
        "room('<div id=choice><span id=words>Never while</span></div>')"
    )
    await page.press(Named(role=TEXT, name="Never while"))
    assert await page.evaluate("pressed") == ["words"]


async def test_a_name_may_have_been_left_on_the_component(page: Page) -> None:
    await page.evaluate(
        "room('<input type=checkbox role=switch id=in>', 'Toggle Drive on')"
    )
    await page.press(Named(role="switch", name=re.compile("^Toggle Drive")))
    assert await page.evaluate("pressed") == ["in"]


async def test_only_what_a_person_could_find_is_found(page: Page) -> None:
    await page.evaluate("""room(`<button>Next</button><button hidden>Next</button>
        <a href="#">Next</a><button>Next page</button><div aria-hidden="true"><button>Next</button></div>`)""")
    assert len(await page.find(button("Next"))) == 1
    assert len(await page.find(button(re.compile("^Next")))) == 2
    assert await page.find(button("Back")) == []


async def test_it_may_be_looked_for_in_a_part_of_the_page(page: Page) -> None:
    await page.evaluate(
        "for (const id of ['a', 'b']) room(`<button id=${id}>Change</button>`).id = id"
    )
    await page.press(button("Change", within="document.querySelector('#b')"))
    assert await page.evaluate("pressed") == ["b"]
    assert (
        await page.find(button("Change", within="document.querySelector('#c')")) == []
    )
