"""The names the probe goes by."""

from typing import Final

from homeassistant.const import Platform

DOMAIN: Final = "latchstring_probe"
LATCHSTRING: Final = "latchstring"
CONF_HUB: Final = "hub"
PLATFORMS: Final = [
    Platform.BINARY_SENSOR,
    Platform.EVENT,
    Platform.SENSOR,
    Platform.SWITCH,
]
