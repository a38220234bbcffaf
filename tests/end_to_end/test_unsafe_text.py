"""Controls and marks that reorder or hide are in no text of a hub that is let in."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tests.reference_hub import Agency, Agreement, Forgery, ReferenceHub, Refused

from .pairing import answer
from .stage import Stage, stage

UNSAFE: Final[Mapping[str, str]] = {
    "a line feed": "a\nb",
    "an escape": "a\x1b[31mb",
    "a null": "a\x00b",
    "a right-to-left override": "a\u202eb",
    "an isolate": "a\u2066b",
    "a zero-width space": "a\u200bb",
    "a line separator": "a\u2028b",
    "a private character": "a\ue000b",
    "a tag": "a\U000e0001b",
    "no normal form": "a\u0301",
}


async def test_controls_and_marks_of_direction_are_refused_by_their_codes(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path) as running:
        answers = {
            what: await _asked_by(running, text) for what, text in UNSAFE.items()
        }
        problems = {
            what: await _paired_with(running, text) for what, text in UNSAFE.items()
        }
    assert answers == {what: {"text_unsafe"} for what in UNSAFE}
    assert problems == {what: {"not_a_hub"} for what in UNSAFE}


async def _asked_by(running: Stage, text: str) -> set[str]:
    """Ask to watch in the name of somebody with such a text in any of their claims; give the codes that came."""
    camera = running.hub.cameras()[0]["camera"]
    outcomes = [
        await running.hub.open_session(camera, forgery=Forgery(claims={claim: text}))
        for claim in ("sub", "name", "agency", "case")
    ]
    return {each.code if isinstance(each, Refused) else "opened" for each in outcomes}


async def _paired_with(running: Stage, text: str) -> set[str]:
    """Follow the invitations of hubs with such a text anywhere in their discovery; give the problems that came."""
    problems = set[str]()
    for agency in _unsafe_agencies(text):
        async with ReferenceHub(running.authority, agency) as hub:
            client = running.house.client
            step = await client.flow("flow", {"handler": "latchstring"})
            step = await answer(client, step, "user", {"link": hub.invitation()})
            problems.add(step.get("errors", {}).get("link", step["step_id"]))
    return problems


def _unsafe_agencies(text: str) -> list[Agency]:
    terms: dict[str, Any] = dict(Agreement().terms)
    purpose = {**terms["purposes"][0], "label": text}
    agreements = [
        Agreement(version=text),
        Agreement(terms={**terms, "purposes": [purpose]}),
        Agreement(terms={**terms, "onward_disclosure": [text]}),
    ]
    if "\n" not in text:
        agreements.append(Agreement(text=text))
    return [
        Agency(name=text),
        Agency(contact=text),
        *(Agency(agreement=each) for each in agreements),
    ]
