"""Sentences of the translations that are put together here, not in the browser."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .core.model import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """All of them, in the home's language; what it lacks comes in English."""

    selector: Mapping[str, str]
    entity: Mapping[str, str]

    @classmethod
    async def load(cls, hass: HomeAssistant) -> Self:
        """Read them, or take them from Home Assistant's cache."""
        return cls(
            selector=await _translations(hass, "selector"),
            entity=await _translations(hass, "entity"),
        )

    def say(self, topic: str, key: str, **values: str) -> str:
        """Give one sentence with its values, which must be escaped already."""
        sentence = self.selector[f"component.{DOMAIN}.selector.{topic}.options.{key}"]
        return sentence.format(**values)

    def reason(self, reason: Reason) -> str:
        """Say why a camera is open or closed."""
        viewable = f"component.{DOMAIN}.entity.binary_sensor.viewable"
        return self.entity[f"{viewable}.state_attributes.reason.state.{reason}"]

    def entity_name(self, domain: str, key: str, **values: str) -> str:
        """Give the name of one of our entities, with escaped values."""
        name = self.entity[f"component.{DOMAIN}.entity.{domain}.{key}.name"]
        return name.format(**values)


async def _translations(hass: HomeAssistant, category: str) -> Mapping[str, str]:
    return await async_get_translations(hass, hass.config.language, category, [DOMAIN])


def bullets(lines: Iterable[str]) -> str:
    """Give a Markdown list."""
    return "\n".join(f"- {line}" for line in lines)


def clock_time(moment: datetime) -> str:
    """Give a moment of today as the clock on the wall shows it."""
    return dt_util.as_local(moment).strftime("%H:%M:%S")
