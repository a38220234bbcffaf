"""The owner's way through the flows, as the browser goes it."""

from collections.abc import Mapping, Sequence
from typing import Any

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_USER,
    ConfigEntry,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowManager, FlowResult, FlowResultType

from custom_components.latchstring.household.household import HOUSEHOLD_KEY

from .spoken import check

DOMAIN = "latchstring"

PEOPLE: Mapping[str, Any] = {
    "notify": [],
    "push_words": "full",
    "openers": [],
    "automations_may_open": False,
    "share_now_minutes": 15,
}


OVER = (FlowResultType.ABORT, FlowResultType.CREATE_ENTRY)


async def begin(hass: HomeAssistant) -> ConfigFlowResult:
    """Open the dialog of a new hub."""
    return await open_dialog(
        hass.config_entries.flow, DOMAIN, {"source": SOURCE_USER}, ["config"]
    )


async def begin_again(
    hass: HomeAssistant, entry: ConfigEntry, source: str
) -> ConfigFlowResult:
    """Open the dialog that renews a hub: asked for by Home Assistant or by the owner."""
    step = await open_dialog(
        hass.config_entries.flow,
        DOMAIN,
        {"source": source, "entry_id": entry.entry_id},
        ["config"],
        dict(entry.data) if source == SOURCE_REAUTH else None,
    )
    if step["type"] is FlowResultType.MENU:
        return await answer(hass, step, {"next_step_id": "pair_again"})
    return step


async def answer(
    hass: HomeAssistant, step: ConfigFlowResult, answers: Mapping[str, Any]
) -> ConfigFlowResult:
    """Submit a step; where that takes its time, wait for what comes after."""
    return await submit(hass, hass.config_entries.flow, step, answers, ["config"])


async def open_dialog[ResultT: FlowResult[Any, Any]](
    manager: FlowManager[Any, ResultT, Any],
    handler: Any,
    context: Any,
    words: Sequence[str],
    data: Any = None,
) -> ResultT:
    """Open a dialog, and read its first step."""
    step = await manager.async_init(handler, context=context, data=data)
    check(step, *words)
    return step


async def submit[ResultT: FlowResult[Any, Any]](
    hass: HomeAssistant,
    manager: FlowManager[Any, ResultT, Any],
    step: ResultT,
    answers: Mapping[str, Any],
    words: Sequence[str],
) -> ResultT:
    """Submit a step to whoever runs it, and read the next one.

    What a finished dialog sets going, such as a reload, is done when this returns.
    """
    result = await manager.async_configure(step["flow_id"], dict(answers))
    check(result, *words)
    if result["type"] is FlowResultType.SHOW_PROGRESS:
        await hass.async_block_till_done()
        result = await manager.async_configure(step["flow_id"])
        check(result, *words)
    if result["type"] in OVER:
        await hass.async_block_till_done()
    return result


async def agreement_of(hass: HomeAssistant, link: str) -> ConfigFlowResult:
    """Paste the link and read the agreement."""
    return await answer(hass, await begin(hass), {"link": link})


async def cameras_of(hass: HomeAssistant, link: str) -> ConfigFlowResult:
    """Accept the agreement and be asked for cameras."""
    return await answer(hass, await agreement_of(hass, link), {"accept": True})


async def pair(
    hass: HomeAssistant,
    link: str,
    *,
    labels: Mapping[str, str] | None = None,
    people: Mapping[str, Any] = PEOPLE,
) -> ConfigEntry:
    """Go all the way, listing cameras (by entity id) under public labels."""
    step = await people_of(hass, link, labels=labels)
    return (await answer(hass, step, people))["result"]


async def people_of(
    hass: HomeAssistant, link: str, *, labels: Mapping[str, str] | None = None
) -> ConfigFlowResult:
    """Go to the last step, which has both sides sign."""
    labels = labels or {}
    step = await answer(hass, await cameras_of(hass, link), {"cameras": list(labels)})
    if step["type"] is FlowResultType.MENU:
        step = await answer(hass, step, {"next_step_id": "labels"})
    if step["step_id"] == "labels":
        fields = fields_of(step)
        step = await answer(hass, step, dict(zip(fields, labels.values(), strict=True)))
    return step


def keys_of(hass: HomeAssistant, entry: ConfigEntry) -> dict[str, Any]:
    """Give the keys by which a hub knows this home."""
    return hass.data[HOUSEHOLD_KEY].hub_keys.of(entry).to_data()


def fields_of(step: FlowResult[Any, Any]) -> list[str]:
    """Give the names of a form's fields, in their order."""
    schema = step["data_schema"]
    assert schema is not None
    return [str(field) for field in schema.schema]


def options_of(step: FlowResult[Any, Any], field: str) -> Sequence[str]:
    """Give what a form's list lets one choose."""
    schema = step["data_schema"]
    assert schema is not None
    config = schema.schema[field].config
    return [
        option["value"] if isinstance(option, dict) else option
        for option in config["options"]
    ]


def default_of(step: FlowResult[Any, Any], field: str) -> Any:
    """Give what a form's field holds before one touches it."""
    schema = step["data_schema"]
    assert schema is not None
    marker = next(marker for marker in schema.schema if marker == field)
    if marker.description and "suggested_value" in marker.description:
        return marker.description["suggested_value"]
    return marker.default()


def told_by(step: FlowResult[Any, Any]) -> dict[str, str]:
    """Give what a step puts into its words."""
    return dict(step["description_placeholders"] or {})
