"""What the owner of a stage's house chooses in the dialogs: what opens the cameras, and whose phones hear of it."""

from collections.abc import Mapping
from typing import Any, Final

from .house import ALARM, GUESTS, GUESTS_NAME
from .pairing import FlowFailed, answer
from .phone import Phone
from .stage import Stage

ALARM_MINUTES: Final = 15


async def change(running: Stage, label: str, **steps: Mapping[str, Any]) -> None:
    """Change how a camera is shared; `steps` are those of one part, in their order, each with its answers."""
    client = running.house.client
    shares = await client.command(
        "config_entries/subentries/list", entry_id=running.entry
    )
    (share,) = (each for each in shares if each["title"] == label)
    step = await client.flow(
        "subentries/flow",
        {
            "handler": [running.entry, "share"],
            "subentry_id": share["subentry_id"],
        },
    )
    part = {"next_step_id": next(iter(steps))}
    for name, answers in {"reconfigure": part, **steps}.items():
        step = await answer(client, step, name, answers, manager="subentries/flow")
    if step.get("reason") != "saved":
        raise FlowFailed(f"expected the end, got {step}")


def only_when(*openings: str) -> dict[str, Mapping[str, Any]]:
    """Give the answers by which a camera is open only when one of these says so."""
    return {
        "openings": {"when": "only_when"},
        "only_when": {"openings": [*openings]},
    }


async def open_by(running: Stage, *openings: str) -> None:
    """Let these open every camera, instead of its switch alone."""
    for camera in running.hub.cameras(running.home):
        await change(running, camera["label"], **only_when(*openings))


async def open_by_alarm_or_answer(running: Stage, label: str) -> None:
    """Let the house's alarm open a camera until it is disarmed, and the owner's answer for whoever asks."""
    await change(
        running,
        label,
        **only_when("alarm", "approval"),
        alarm={
            "alarms": [ALARM],
            "alarm_minutes": ALARM_MINUTES,
            "disarm_ends": True,
        },
    )


async def never_with_guests(running: Stage, label: str) -> None:
    """Let nothing open a camera while there are guests."""
    await change(
        running, label, never={"never": [GUESTS]}, clear={GUESTS_NAME: ["off"]}
    )


async def tell(running: Stage, *phones: Phone) -> None:
    """Let the hub's options name these phones."""
    client = running.house.client
    step = await client.flow("options/flow", {"handler": running.entry})
    people = {
        "notify": [phone.registration for phone in phones],
        "openers": [],
        "automations_may_open": True,
    }
    await answer(client, step, "init", people, manager="options/flow")
