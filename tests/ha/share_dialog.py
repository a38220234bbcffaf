"""The dialogs of one camera: adding it, and changing how it is shared."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigSubentry,
    SubentryFlowResult,
)
from homeassistant.core import HomeAssistant

from .front_door import open_dialog, submit

DETAILS = {"label": "Camera 1", "place": "none"}
ALWAYS = {"when": "always"}
ONLY_WHEN = {"when": "only_when"}
WORDS = ("config_subentries", "share")


async def begin_share(hass: HomeAssistant, entry: ConfigEntry) -> SubentryFlowResult:
    """Open the dialog that adds a camera."""
    return await open_dialog(
        hass.config_entries.subentries,
        (entry.entry_id, "share"),
        {"source": SOURCE_USER},
        WORDS,
    )


async def begin_change(
    hass: HomeAssistant, entry: ConfigEntry, share: ConfigSubentry, part: str
) -> SubentryFlowResult:
    """Open the dialog that changes a camera, and choose a part of it."""
    return await choose(hass, await open_change(hass, entry, share), part)


async def open_change(
    hass: HomeAssistant, entry: ConfigEntry, share: ConfigSubentry
) -> SubentryFlowResult:
    """Open the dialog that changes a camera."""
    return await open_dialog(
        hass.config_entries.subentries,
        (entry.entry_id, "share"),
        {"source": SOURCE_RECONFIGURE, "subentry_id": share.subentry_id},
        WORDS,
    )


async def answer_share(
    hass: HomeAssistant, step: SubentryFlowResult, answers: Mapping[str, Any]
) -> SubentryFlowResult:
    """Submit a step."""
    return await submit(hass, hass.config_entries.subentries, step, answers, WORDS)


async def choose(
    hass: HomeAssistant, step: SubentryFlowResult, part: str
) -> SubentryFlowResult:
    """Choose from a menu."""
    return await answer_share(hass, step, {"next_step_id": part})


async def details_of(
    hass: HomeAssistant, entry: ConfigEntry, camera: str
) -> SubentryFlowResult:
    """Choose the camera and be asked for its details."""
    return await answer_share(hass, await begin_share(hass, entry), {"camera": camera})


async def confirm_of(
    hass: HomeAssistant, step: SubentryFlowResult
) -> SubentryFlowResult:
    """Go on to the last step with what is suggested."""
    return await answer_share(hass, step, ALWAYS)


async def finish(hass: HomeAssistant, step: SubentryFlowResult) -> SubentryFlowResult:
    """Go on to the end with what is suggested."""
    return await choose(hass, await confirm_of(hass, step), "finish")


async def share(
    hass: HomeAssistant, entry: ConfigEntry, camera: str, label: str = "Camera 1"
) -> ConfigSubentry:
    """Go all the way with what is suggested."""
    details = {**DETAILS, "label": label}
    await finish(
        hass, await answer_share(hass, await details_of(hass, entry, camera), details)
    )
    return list(entry.subentries.values())[-1]
