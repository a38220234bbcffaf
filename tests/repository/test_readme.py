"""What the README says of the code is what the code does."""

from collections.abc import Iterator, Sequence
from pathlib import Path
import re
from typing import Any, Final

from homeassistant.util.yaml import parse_yaml
from PIL import Image
import pytest

from custom_components.latchstring.core.decision import BLOCKS, OPENINGS
from custom_components.latchstring.core.errors import PairingProblem
from custom_components.latchstring.core.model import Opening

from .integration import ROOT, Integration

README: Final = (ROOT / "README.md").read_text()
CARD: Final = ROOT / "tests" / "end_to_end" / "card.yaml"
WORDS: Final = Integration.read().words
SMALL: Final = 300_000
THIS_PLACE: Final = re.compile(r"/(?:root|home|tmp|work)\b")


def section(title: str) -> str:
    """Give what stands below a heading, up to the next one that is as high."""
    found = re.search(
        rf"^(#+) {re.escape(title)}\n(.*?)(?=^#{{1,6}} |\Z)",
        README,
        re.DOTALL | re.MULTILINE,
    )
    assert found, title
    return found[2]


def tables(text: str) -> Iterator[list[Sequence[str]]]:
    """Give each table's rows without their heads, as cells."""
    for table in re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE):
        rows = [line.strip("|").split("|") for line in table.splitlines()]
        yield [[cell.strip() for cell in row] for row in rows[2:]]


def first_column(title: str, number: int = 0) -> list[str]:
    """Give the first cells of a section's table."""
    return [row[0].strip("`") for row in list(tables(section(title)))[number]]


def test_a_table_is_read_as_it_stands() -> None:
    (table,) = tables("text\n| a | b |\n|---|---|\n| `c` | d |\n| e | |\ntext\n")
    assert table == [["`c`", "d"], ["e", ""]]


def test_the_card_to_paste_is_the_one_that_the_demo_shows() -> None:
    blocks = re.findall(
        r"^```yaml\n(.*?)^```$",
        section("A card for your dashboard"),
        re.DOTALL | re.MULTILINE,
    )
    assert blocks == [CARD.read_text()]


def test_the_card_shows_whether_a_camera_can_be_seen_beside_what_its_owner_allows() -> (
    None
):
    """A switch that is on says only that the camera may be opened."""
    shown: Any = parse_yaml(CARD.read_text())
    viewable, *_ = (
        card for card in shown["cards"] if "_viewable_by_" in card.get("entity", "")
    )
    assert viewable["state_content"] == ["state", "reason", "until"]
    (switch,) = shown["cards"][-1]["entities"]
    assert switch["entity"].startswith("switch.")
    assert switch["name"].startswith("May be opened")


def test_every_block_is_listed_in_its_order() -> None:
    assert first_column("What is shared when") == [block for block, _ in BLOCKS]


def test_every_opening_is_listed_in_its_order() -> None:
    assert first_column("What is shared when", 1) == [
        opening for opening, _ in OPENINGS
    ]


def test_an_opening_that_nobody_can_choose_is_said_to_be_missing() -> None:
    choices = ("when", "openings")
    offered = {each for key in choices for each in WORDS["selector"][key]["options"]}
    if "share_now" in WORDS["entity"]["switch"]:
        offered.add(Opening.OWNER)
    _, openings = tables(section("What is shared when"))
    missing = {key.strip("`") for key, opens in openings if opens.startswith("not yet")}
    assert missing == {*Opening} - offered


def test_every_entity_is_listed() -> None:
    named = {
        entity["name"]
        for domain in WORDS["entity"].values()
        for entity in domain.values()
    }
    assert sorted(first_column("Share")) == sorted(named)


def test_every_action_is_listed() -> None:
    actions = {f"latchstring.{name}" for name in WORDS.get("services", {})}
    assert set(first_column("Share", 1)) == actions


def test_every_option_is_listed() -> None:
    options = WORDS["options"]["step"]["init"]["data"].values()
    assert sorted(first_column("Pair")) == sorted(options)


@pytest.mark.parametrize("problem", PairingProblem)
def test_every_way_pairing_can_stop_is_explained(problem: PairingProblem) -> None:
    first_sentence = WORDS["config"]["error"][problem].split(". ")[0].rstrip(".")
    assert f"{first_sentence}." in first_column("Troubleshooting")


def test_every_repair_is_explained() -> None:
    titles = {issue["title"] for issue in WORDS["issues"].values()}
    assert set(first_column("Troubleshooting", 1)) == titles


def test_every_command_is_named() -> None:
    for path in (ROOT / "scripts").iterdir():
        if path.suffix != ".sh" and path.name not in {"environment", "debian-python"}:
            assert path.name in section("For developers")


def local_targets() -> list[Path]:
    """Give every file that the README links to or shows."""
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    return [ROOT / target for target in targets if "://" not in target]


def test_every_link_leads_somewhere() -> None:
    assert [path for path in local_targets() if not path.exists()] == []
    headings = {
        re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", README, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", README)) <= headings


def test_every_picture_is_shown_and_small() -> None:
    pictures = {*(ROOT / ".github" / "images").iterdir()}
    assert pictures == {path for path in local_targets() if path.suffix == ".png"}
    for path in pictures:
        assert path.stat().st_size < SMALL
        with Image.open(path) as picture:
            assert picture.format == "PNG"


def test_no_path_of_a_developers_machine_is_named() -> None:
    assert THIS_PLACE.search(README) is None
    assert THIS_PLACE.search("see /home/alex")
