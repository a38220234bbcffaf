"""The owner's dashboard: for each camera the very card that the README tells owners to paste."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from homeassistant.util.yaml import dump, parse_yaml

CARD: Final = Path(__file__).with_name("card.yaml")
PANEL: Final = "sharing-cameras"
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


def write_dashboard(folder: Path, cameras: Iterable[str]) -> None:
    """Write the file that CONFIGURATION speaks of, with a card for each camera's name."""
    view = {"title": "Sharing", "cards": [card(name) for name in cameras]}
    (folder / FILE).write_text(dump({"views": [view]}))


def card(name: str) -> Any:
    """Do what the README asks for: put another camera in the porch's place."""
    text = CARD.read_text().replace("porch", name.lower())
    return parse_yaml(text.replace("Porch", name))
