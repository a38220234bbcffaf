"""Latchstring: a police hub sees a camera while its owner leaves the string out, and at no other moment."""

from typing import Final

from homeassistant.const import (
    EVENT_HOMEASSISTANT_CLOSE,
    EVENT_HOMEASSISTANT_STOP,
    Platform,
)
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from .const import DOMAIN
from .core.entries import NOBODY
from .entity import remove_empty_devices
from .gate import Ending
from .history.logbook_lines import LOGBOOK_LINES_KEY, LogbookLines
from .history.retention import (
    async_erase_nightly,
    async_track_keep_days,
)
from .household.actors import acting_person
from .household.household import HOUSEHOLD_KEY, Household
from .http import async_setup_http
from .localize import Sentences
from .notifications.answer_buttons import AnswerButtons
from .notifications.notifier import Notifications
from .notifications.phones import Phones
from .pairing.lifecycle import async_begin, async_end
from .pairing.migration import async_migrate
from .pairing.rekeying import async_delete_old_keys_later
from .runtime.hub import HubRuntime, LatchstringConfigEntry
from .runtime.hub_issues import picture_issues
from .services import async_setup_services
from .tracking.restored import async_note_restored
from .websocket_api import async_setup_websocket

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)

PLATFORMS: Final = [
    Platform.BINARY_SENSOR,
    Platform.EVENT,
    Platform.SENSOR,
    Platform.SWITCH,
]

SET_UP_LAST: Final = [Platform.BINARY_SENSOR]
"""Set up after the others, as `viewable` depends on the switches: so each entity writes its state once."""


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Set up what all hubs share: the household with its consent and record, the actions, the commands."""
    async_note_restored(hass)
    household = hass.data[HOUSEHOLD_KEY] = await Household.async_open(hass)
    hass.data[LOGBOOK_LINES_KEY] = LogbookLines(
        hass, household.record, await Sentences.load(hass)
    )

    stop_erasing = async_erase_nightly(hass)

    async def close(_event: Event) -> None:
        stop_erasing()
        await hass.data[HOUSEHOLD_KEY].async_close()

    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_CLOSE, close)
    async_setup_services(hass)
    async_setup_http(hass)
    async_setup_websocket(hass)
    return True


async def async_migrate_entry(
    hass: HomeAssistant, entry: LatchstringConfigEntry
) -> bool:
    """Migrate an entry of an older version; refuse one of a newer version."""
    return await async_migrate(hass, entry)


async def async_setup_entry(hass: HomeAssistant, entry: LatchstringConfigEntry) -> bool:
    """Set up one hub: its log and consent, its notifications and entities, and last its connection."""
    household = hass.data[HOUSEHOLD_KEY]
    is_new = await async_begin(hass, entry, household)
    runtime = entry.runtime_data = HubRuntime(hass, entry, household)
    entry.async_on_unload(runtime.async_close_client)
    entry.async_on_unload(runtime.stop_listening)
    runtime.listen()
    # From here on it listens: what somebody changes after this line is theirs.
    await household.settings_changes.async_compare(
        entry, acting_person() if is_new else NOBODY
    )
    words = await Sentences.load(hass)
    runtime.add_issue_source(
        lambda: picture_issues(
            entry, words, runtime.shares.values(), runtime.sharing.missed_picture
        )
    )
    phones = Phones(runtime, words)
    buttons = AnswerButtons(hass, entry, words, runtime.answers.async_answer)
    entry.async_on_unload(buttons.listen())
    notifications = Notifications(runtime, phones, buttons, words)
    entry.async_on_unload(notifications.stop)
    runtime.gate.subscribe(notifications.on_event)

    async def stop(_event: Event) -> None:
        await runtime.async_stop(Ending.HOME_STOPPING)
        runtime.display.show_all()

    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, stop))
    entry.async_on_unload(async_track_keep_days(entry))
    await runtime.async_catch_up()
    for platforms in (set(PLATFORMS) - set(SET_UP_LAST), SET_UP_LAST):
        await hass.config_entries.async_forward_entry_setups(entry, platforms)
    remove_empty_devices(hass, entry)
    entry.async_on_unload(async_delete_old_keys_later(hass, entry, household))
    runtime.start()
    return True


async def async_unload_entry(
    hass: HomeAssistant, entry: LatchstringConfigEntry
) -> bool:
    """Cut all sessions of a hub, then unload its entities."""
    await entry.runtime_data.async_stop(Ending.HOME_STOPPING)
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(
    hass: HomeAssistant, entry: LatchstringConfigEntry
) -> None:
    """Withdraw the consent to a removed hub. Its record stays."""
    await async_end(hass, entry, hass.data[HOUSEHOLD_KEY], acting_person())
