"""What an owner accepted of a hub by an older rule stays readable and removable, and reaches no camera any more."""

import asyncio
from collections.abc import Callable
import json
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest

from tests.ha.actions.test_export import export
from tests.ha.watching import CONNECTED, SHARING, is_on, recorded, turn_off, turn_on
from tests.points import SMALL_ORDER
from tests.reference_hub import Conduct, ReferenceHub
from tests.reference_hub.wire import b64url

type Document = dict[str, Any]


def without_a_name(document: Document) -> None:
    document["name"] = "\u3164"


def with_anybodys_signature(document: Document) -> None:
    document["keys"]["witness"]["x"] = b64url(SMALL_ORDER[1])


OLD_RULES = pytest.mark.parametrize("spoil", [without_a_name, with_anybodys_signature])


@OLD_RULES
async def test_such_a_hub_is_still_there_and_is_not_connected_to(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
    caplog: pytest.LogCaptureFixture,
    spoil: Callable[[Document], None],
) -> None:
    await turn_on(hass, user=owner)
    document = json.loads(entry.data["discovery"])
    spoil(document)
    hub.conduct = Conduct(discovery=json.dumps(document).encode())
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, "discovery": json.dumps(document)}
    )
    caplog.set_level("INFO", "custom_components.latchstring")

    assert await hass.config_entries.async_reload(entry.entry_id)
    async with asyncio.timeout(30):
        while "is unavailable: not_a_hub" not in caplog.text:
            await hass.async_block_till_done()

    assert entry.state is ConfigEntryState.LOADED
    assert not is_on(hass, CONNECTED)
    assert is_on(hass, SHARING)
    await turn_off(hass)
    assert not is_on(hass, SHARING)
    exported = await export(hass, owner, format="folder")
    assert exported["entries"]
    assert await hass.config_entries.async_remove(entry.entry_id)
    (over,) = await recorded(hass, "unpaired")
    assert over["hub_id"] == hub.hub_id
