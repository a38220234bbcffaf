"""The owner's dashboard: for each camera the very card that the README tells owners to paste."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from homeassistant.util import slugify
from homeassistant.util.yaml import dump, parse_yaml

CARD: Final = Path(__file__).with_name("card.yaml")
HOUSE_CARD: Final = Path(__file__).with_name("house_card.yaml")
PANEL: Final = "sharing-cameras"
FIRST_VIEW: Final = f"/{PANEL}/0"
"""Where Home Assistant leads from the panel's own address, closing by a step back what had opened there meanwhile."""
FILE: Final = "sharing.yaml"
CONFIGURATION: Final = f"""\
lovelace:
  dashboards:
    {PANEL}:
      mode: yaml
      filename: {FILE}
      title: Sharing
      icon: mdi:cctv
      show_in_sidebar: true
"""


def write_dashboard(
    folder: Path, cameras: Iterable[str], hub: str = "Jackson Police Department"
) -> None:
    """Write the file that CONFIGURATION speaks of, with a card for each camera's name, and one for the house."""
    cards = [*(card(name, hub) for name in cameras), house_card(hub)]
    view = {"title": "Sharing", "cards": cards}
    (folder / FILE).write_text(dump({"views": [view]}))


def card(camera: str, hub: str) -> Any:
    """Do what the README asks for: put the own camera and hub in place of the front door and Jackson's police."""
    text = CARD.read_text().replace("jackson_police_department", slugify(hub))
    return parse_yaml(
        text.replace("front_door", slugify(camera)).replace("Front door", camera)
    )


def house_card(hub: str) -> Any:
    """Show what opens and closes cameras besides their switches."""
    return parse_yaml(
        HOUSE_CARD.read_text().replace("jackson_police_department", slugify(hub))
    )
