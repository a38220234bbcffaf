"""What the owner consents to is kept in a real file; where it cannot be, nothing opens, and closing still works."""

from pathlib import Path

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
import pytest

from tests.ha.front_door import DOMAIN
from tests.ha.restarting import start, stop
from tests.ha.watching import (
    HUB_SHARING,
    SHARING,
    is_on,
    reason,
    recorded,
    turn_off,
    turn_on,
    watch,
)
from tests.reference_hub import ReferenceHub


@pytest.fixture
def hass_storage() -> None:
    """Keep stores on the disk, and not in the place where Home Assistant's own tests do."""


async def break_store(hass: HomeAssistant) -> None:
    """Put a folder in the place of the file: it can neither be written, read nor removed."""
    store = Path(hass.config.path(".storage", "latchstring.consent"))
    await hass.async_add_executor_job(store.unlink)
    await hass.async_add_executor_job(store.mkdir)


async def test_a_consent_that_cannot_be_kept_closes_at_once_and_can_be_withdrawn(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, user=owner)
    opened = await watch(hub)
    await break_store(hass)

    with pytest.raises(HomeAssistantError) as failed:
        await turn_on(hass, user=owner)

    assert failed.value.translation_key == "store_unwritable"
    assert entry.runtime_data.gate.sessions() == ()
    assert (await hub.upload_ended(opened.session)).end == "reset"
    assert not is_on(hass, SHARING)
    await turn_off(hass, HUB_SHARING)
    assert reason(hass) == "hub_paused"
    assert [
        (each["switch"], each["on"], each["actor"]["kind"])
        for each in await recorded(hass, "switch_turned")
    ] == [
        ("sharing", True, "user"),
        ("sharing", True, "user"),
        ("sharing", False, "system"),
        ("hub_sharing", False, "automation"),
    ]


async def test_a_consent_that_cannot_be_read_at_the_start_closes_and_is_asked_about(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, user=owner)
    await stop(hass, entry)
    await break_store(hass)

    await start(hass, entry)

    assert reason(hass) == "store_unreadable"
    issue = f"store_unreadable_{entry.entry_id}"
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue) is not None
