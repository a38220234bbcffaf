"""The owner's way through Latchstring's dialogs, as the browser posts them."""

import asyncio
from collections.abc import Mapping
from typing import Any

from .client import Client


class FlowFailed(Exception):
    """A dialog did not go on."""


async def pair(client: Client, link: str, labels: Mapping[str, str]) -> str:
    """Pair by an invitation and list cameras (by entity id) under public labels.

    Gives the id of the hub's config entry.
    """
    step = await client.flow("flow", {"handler": "latchstring"})
    step = await answer(client, step, "user", {"link": link})
    step = await answer(client, step, "agreement", {"accept": True})
    step = await answer(client, step, "cameras", {"cameras": list(labels)})
    fields = [field["name"] for field in step["data_schema"]]
    step = await answer(
        client, step, "labels", dict(zip(fields, labels.values(), strict=True))
    )
    people = {"notify": [], "openers": [], "automations_may_open": True}
    step = await answer(client, step, "people", people)
    entry_id: str = step["result"]["entry_id"]
    return entry_id


async def answer(
    client: Client,
    step: Mapping[str, Any],
    wanted: str,
    answers: Mapping[str, Any],
    *,
    manager: str = "flow",
) -> dict[str, Any]:
    """Answer the step that must come now, and wait for the next; `manager` runs the dialog."""
    if step.get("step_id") != wanted or step.get("errors"):
        raise FlowFailed(f"expected the step {wanted}, got {step}")
    path = f"{manager}/{step['flow_id']}"
    step = await client.flow(path, answers)
    while step["type"] == "progress":
        await asyncio.sleep(0.2)
        step = await client.flow(path, {})
    return dict(step)
