"""Translated sentences that are formatted on the server, not in the browser."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import (
    async_get_translations,
)
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .core.model import Reason

HALF_DAYS: Final = frozenset({"en"})
"""The languages of our translations that write 12-hour times. A user's own choice is known to their browser only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentences:
    """The translations in the home's language; what it lacks is in English."""

    selector: Mapping[str, str]
    entity: Mapping[str, str]
    language: str

    @classmethod
    async def load(cls, hass: HomeAssistant) -> Self:
        """Load them by Home Assistant's cache of translations."""
        return cls(
            selector=await _translations(hass, "selector"),
            entity=await _translations(hass, "entity"),
            language=hass.config.language,
        )

    def say(self, topic: str, key: str, **values: str) -> str:
        """Return one sentence with its values, which must be escaped already."""
        sentence = self.selector[f"component.{DOMAIN}.selector.{topic}.options.{key}"]
        return sentence.format(**values)

    def reason(self, reason: Reason) -> str:
        """Return the words for why a camera is open or closed."""
        viewable = f"component.{DOMAIN}.entity.binary_sensor.viewable"
        return self.entity[f"{viewable}.state_attributes.reason.state.{reason}"]

    def no_picture(self, why: str) -> str:
        """Return the words for why a camera has no picture."""
        watched = f"component.{DOMAIN}.entity.binary_sensor.being_watched"
        return self.entity[f"{watched}.state_attributes.no_picture.state.{why}"]

    def picture_advice(self, why: str) -> str:
        """Return what the owner can do where no picture comes, or none that can be shared; empty if nothing."""
        with suppress(KeyError):
            return self.say("picture_advice", why)
        return ""

    def entity_name(self, domain: str, key: str, **values: str) -> str:
        """Return the name of one of our entities, with escaped values."""
        name = self.entity[f"component.{DOMAIN}.entity.{domain}.{key}.name"]
        return name.format(**values)

    def clock(self, moment: datetime, *, seconds: bool = False) -> str:
        """Return the local time of day as Home Assistant writes it until a user chooses a format."""
        pattern = "%H:%M:%S" if seconds else "%H:%M"
        if self.language in HALF_DAYS:
            pattern = f"{pattern.replace('%H', '%I')} %p"
        return dt_util.as_local(moment).strftime(pattern).removeprefix("0")


async def _translations(hass: HomeAssistant, category: str) -> Mapping[str, str]:
    return await async_get_translations(hass, hass.config.language, category, [DOMAIN])


def bullets(lines: Iterable[str]) -> str:
    """Return a Markdown list."""
    return "\n".join(f"- {line}" for line in lines)
