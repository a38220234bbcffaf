"""What is not as promised is said in one line, whoever noticed it, and the command has failed."""

from pathlib import Path

import pytest

from tests.browser import PageFailed, chromium, find_chromium

from .__main__ import run
from .client import CommandFailed
from .house import HouseDown, failures
from .pairing import FlowFailed
from .promise import PromiseBroken


@pytest.mark.parametrize(
    ("noticed", "line"),
    [
        (PromiseBroken("all start closed"), "BROKEN: all start closed\n"),
        (PageFailed("there is no switch"), "BROKEN: there is no switch\n"),
        (FlowFailed("expected the end"), "BROKEN: expected the end\n"),
        (CommandFailed({"message": "not allowed"}), "BROKEN: not allowed\n"),
        (HouseDown("Home Assistant did not start."), "Home Assistant did not start.\n"),
        (
            TimeoutError(),
            "BROKEN: what should follow the last line above did not happen in time\n",
        ),
    ],
    ids=lambda each: type(each).__name__,
)
def test_what_is_broken_is_one_line(
    noticed: Exception, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async def work() -> int:
        raise noticed

    assert run(work()) == 1
    assert capsys.readouterr() == (line, "")


@pytest.mark.browser
@pytest.mark.skipif(find_chromium() is None, reason="there is no Chromium here")
def test_a_script_that_fails_in_a_page_is_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def work() -> int:
        async with chromium() as browser:
            page = await browser.open("about:blank")
            await page.evaluate("document.querySelector('ha-switch').ariaLabel")
        return 0

    assert run(work()) == 1
    said = "TypeError: Cannot read properties of null (reading 'ariaLabel')"
    assert capsys.readouterr() == (f"BROKEN: {said}\n", "")


def test_a_traceback_in_the_log_of_a_house_is_found(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("12:00 WARNING One\n\n12:01 ERROR Two\n")
    assert failures(log) == []
    with log.open("a") as more:
        more.write(
            "Traceback (most recent call last):\n  File\nError: no\n12:02 INFO\n"
        )
    assert failures(log) == ["12:01 ERROR Two"]
